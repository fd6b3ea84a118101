/** Plays a workload against simulated devices on a virtual clock and tells what listeners would have heard. */
import { type DeviceView, placeRequest, type QueueLimits, refuse } from '../../src/scheduler/placement.ts'
import { nextInRank } from '../../src/scheduler/rank.ts'
import { blockMs, eulerStepMs, type Machine, vocodeMs } from '../cost/cost-model.ts'
import { type DeviceLimits, SimulatedDevice } from './simulated-device.ts'
import type { Utterance } from './simulated-utterance.ts'
import {
  drawRequest,
  MS_PER_TOKEN,
  type RequestShape,
  type SimulatedRequest,
  seededRandom,
} from './workload.ts'

export interface SimulationSetup {
  readonly devices: readonly (Machine & { readonly limits: DeviceLimits })[]
  readonly queue: QueueLimits
  readonly timeoutMs: number
  readonly batchBoundMs: number
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
  const devices = setup.devices.map((device) => new SimulatedDevice(device, device.limits))
  const rates = setup.devices.map((device) => estimatedRate(device, device.limits.acoustic.acousticBatch))
  const queue: SimulatedRequest[] = []
  const finished: Utterance[] = []
  let refused = 0
  let expired = 0
  let now = 0

  const views = (voiceKey: string): DeviceView[] =>
    devices.map((device, id) => ({
      id,
      healthy: true,
      freeSlots: device.freeSlots,
      backlogSeconds: device.backlogSeconds(),
      audioSecondsPerSecond: rates[id]!,
      hasVoice: device.hasVoice(voiceKey),
    }))
  const arrive = (request: SimulatedRequest) => {
    const seconds = queue.reduce((sum, { speechTokens }) => sum + (speechTokens * MS_PER_TOKEN) / 1000, 0)
    const slots = refuse(
      views(request.voiceKey),
      { length: queue.length, seconds },
      setup.timeoutMs,
      setup.queue,
    )
    if (slots !== undefined) {
      refused++
      onEnd(request, undefined, now)
    } else queue.push(request)
  }
  const dispatch = () => {
    for (let i = nextInRank(queue, setup.batchBoundMs); i >= 0; i = nextInRank(queue, setup.batchBoundMs)) {
      const request = queue[i]!
      const place = placeRequest(views(request.voiceKey), (request.promptTokens * MS_PER_TOKEN) / 1000)
      if (place === undefined) return
      queue.splice(i, 1)
      devices[place.id]!.admit(request)
    }
  }

  for (;;) {
    const expiry = queue.reduce(
      (soonest, { arrivedMs }) => Math.min(soonest, arrivedMs + setup.timeoutMs),
      Infinity,
    )
    const event = Math.min(nextArrivalMs(), expiry, ...devices.map((device) => device.nextEventMs()))
    if (event === Infinity) break
    now = Math.max(now, event)
    while (nextArrivalMs() <= now) arrive(takeArrival())
    for (const device of devices) {
      for (const utterance of device.advance(now)) {
        finished.push(utterance)
        onEnd(utterance.request, utterance, now)
      }
    }
    for (let i = queue.length - 1; i >= 0; i--) {
      if (queue[i]!.arrivedMs + setup.timeoutMs > now) continue
      expired++
      onEnd(queue.splice(i, 1)[0]!, undefined, now)
    }
    dispatch()
    for (const device of devices) device.advance(now)
  }

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

/**
 * Seconds of audio that a device makes per second, at 8 s of context: as much as its busiest lane makes, and no more
 * than its threads have time for. `together`: utterances that share its acoustic runs. A fast LLM has few rows in a
 * step; one that holds the others up gets more of them, and so cheaper ones.
 */
export function estimatedRate(machine: Machine, together = 1): number {
  const rates = [1, 2, 4, 8, 16].map((rows) => rateAt(machine, rows, together))
  const enough = rates.find(({ llmWaits }) => llmWaits)
  return (enough ?? rates.at(-1)!).rate
}

/** Seconds of audio of a single stream per second, whose LLM and whose flow and vocoder have a core each. */
export function oneStreamRate(cost: Machine['cost']): number {
  return rateAt({ cost, acousticLanes: 1, threads: 2 }, 1, 1).rate
}

function rateAt({ cost, acousticLanes, threads }: Machine, rows: number, together: number) {
  const llmMs = (cost.llmStepMs / rows + cost.llmStepPerRowMs) * 25
  const each = <T>(value: T) => Array.from({ length: together }, () => value)
  const flowMs = blockMs(cost, together) + cost.eulerSteps * eulerStepMs(cost, each(400))
  const acousticMs = (flowMs + vocodeMs(cost, each(50))) / together
  const laneMs = acousticMs / acousticLanes
  const slower = Math.max(llmMs, laneMs)
  // While both run each is slowed down; the slower lane has the other beside it for as long as that one works.
  const beside = acousticLanes > 1 ? slower : Math.min(llmMs, laneMs)
  const ms = slower + (cost.overlapSlowdown - 1) * beside
  const threadMs = ((llmMs + acousticMs) * cost.overlapSlowdown) / Math.max(2, threads)
  const rate = 1000 / Math.max(ms, acousticLanes > 1 ? threadMs : 0)
  return { rate, llmWaits: llmMs <= laneMs }
}
