/**
 * Prediction against measurement: the same requests through the simulator and through the real lanes, on this CPU.
 *
 *   node dist/bench/simulate/validate.js [--devices cpu:2] [--rounds 3] [--requests 40] [--loads 0.3,0.6,0.9] [--profile FILE] [--model DIR] [--out FILE]
 *
 * A load is the share of the speech per second that the cost model says the device can make. Costs are measured
 * before and after every round; the median of each number predicts, and the median round is compared.
 */
import { join } from 'node:path'
import { machineCores } from '../../src/config/machine-cores.ts'
import { pickProfile } from '../../src/config/profile.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import type { Synthesizer } from '../../src/core/speech-port.ts'
import { vocoderGeometry } from '../../src/core/vocoder-geometry.ts'
import { parseDevices } from '../../src/lanes/device-list.ts'
import { openSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, listOf, positive, positiveNumber } from '../command-line/values.ts'
import type { CostModel } from '../cost/cost-model.ts'
import { measureCost } from '../cost/measure.ts'
import { medianCost } from '../cost/median.ts'
import { report, summary } from '../report/record.ts'
import { estimatedRate } from './estimated-rate.ts'
import { type Heard, speakOnce } from './listener.ts'
import { type Chunk, percentile, play } from './listening.ts'
import { setupOf } from './setup.ts'
import { simulate } from './simulate.ts'
import { knownSentences, type PlannedRequest, plannedRequests } from './validation-workload.ts'

const TARGET = 0.2

const options = benchCommand('the simulator against the real lanes on this CPU, with the same requests')
  .option('--devices <list>', 'devices, such as cpu:2', deviceNames, 'cpu:2')
  .option('--rounds <n>', 'rounds, whose median is compared', positive, 3)
  .option('--requests <n>', 'requests of a round', positive, 40)
  .option(
    '--loads <list>',
    'shares of the speech that the cost model says the device can make',
    listOf(positiveNumber),
    [0.3, 0.6, 0.9],
  )
  .option('--profile <file>', 'parameters; the device’s own by default', existing)
  .option('--model <dir>', 'checkpoint or bundle', existing, EMBEDDED_VOICE)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    devices: string
    rounds: number
    requests: number
    loads: number[]
    profile?: string
    model: string
  }>()
const { loads } = options
const names = options.devices.split(',')

interface Outcome {
  readonly firstAudioMs: readonly number[]
  readonly chunks: readonly (readonly Chunk[])[]
  readonly meanBatch: number
  readonly audioSecondsPerSecond: number
}

const { profile } = await pickProfile(names[0]!, options.profile)
const devices = parseDevices(names, machineCores(), profile)
const bundleDir = await bundleOf(options.model, {
  cacheDir: join('.cache', 'bundles'),
  dtype: profile.weights,
})
const { synthesizer, bundle, close } = await openSynthesizer({
  bundleDir,
  modelName: 'bench',
  devices,
  tuning: profile.tuning,
  slots: profile.slots,
  maxQueued: profile.maxQueued,
  maxTextLength: 1000,
  maxPromptSeconds: 30,
  voiceCacheBytes: 64 * 2 ** 20,
  voicesDir: undefined,
  hungAfterMs: 60_000,
  log: () => {},
})
const { flow, hift } = bundle.manifest.parameters
const modelFacts = {
  chunkTokens: flow.chunkTokens,
  lookahead: flow.preLookahead,
  heldBackMs: (1000 * vocoderGeometry(hift).delay) / hift.sampleRate,
  timeoutMs: 60_000,
}
const voiceId = synthesizer.listVoices()[0]!.id
await speakOnce(synthesizer, voiceId, 'A first sentence, so that nobody pays for a first run.', 1)
const known = await knownSentences(bundle, synthesizer, voiceId)

const measured = new Map<number, Outcome[]>(loads.map((load) => [load, []]))
const plans = new Map<number, (readonly PlannedRequest[])[]>(loads.map((load) => [load, []]))
const costs: CostModel[] = [await measureNow()]
const machines = (cost: CostModel) =>
  devices.map(({ device, threads }) => ({ cost, acousticLanes: device.acousticLanes, threads }))
const full = machines(costs[0]!).reduce((sum, machine) => sum + estimatedRate(machine), 0)
for (let round = 0; round < options.rounds; round++) {
  for (const load of loads) {
    const plan = plannedRequests(known, options.requests, load * full, 100 + round)
    const real = await runReal(synthesizer, plan)
    plans.get(load)!.push(plan)
    measured.get(load)!.push(real)
    console.error(
      `round ${round + 1}, load ${load}: ${(load * full).toFixed(1)} s/s asked, first audio p50 ${percentile(real.firstAudioMs, 50).toFixed(0)} ms`,
    )
  }
  costs.push(await measureNow())
}
const cost = medianCost(costs)
const predicted = new Map(loads.map((load) => [load, plans.get(load)!.map((plan) => predict(plan, cost))]))
await close(5000)

