/**
 * A crowd of listeners before a simulated server. The scheduler, the gate, the meter and the held start are the
 * server's own, on a virtual clock; lanes are the simulated device's.
 *
 * Requests cost the main thread time that the lanes go without. The meter begins with what is `believed`, true or not.
 */
import { CapacityMeter } from '../../src/scheduler/capacity-meter.ts'
import { Admission, type AdmissionRules } from '../../src/speech/admission.ts'
import { NO_CUSHION } from '../../src/speech/held-start.ts'
import { estimatedRate } from './estimated-rate.ts'
import { percentile, play } from './listening.ts'
import type { SimulationSetup } from './simulate.ts'
import { SimulatedDevice } from './simulated-device.ts'
import { schedulerBefore, waitingOf } from './simulated-queue.ts'
import { SimulatedSpeech } from './simulated-speech.ts'
import type { Utterance } from './simulated-utterance.ts'
import { VirtualClock } from './virtual-clock.ts'
import { drawRequest, MS_PER_TOKEN, type RequestShape, seededRandom } from './workload.ts'

export interface Crowd {
  readonly listeners: number
  /** Seconds in which they ask; what was asked for is heard to its end. */
  readonly seconds: number
  readonly shape: RequestShape
  readonly seed: number
  /** ms after which a refused listener asks again; undefined: as it was told. */
  readonly retryMs: number | undefined
  /** ms of the main thread for each request, answered or refused. */
  readonly requestMs: number
  /** What the meter begins with, as a multiple of what the device makes. */
  readonly believed: number
  /** What lengths are estimated to be, as a multiple of what they are. */
  readonly overestimate: number
  /** Programs of others that take a core each, and the second from which they do. */
  readonly busy: number
  readonly busyFrom: number
  /** Undefined: slots alone decide. */
  readonly rules: AdmissionRules | undefined
}

export interface Heard {
  readonly accepted: number
  readonly refused: number
  /** Of those accepted, without a gap for a player with a small buffer. */
  readonly clean: number
  /** Seconds of audio without a gap, and of all, made per second. */
  readonly goodput: number
  readonly made: number
  readonly firstAudioMs: { readonly p50: number; readonly p95: number }
  /** Rows of a decoding step, on average. */
  readonly llmBatch: number
  readonly rate: number
}

const BUFFER_MS = 200
const LOOK_MS = 250
const MAX_WAIT_MS = 1000

export function simulateCrowd(setup: SimulationSetup, crowd: Crowd): Heard {
  const [machine] = setup.devices as [SimulationSetup['devices'][0]]
  const clock = new VirtualClock()
  const device = new SimulatedDevice(machine, machine.limits)
  for (let i = 0; i < crowd.busy; i++)
    clock.after(crowd.busyFrom * 1000, () => device.beside(clock.nowMs(), Infinity))
  const meter = new CapacityMeter(
    machine.acousticLanes,
    machine.threads,
    crowd.believed * estimatedRate(machine),
  )
  const admission = new Admission({
    rate: () => meter.rate,
    listeners: undefined,
    maxWaitMs: MAX_WAIT_MS,
    startWhenSafe: true,
    ...(crowd.rules === undefined ? {} : { rules: crowd.rules }),
  })
  const policy = crowd.rules === undefined ? { cushion: () => NO_CUSHION, missed: () => {} } : admission
  const gate = crowd.rules === undefined ? undefined : admission
  const scheduler = schedulerBefore([device], () => meter.rate, setup, clock, gate)
  const random = seededRandom(crowd.seed)
  const speeches = new Map<Utterance, { speech: SimulatedSpeech; leave: () => void }>()
  const ended: SimulatedSpeech[] = []
  let asked = 0
  let refused = 0

  const ask = () => {
    if (clock.nowMs() >= crowd.seconds * 1000) return
    device.beside(clock.nowMs(), crowd.requestMs, () => arrive())
  }
  const arrive = () => {
    const askedMs = clock.nowMs()
    const request = drawRequest(asked++, askedMs, crowd.shape, random)
    const expectedSeconds = (crowd.overestimate * request.speechTokens * MS_PER_TOKEN) / 1000
    const turnAway = (retryAfterSeconds: number | undefined) => {
      refused++
      clock.after(crowd.retryMs ?? (retryAfterSeconds ?? 1) * 1000, ask)
    }
    try {
      scheduler.submit({
        ...waitingOf(request, askedMs, setup.timeoutMs),
        admission: 'stream',
        expectedSeconds,
        start: () => {
          const utterance = device.admit({ ...request, arrivedMs: clock.nowMs() })
          const speech = new SimulatedSpeech(utterance, { ms: askedMs, expectedSeconds }, clock, policy)
          speeches.set(utterance, { speech, leave: admission.add(speech) })
        },
        refuse: ({ retryAfterSeconds }) => turnAway(retryAfterSeconds),
      })
    } catch (error) {
      turnAway((error as { retryAfterSeconds?: number }).retryAfterSeconds)
    }
  }
  const look = () => {
    meter.look(device.work(clock.nowMs()))
    if (speeches.size > 0 || clock.nowMs() < crowd.seconds * 1000) clock.after(LOOK_MS, look)
  }
  for (let i = 0; i < crowd.listeners; i++) clock.after(random() * 1000, ask)
  look()

  for (;;) {
    const next = Math.min(clock.nextMs, device.nextEventMs())
    if (next === Infinity) break
    clock.advance(next)
    device.advance(clock.nowMs())
    for (const [utterance, { speech, leave }] of speeches) {
      speech.take()
      if (!speech.isOver) continue
      speeches.delete(utterance)
      leave()
      ended.push(speech)
      clock.after(Math.max(0, speech.endMs - clock.nowMs()), ask)
      scheduler.turn()
    }
    device.advance(clock.nowMs())
  }
  const llmBatch = device.totals.llmRows / Math.max(1, device.totals.llmSteps)
  return { ...heardOf(ended, refused, clock.nowMs() / 1000), llmBatch, rate: meter.rate }
}

function heardOf(
  ended: readonly SimulatedSpeech[],
  refused: number,
  seconds: number,
): Omit<Heard, 'llmBatch' | 'rate'> {
  const audio = (of: readonly SimulatedSpeech[]) =>
    of.flatMap(({ heard }) => heard).reduce((sum, { audioMs }) => sum + audioMs, 0) / 1000 / seconds
  const clean = ended.filter(({ heard }) => play(heard, BUFFER_MS).stalls === 0)
  const first = ended.map(({ heard, askedMs }) => heard[0]!.atMs - askedMs)
  return {
    accepted: ended.length,
    refused,
    clean: clean.length / Math.max(1, ended.length),
    goodput: audio(clean),
    made: audio(ended),
    firstAudioMs: { p50: percentile(first, 50), p95: percentile(first, 95) },
  }
}
