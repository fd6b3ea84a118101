/**
 * The whole chain of a bundle on this machine: real-time factor of 1, 2 and 4 streams; the last line is JSON.
 *
 *   node dist/bench/real-dims/make-checkpoint.js CHECKPOINT && npm run -s convert -- CHECKPOINT BUNDLE --dtype int4
 *   node dist/bench/real-dims/chain.js BUNDLE [--devices cpu:2] [--streams 1,2,4] [--seconds 20] [--one-core]
 *
 * Streams are made as fast as can be, one speech after another, through the server's own lanes with its solver. Random
 * weights cost what true ones do; how long they speak is chance, so audio is counted and not texts. `--one-core`: a lone
 * stream's flow does not take the cores that the other lanes leave.
 */
import type { Synthesizer } from '../../src/core/speech-port.ts'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, listOf, positive, positiveNumber } from '../command-line/values.ts'
import { openBehindLanes } from '../engine/embedded.ts'
import { report } from '../report/record.ts'

const command = benchCommand('how fast streams of a bundle are made behind real lanes, and their CPU time')
  .argument('<bundle>', 'folder of a bundle with a stored voice', existing)
  .option('--devices <list>', 'devices, such as cpu:2', deviceNames, 'cpu:2')
  .option('--streams <list>', 'streams at once', listOf(positive), [1, 2, 4])
  .option('--seconds <n>', 'how long each number is measured', positiveNumber, 20)
  .option('--one-core', 'a lone stream’s flow does not take the cores that other lanes leave', false)
  .option('--text <text>', 'what is said', 'Good morning, and welcome to the first train of the day.')
  .option('--out <file>', 'store the record')
  .parse()
const [bundle] = command.processedArgs as [string]
const options = command.opts<{
  devices: string
  streams: number[]
  seconds: number
  oneCore: boolean
  text: string
}>()
const { synthesizer, close } = await openBehindLanes(bundle, options.devices, { lone: !options.oneCore })
const [voice] = synthesizer.listVoices()
if (voice === undefined) throw new Error(`${bundle}: expected a bundle with a stored voice, got none`)
await speak(synthesizer, voice.id, 1, Infinity)

const rows: {
  streams: number
  rtf: number
  audio_s_per_s: number
  first_audio_ms: number
  cpu_s_per_audio_s: number
}[] = []
for (const streams of options.streams) {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const untilMs = started + options.seconds * 1000
  const firstMs: number[] = []
  const made = await Promise.all(
    Array.from({ length: streams }, async (_, number) => {
      let seconds = 0
      for (let turn = 0; performance.now() < untilMs; turn++) {
        const said = await speak(synthesizer, voice.id, 100 * number + turn, untilMs)
        seconds += said.seconds
        firstMs.push(said.firstMs)
      }
      return seconds
    }),
  )
  const wall = (performance.now() - started) / 1000
  const audio = made.reduce((sum, seconds) => sum + seconds, 0)
  const { user, system } = process.cpuUsage(cpu)
  firstMs.sort((a, b) => a - b)
  rows.push({
    streams,
    rtf: Number(((streams * wall) / audio).toFixed(2)),
    audio_s_per_s: Number((audio / wall).toFixed(2)),
    first_audio_ms: Math.round(firstMs[Math.floor(firstMs.length / 2)]!),
    cpu_s_per_audio_s: Number(((user + system) / 1e6 / audio).toFixed(2)),
  })
}
const costs = synthesizer.status().capacity?.stages
await close(3000)
console.table(rows)
report('real-dims-chain', {
  bundle,
  devices: options.devices,
  one_core: options.oneCore,
  rows,
  ms_per_audio_s: costs,
})

/** One speech, or as much of it as is made until then. */
async function speak(
  speaker: Synthesizer,
  id: string,
  seed: number,
  untilMs: number,
): Promise<{ readonly seconds: number; readonly firstMs: number }> {
  const handle = await speaker.prepareVoice({ kind: 'stored', id }, 'default')
  const asked = performance.now()
  const stream = speaker.speak(options.text, {
    voice: handle,
    model: 'default',
    speed: 1,
    seed,
    priority: 'stream',
    sampling: 'ras',
    timeoutMs: 300_000,
  })
  let samples = 0
  let firstMs = Number.NaN
  try {
    for (let part = await stream.next(); part !== undefined; part = await stream.next()) {
      if (samples === 0) firstMs = performance.now() - asked
      samples += part.length
      if (performance.now() >= untilMs) break
    }
  } finally {
    stream.cancel()
    handle.release()
  }
  return { seconds: samples / stream.sampleRate, firstMs }
}