const rows = loads.map((load) => {
  const m = figures(measured.get(load)!)
  const p = figures(predicted.get(load)!)
  const deviation = Object.fromEntries(
    Object.keys(m).map((name) => [name, m[name]! === 0 ? p[name]! : p[name]! / m[name]! - 1]),
  )
  return { load, measured: m, predicted: p, deviation }
})
console.error(`\n${'load  figure'.padEnd(34)}   measured  predicted  deviation`)
for (const row of rows) {
  for (const name of Object.keys(row.measured)) {
    const cells = [row.measured[name]!, row.predicted[name]!].map((value) => value.toFixed(2).padStart(10))
    const off = row.deviation[name]!
    const mark = Math.abs(off) <= TARGET ? '' : '  beyond the target'
    console.error(
      `${String(row.load).padEnd(6)}${name.padEnd(28)} ${cells.join(' ')} ${(100 * off).toFixed(0).padStart(8)} %${mark}`,
    )
  }
}
const worst = Math.max(...rows.flatMap(({ deviation }) => Object.values(deviation).map(Math.abs)))
report('simulator-validation', {
  devices: options.devices,
  acousticLanes: devices[0].device.acousticLanes,
  weights: profile.weights,
  rounds: options.rounds,
  requests: options.requests,
  target: TARGET,
  worst,
  rows,
  measuredByRound: loads.map((load) => ({ load, rounds: measured.get(load)!.map(figuresOfRound) })),
  cost,
  costs,
})

async function measureNow(): Promise<CostModel> {
  return (await measureCost(bundle, { device: devices[0]!.device, rows: 8, effort: 1 })).cost
}

function predict(plan: readonly PlannedRequest[], costModel: CostModel): Outcome {
  const setup = setupOf(profile, machines(costModel), modelFacts)
  // The voice's prompt has been solved before, as on the real device.
  const warm = { ...plan[0]!.simulated, id: -1, arrivedMs: 0 }
  const shift = 20_000
  const requests = plan.map(({ simulated }) => ({ ...simulated, arrivedMs: simulated.arrivedMs + shift }))
  const { finished, meanBatch } = simulate([warm, ...requests], setup)
  const counted = finished.filter(({ request }) => request.id >= 0)
  const heard = counted.map(({ request, chunks }) =>
    chunks.map((chunk) => ({ ...chunk, atMs: chunk.atMs - request.arrivedMs })),
  )
  const first = Math.min(...counted.map(({ request }) => request.arrivedMs))
  const last = Math.max(...counted.map(({ finishedMs }) => finishedMs!))
  return outcome(heard, meanBatch, (last - first) / 1000)
}

async function runReal(speaker: Synthesizer, plan: readonly PlannedRequest[]): Promise<Outcome> {
  const batches: { readonly rows: number; readonly weight: number }[] = []
  const watch = setInterval(() => {
    for (const { llmBatch, llmBusy } of speaker.status().devices)
      batches.push({ rows: llmBatch, weight: llmBatch > 0 ? llmBusy / llmBatch : 0 })
  }, 500)
  const started = performance.now()
  const heard = await Promise.all(
    plan.map(async ({ text, seed, simulated }): Promise<Heard> => {
      await new Promise((resolve) => setTimeout(resolve, simulated.arrivedMs))
      return speakOnce(speaker, voiceId, text, seed)
    }),
  )
  const seconds = (performance.now() - started - plan[0]!.simulated.arrivedMs) / 1000
  clearInterval(watch)
  const weight = batches.reduce((sum, batch) => sum + batch.weight, 0)
  const rows = batches.reduce((sum, batch) => sum + batch.rows * batch.weight, 0)
  return outcome(
    heard.map(({ chunks }) => chunks),
    rows / weight,
    seconds,
  )
}

function outcome(chunks: readonly (readonly Chunk[])[], meanBatch: number, seconds: number): Outcome {
  const audioMs = chunks.flat().reduce((sum, chunk) => sum + chunk.audioMs, 0)
  return {
    firstAudioMs: chunks.map((all) => all[0]!.atMs),
    chunks,
    meanBatch,
    audioSecondsPerSecond: audioMs / 1000 / seconds,
  }
}

/** The median over the rounds: a round that others on the machine disturbed must not decide. */
function figures(outcomes: readonly Outcome[]): Record<string, number> {
  const each = outcomes.map(figuresOfRound)
  return Object.fromEntries(
    Object.keys(each[0]!).map((name) => [name, summary(each.map((round) => round[name]!)).median]),
  )
}

function figuresOfRound({
  firstAudioMs,
  chunks,
  meanBatch,
  audioSecondsPerSecond,
}: Outcome): Record<string, number> {
  const smooth = (bufferMs: number) =>
    chunks.filter((all) => play(all, bufferMs).stalls === 0).length / chunks.length
  return {
    'first audio p50 ms': percentile(firstAudioMs, 50),
    'first audio p95 ms': percentile(firstAudioMs, 95),
    'share without underrun': smooth(0),
    'the same, 200 ms buffer': smooth(200),
    'rows per decoding step': meanBatch,
    'audio seconds per second': audioSecondsPerSecond,
  }
}
