/**
 * Listeners at a time that a server promises after its start, against those that a crowd of listeners then finds.
 * The last line is JSON.
 *
 *   node dist/bench/tune/predicted.js [--devices cpu:2] [--crowd 3] [--seconds 30] [--texts long] [--set KEY=VALUE …]
 *
 * A crowd of `--crowd` times the promise asks, waits as it is told where refused, and hears in real time. One listener
 * hears a second of audio in a second. So seconds of audio without a gap, in each second, are listeners that were served.
 * A gap is what a player with a buffer of 200 ms hears.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, positiveNumber } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { loadTest } from '../load/load-test.ts'
import { readOptions, textsName } from '../load/options.ts'
import { report } from '../report/record.ts'

const { devices, crowd, seconds, texts, set } = benchCommand(
  'listeners that a server promises after its start, against those that a crowd then finds',
)
  .option('--devices <list>', 'devices, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--crowd <n>', 'listeners, as a multiple of those promised', positiveNumber, 3)
  .option('--seconds <n>', 'in which they ask', positiveNumber, 30)
  .option('--texts <which>', 'texts of the load harness', textsName, 'long')
  .option('--set <key=value...>', 'settings of the server', [])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ devices: string; crowd: number; seconds: number; texts: string; set: string[] }>()

// Of its own: what was measured earlier would be taken for this start's.
const folder = mkdtempSync(join(tmpdir(), 'light-tts-predicted-'))
const settings = [
  'limits.rate_limit=off',
  `cacheDir=${folder}`,
  'limits.max_concurrent_requests=1000',
  ...set,
]
const server = await startServer(['--devices', devices, ...settings.flatMap((each) => ['--set', each])])
try {
  const promised = await listeners()
  const clients = Math.ceil(crowd * promised)
  const { figures } = await loadTest(
    readOptions([
      ...['--url', server.url, '--stream', '--voice', 'james', '--mode', 'listeners', '--texts', texts],
      ...[
        '--concurrency',
        String(clients),
        '--duration',
        String(seconds),
        '--buffer',
        '200',
        '--honour-retry',
      ],
    ]),
  )
  const found = figures.clean_audio_s_per_s['200']!
  report('predicted', {
    devices,
    promised,
    found,
    promised_over_found: promised / found,
    clean_of_accepted: figures.clean_of_accepted['200'],
    clients,
    refused: figures.refused,
    other_errors: figures.errors - figures.refused,
    first_audio_p95_ms: figures.ttfa_ms.p95,
    promised_after: await listeners(),
  })
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function listeners(): Promise<number> {
  const status = (await (await fetch(`${server.url}/v1/status`)).json()) as {
    readonly capacity: { readonly listeners: number | null } | null
  }
  const found = status.capacity?.listeners
  if (found == null) throw new Error('expected a server that promises a number of listeners, got none')
  return found
}
