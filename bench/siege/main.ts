/**
 * What crowds that do not read do to a newcomer: a server with default settings, 25 listeners per crowd, then newcomers.
 * `node dist/bench/siege/main.js [--count 25] [--addresses 5] [--set key=value...]`
 * Exits with 1 where a newcomer beside listeners that do not read has no audio within 2 s; the last line is JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { report } from '../report/record.ts'
import { gather, type Habit, type Heard, newcomer, type Way } from './crowds.ts'

const WANTED_MS = 2000
/** ms after which newcomers come, each counted from the one before. */
const NEWCOMERS_AFTER = [1000, 2000, 3000, 5000, 8000]

const {
  count,
  addresses,
  set,
  only = '',
} = benchCommand('when a newcomer has audio beside crowds of listeners that do not read')
  .option('--count <n>', 'listeners of a crowd', positive, 25)
  .option('--addresses <n>', 'addresses that they come from', positive, 5)
  .option('--only <text>', 'crowds whose name contains this')
  .option('--set <key=value...>', 'settings of the server', [])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ count: number; addresses: number; only?: string; set: string[] }>()

const CROWDS: readonly [Way, Habit][] = [
  ['http', 'reads nothing'],
  ['http', 'reads a byte a second'],
  ['socket', 'reads nothing'],
  ['http', 'reads all'],
]

const table: { crowd: string; statuses: Readonly<Record<string, number>>; newcomers: Heard[] }[] = []
let number = 0
for (const [way, habit] of CROWDS) {
  const crowd = `${way}, ${habit}`
  if (!crowd.includes(only)) continue
  const server = await startServer(set.flatMap((each) => ['--set', each]))
  try {
    await newcomer(server.url, number++)
    const listeners = gather(server.url, { count, addresses, way, habit })
    const newcomers: Heard[] = []
    for (const afterMs of NEWCOMERS_AFTER) {
      await sleep(afterMs)
      newcomers.push(await newcomer(server.url, number++))
    }
    table.push({ crowd, statuses: { ...listeners.statuses }, newcomers })
    listeners.leave()
    console.log(JSON.stringify(table.at(-1)))
  } finally {
    await server.stop()
  }
}
report('siege', { wanted_ms: WANTED_MS, count, addresses, table })
const late = table.some(
  ({ crowd, newcomers }) =>
    !crowd.endsWith('reads all') &&
    newcomers.some(({ firstAudioMs }) => firstAudioMs === undefined || firstAudioMs > WANTED_MS),
)
if (late) process.exitCode = 1
