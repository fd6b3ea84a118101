/**
 * How much of the process's time is spent in models, and what listeners hear, with N streams at once.
 * `node dist/bench/engine/efficiency.js [--streams 16] [--seconds 20] [--devices cpu:2] [--profile FILE] [--acoustic-batch N]`;
 * the last line is JSON.
 * The share of time in models is true of a device with one acoustic lane: more lanes than cores wait for each other.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SpeechOptions } from '../../src/core/speech-port.ts'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, positive, positiveNumber } from '../command-line/values.ts'
import { play } from '../load/playback.ts'
import { textsOf } from '../load/texts.ts'
import { report, summary } from '../report/record.ts'
import { openEmbedded } from './embedded.ts'

const {
  streams,
  seconds,
  devices,
  profile = '',
  acousticBatch,
} = benchCommand('the share of CPU time in models, and what listeners hear, with N streams at once')
  .option('--streams <n>', 'listeners', positive, 16)
  .option('--seconds <n>', 'how long', positiveNumber, 20)
  .option('--devices <list>', 'devices, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--profile <file>', 'parameters; the device’s own by default', existing)
  .option(
    '--acoustic-batch <n>',
    'utterances that may share a run of flow or vocoder; the profile’s own by default',
    positive,
  )
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ streams: number; seconds: number; devices: string; profile?: string; acousticBatch?: number }>()

const { synthesizer, close } = await openEmbedded(devices, {
  profileFile: profile,
  tuning: acousticBatch === undefined ? {} : { acousticBatch },
})
const texts = textsOf('en')
const firstMs: number[] = []
let stuttered = 0
let heard = 0
let audioSeconds = 0

/** Reads as a socket does, and hears in real time. */
async function listen(number: number, untilMs: number): Promise<void> {
  await sleep((number / streams) * 2000)
  for (let turn = 0; performance.now() < untilMs; turn++) {
    const voice = await synthesizer.prepareVoice({ kind: 'stored', id: 'james' }, 'default')
    const asked = performance.now()
    const options: SpeechOptions = {
      voice,
      model: 'default',
      speed: 1,
      seed: number * 1000 + turn,
      priority: 'stream',
      sampling: 'ras',
      timeoutMs: 60_000,
    }
    const stream = synthesizer.speak(texts[(number * 7 + turn) % texts.length]!, options)
    const arrivals: { atMs: number; audioMs: number }[] = []
    for (let part = await stream.next(); part !== undefined; part = await stream.next()) {
      arrivals.push({ atMs: performance.now(), audioMs: (part.length / stream.sampleRate) * 1000 })
    }
    voice.release()
    firstMs.push(arrivals[0]!.atMs - asked)
    const { stalls, endMs } = play(arrivals, 100)
    heard++
    if (stalls > 0) stuttered++
    audioSeconds += arrivals.reduce((sum, { audioMs }) => sum + audioMs, 0) / 1000
    await sleep(Math.max(0, endMs - performance.now()))
  }
}

const llmWork = () =>
  synthesizer
    .status()
    .devices.reduce(
      (sum, { work }) => ({ runs: sum.runs + work.llm.runs, units: sum.units + work.llm.units }),
      { runs: 0, units: 0 },
    )
const busy = () =>
  synthesizer
    .status()
    .devices.reduce((sum, { work }) => sum + work.llm.busySeconds + work.acoustic.busySeconds, 0)

await listen(0, performance.now() + 1)
firstMs.length = 0
stuttered = heard = audioSeconds = 0
const loop = monitorEventLoopDelay({ resolution: 10 })
loop.enable()
const [cpuBefore, busyBefore, llmBefore, started] = [process.cpuUsage(), busy(), llmWork(), performance.now()]
await Promise.all(Array.from({ length: streams }, (_, i) => listen(i, started + seconds * 1000)))
const wall = (performance.now() - started) / 1000
const { user, system } = process.cpuUsage(cpuBefore)
const cpuSeconds = (user + system) / 1e6
const modelSeconds = busy() - busyBefore
const llmAfter = llmWork()
loop.disable()
const rssMb = process.memoryUsage.rss() / 1e6
const flowStateMb =
  synthesizer.status().devices.reduce((sum, { flowStateBytes }) => sum + flowStateBytes.used, 0) / 1e6
await close(3000)

firstMs.sort((a, b) => a - b)
const result = {
  streams,
  devices,
  ...(profile === '' ? {} : { profile }),
  ...(acousticBatch === undefined ? {} : { acoustic_batch: acousticBatch }),
  heard,
  stutter_free_100: 1 - stuttered / heard,
  first_audio_ms: { ...summary(firstMs), p95: firstMs[Math.ceil(0.95 * firstMs.length) - 1] },
  audio_s_per_s: audioSeconds / wall,
  cpu_s_per_audio_s: cpuSeconds / audioSeconds,
  // Rows decoded by LLM runs, prefill among these: the mean that one more row costs little beside.
  llm_batch: (llmAfter.units - llmBefore.units) / (llmAfter.runs - llmBefore.runs),
  rss_mb: rssMb,
  // In use or kept for later utterances: at the end, what the busiest moment needed.
  flow_state_mb: flowStateMb,
  // Time in runs is wall time of the lanes: where others use the machine it holds their time too.
  in_models: modelSeconds / cpuSeconds,
  main_loop_delay_p99_ms: loop.percentile(99) / 1e6 - 10,
}
console.log(
  `${streams} listeners: ${(100 * result.stutter_free_100).toFixed(1)} % free of stutter, first audio p95 ${Math.round(result.first_audio_ms.p95!)} ms, ${(100 * result.in_models).toFixed(0)} % of CPU time in models`,
)
report('efficiency', result)
