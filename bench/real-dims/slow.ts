/**
 * What a server says and does with a bundle that is too slow for this machine; the last line is JSON.
 *
 *   node dist/bench/real-dims/slow.js BUNDLE [--devices cpu:2] [--streams 2] [--set KEY=VALUE …]
 *
 * A server is started on the bundle and its status told. Then it is asked for one stream after another, each played as it
 * comes. Where speech takes longer than it lasts, the status has to warn. A stream has to begin so late that it has no gap.
 * `--set stream.startWhenSafe=false` shows what it is without.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, positive } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { type Arrival, play } from '../load/playback.ts'
import { report } from '../report/record.ts'

const command = benchCommand('what a server says and does with a bundle that is too slow for this machine')
  .argument('<bundle>', 'folder of a bundle', existing)
  .option('--devices <list>', 'devices, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--streams <n>', 'streams, one after another', positive, 2)
  .option('--text <text>', 'what they say', 'Good morning, and welcome to the first train of the day.')
  .option('--set <key=value...>', 'settings of the server', [])
  .option('--out <file>', 'store the record')
  .parse()
const [bundle] = command.processedArgs as [string]
const { devices, streams, text, set } = command.opts<{
  devices: string
  streams: number
  text: string
  set: string[]
}>()

/** A slow machine is measured for most of a minute, and loads for as long. */
const START_MS = 600_000
const SAMPLE_RATE = 24_000
const BUFFER_MS = 200

interface Status {
  readonly capacity: {
    readonly warning: string | null
    readonly audio_seconds_per_second: number
  } | null
}

const folder = mkdtempSync(join(tmpdir(), 'light-tts-slow-'))
const settings = ['limits.rate_limit=off', `cacheDir=${folder}`, 'server.requestTimeoutMs=300000', ...set]
const server = await startServer(
  ['--model', `slow=${bundle}`, '--devices', devices, ...settings.flatMap((each) => ['--set', each])],
  { startMs: START_MS },
)
try {
  const atStart = await capacity()
  console.log(`after the start: ${JSON.stringify(atStart)}`)
  const [voice] = (await json<{ voices: { id: string }[] }>('/v1/voices?model=slow')).voices
  const rows = []
  for (let i = 0; i < streams; i++) rows.push(await listen(voice!.id, i))
  console.table(rows)
  report('slow', { devices, set, start: atStart, rows, end: await capacity() })
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function json<T>(path: string): Promise<T> {
  return (await (await fetch(`${server.url}${path}`)).json()) as T
}

async function capacity(): Promise<Status['capacity']> {
  return (await json<Status>('/v1/status')).capacity
}

async function listen(voice: string, seed: number) {
  const asked = performance.now()
  const answer = await fetch(`${server.url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'slow', input: text, voice, seed, response_format: 'pcm', stream: true }),
  })
  if (!answer.ok) throw new Error(`expected 200, got ${answer.status}: ${await answer.text()}`)
  const rate = Number(answer.headers.get('x-audio-sample-rate') ?? SAMPLE_RATE)
  const arrivals: Arrival[] = []
  for await (const bytes of answer.body!)
    arrivals.push({ atMs: performance.now() - asked, audioMs: (bytes.length / 2 / rate) * 1000 })
  const audioMs = arrivals.reduce((sum, arrival) => sum + arrival.audioMs, 0)
  const { stalls, stallMs } = play(arrivals, BUFFER_MS)
  return {
    seconds: audioMs / 1000,
    rtf: arrivals.at(-1)!.atMs / audioMs,
    first_audio_ms: Math.round(arrivals[0]!.atMs),
    gaps: stalls,
    gap_ms: Math.round(stallMs),
  }
}
