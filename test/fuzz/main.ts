/**
 * `npm run -s fuzz -- --minutes 60`: mutants of the stored corpora at every door, as long as one wants.
 *
 * Doors take turns, each round with another seed. The last line is JSON; ends with 1 where a fault was found, whose input then lies
 * in the corpus. With `--state FILE` a run that was cut short goes on where it is started again.
 */
import { relative } from 'node:path'
import { Option } from 'commander'
import { benchCommand } from '../../bench/command-line/command.ts'
import { notNegative, whole } from '../../bench/command-line/values.ts'
import { report } from '../../bench/report/record.ts'
import { repoRoot } from '../helpers/paths.ts'
import { DOOR_NAMES, openDoors } from './doors.ts'
import { fuzz } from './fuzzer.ts'
import { KeptRun } from './kept-run.ts'

/** Of one door at a time. */
const TURN_SECONDS = 10

const command = benchCommand(
  'mutants of stored inputs at every door where bytes of strangers come in',
  'npm run -s fuzz --',
)
  .option('--minutes <n>', 'of all doors together', notNegative, 1)
  .addOption(new Option('--door <name>', 'one of them').choices(DOOR_NAMES))
  .option('--seed <n>', 'another one tries other inputs', whole, 1)
  .option('--grow', 'store inputs that lead to something new')
  .option('--state <file>', 'keep there how far it is; started again with it, a run goes on')
  .option('--out <file>', 'store the record')
  .parse()
const {
  minutes,
  door: only,
  seed,
  grow,
  state,
} = command.opts<{ minutes: number; door?: string; seed: number; grow?: true; state?: string }>()
const { doors, close } = openDoors()
const chosen = doors.filter(({ name }) => only === undefined || name === only)
const run = new KeptRun(state)
do {
  const turn = Math.min(TURN_SECONDS, Math.max(0, minutes * 60 - run.seconds) / chosen.length)
  for (const door of chosen) {
    const startMs = performance.now()
    const tried = await fuzz({
      door,
      seed: seed + run.rounds,
      goesOn: () => performance.now() - startMs < turn * 1000,
      isGrowing: grow === true,
    })
    for (const { file, error } of tried.faults)
      console.log(`${relative(repoRoot, file)}\n${(error as Error).stack}`)
    run.add(door.name, (performance.now() - startMs) / 1000, tried)
  }
  run.endRound()
} while (run.seconds < minutes * 60)
for (const { name, tried, outcomes, faults } of run.doors)
  console.log(`${name}: ${tried} inputs, ${outcomes} outcomes, ${faults.length} faults`)
const faults = run.doors.reduce((sum, door) => sum + door.faults.length, 0)
report('fuzz', {
  minutes: Number((run.seconds / 60).toFixed(1)),
  rounds: run.rounds,
  inputs: run.doors.reduce((sum, { tried }) => sum + tried, 0),
  faults,
  doors: run.doors.map((door) => ({ ...door, faults: door.faults.length })),
})
close()
process.exit(faults > 0 ? 1 : 0)
