/** The server's own scheduler before simulated devices, on a virtual clock. */
import type { QueueLimits } from '../../src/scheduler/placement.ts'
import { type AdmissionGate, Scheduler, type Waiting } from '../../src/scheduler/scheduler.ts'
import type { SimulatedDevice } from './simulated-device.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { MS_PER_TOKEN, type SimulatedRequest } from './workload.ts'

export interface QueueSetup {
  readonly queue: QueueLimits
  /** ms that a request waits for a slot. */
  readonly timeoutMs: number
  readonly batchBoundMs: number
}

/** `rateOf`: seconds of audio that a device makes per second, as the server believes now. */
export function schedulerBefore(
  devices: readonly SimulatedDevice[],
  rateOf: (device: number) => number,
  { queue, batchBoundMs }: QueueSetup,
  clock: VirtualClock,
  gate?: AdmissionGate,
): Scheduler {
  const seen = devices.map((device, id) => ({
    id,
    view: (voiceKey: string) => ({
      id,
      healthy: true,
      freeSlots: device.freeSlots,
      backlogSeconds: device.backlogSeconds(),
      audioSecondsPerSecond: rateOf(id),
      hasVoice: device.hasVoice(voiceKey),
    }),
  }))
  return new Scheduler(seen, { ...queue, batchBoundMs }, clock, gate)
}

/** A request as the scheduler knows it: a whole speech that is asked for at `askedMs`. */
export function waitingOf(
  { priority, voiceKey, promptTokens, speechTokens }: SimulatedRequest,
  askedMs: number,
  timeoutMs: number,
): Omit<Waiting, 'start' | 'refuse'> {
  return {
    priority,
    continues: false,
    arrivedMs: askedMs,
    askedMs,
    timeoutMs,
    voiceKey,
    voiceSeconds: (promptTokens * MS_PER_TOKEN) / 1000,
    expectedSeconds: (speechTokens * MS_PER_TOKEN) / 1000,
  }
}
