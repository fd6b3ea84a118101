/** Plays a workload against simulated devices behind the server's own scheduler and tells what listeners would have heard. */
import type { TtsError } from '../../src/core/errors.ts'
import type { Machine } from '../cost/cost-model.ts'
import { estimatedRate } from './estimated-rate.ts'
import { type DeviceLimits, SimulatedDevice } from './simulated-device.ts'
import { type QueueSetup, schedulerBefore, waitingOf } from './simulated-queue.ts'
import type { Utterance } from './simulated-utterance.ts'
import { VirtualClock } from './virtual-clock.ts'
import {
  drawRequest,
  MS_PER_TOKEN,
  type RequestShape,
  type SimulatedRequest,
  seededRandom,
} from './workload.ts'

export interface SimulationSetup extends QueueSetup {
  readonly devices: readonly (Machine & { readonly limits: DeviceLimits })[]
}

export interface SimulationResult {
  readonly finished: readonly Utterance[]
  readonly refused: number
  readonly expired: number
  readonly seconds: number
  readonly meanBatch: number
  readonly llmBusy: number
  readonly acousticBusy: number
}

/** Open loop: requests come when they come. */
export function simulate(requests: readonly SimulatedRequest[], setup: SimulationSetup): SimulationResult {
  const arrivals = [...requests].sort((a, b) => a.arrivedMs - b.arrivedMs)
  let next = 0
  return run(
    setup,
    () => arrivals[next]?.arrivedMs ?? Infinity,
    () => arrivals[next++]!,
    () => {},
  )
}

/** Closed loop of listeners: each asks, plays the speech to its end, and asks again, until `perListener` are done. */
export function simulateListeners(
  listeners: number,
  perListener: number,
  shape: RequestShape,
  seed: number,
  setup: SimulationSetup,
): SimulationResult {
  const random = seededRandom(seed)
  const due: { readonly atMs: number; readonly listener: number; readonly round: number }[] = []
  for (let listener = 0; listener < listeners; listener++)
    due.push({ atMs: random() * 1000, listener, round: 0 })
  const asked = new Map<number, { readonly listener: number; readonly round: number }>()
  let id = 0
  const soonest = () =>
    due.reduce((best, entry, i) => (best < 0 || entry.atMs < due[best]!.atMs ? i : best), -1)
  return run(
    setup,
    () => due[soonest()]?.atMs ?? Infinity,
    () => {
      const [{ atMs, listener, round }] = due.splice(soonest(), 1) as [(typeof due)[0]]
      const request = drawRequest(id++, atMs, shape, random)
      asked.set(request.id, { listener, round })
      return request
    },
    (request, finished, nowMs) => {
      const { listener, round } = asked.get(request.id)!
      if (round + 1 >= perListener) return
      const playedMs =
        finished === undefined ? nowMs + 1000 : finished.firstAudioMs! + request.speechTokens * MS_PER_TOKEN
      due.push({ atMs: Math.max(playedMs, nowMs), listener, round: round + 1 })
    },
  )
}

/** The event loop: the earliest of an arrival, a lane's end and a queued request's expiry happens next. */
function run(
  setup: SimulationSetup,
  nextArrivalMs: () => number,
  takeArrival: () => SimulatedRequest,
  onEnd: (request: SimulatedRequest, finished: Utterance | undefined, nowMs: number) => void,
): SimulationResult {
  const clock = new VirtualClock()
  const devices = setup.devices.map((device) => new SimulatedDevice(device, device.limits))
  const rates = setup.devices.map((device) => estimatedRate(device, device.limits.acoustic.acousticBatch))
  const scheduler = schedulerBefore(devices, (id) => rates[id]!, setup, clock)
  const finished: Utterance[] = []
  let refused = 0
  let expired = 0

  const arrive = (request: SimulatedRequest) => {
    const refuse = (error: unknown) => {
      if ((error as TtsError).code === 'DEADLINE_EXCEEDED') expired++
      else refused++
      onEnd(request, undefined, clock.nowMs())
    }
    try {
      scheduler.submit({
        ...waitingOf(request, clock.nowMs(), setup.timeoutMs),
        start: (id) => devices[id]!.admit(request),
        refuse,
      })
    } catch (error) {
      refuse(error)
    }
  }
  const work = () => {
    for (const utterance of devices.flatMap((device) => device.advance(clock.nowMs()))) {
      finished.push(utterance)
      onEnd(utterance.request, utterance, clock.nowMs())
    }
  }

  for (;;) {
    const next = Math.min(nextArrivalMs(), clock.nextMs, ...devices.map((device) => device.nextEventMs()))
    if (next === Infinity) break
    clock.advance(next)
    work()
    scheduler.turn()
    while (nextArrivalMs() <= clock.nowMs()) arrive(takeArrival())
    work()
  }
  const now = clock.nowMs()

  const totals = devices.map((device) => device.totals)
  const sum = (pick: (total: (typeof totals)[0]) => number) =>
    totals.reduce((all, total) => all + pick(total), 0)
  const elapsedMs = Math.max(now, 1)
  const acousticLanes = setup.devices.reduce((all, device) => all + device.acousticLanes, 0)
  return {
    finished,
    refused,
    expired,
    seconds: now / 1000,
    meanBatch:
      sum((total) => total.llmRows) /
      Math.max(
        1,
        sum((total) => total.llmSteps),
      ),
    llmBusy: sum((total) => total.llmBusyMs) / (elapsedMs * devices.length),
    acousticBusy: sum((total) => total.acousticBusyMs) / (elapsedMs * acousticLanes),
  }
}
