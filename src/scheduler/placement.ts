/**
 * Which device takes a request, and whether one may still be taken at all.
 *
 * Pure: device views and limits in, a decision out. Used by the scheduler, by the tests and by the simulator.
 */

export interface DeviceView {
  readonly id: number
  readonly healthy: boolean
  /** Requests it can still take beside those it has. */
  readonly freeSlots: number
  /** Seconds of audio that its requests are still expected to need. */
  readonly backlogSeconds: number
  /** Seconds of audio it makes per second when busy; measured while running, a profile's figure before that. */
  readonly audioSecondsPerSecond: number
  /** Whether this voice's flow state is already there: placing elsewhere solves the prompt again. */
  readonly hasVoice: boolean
}

/** Seconds until a device has worked off what it has. */
export function drainSeconds(device: DeviceView): number {
  return device.backlogSeconds / device.audioSecondsPerSecond
}

/**
 * The healthy device with a free slot that is expected to be done soonest; a voice that has to be solved there first
 * counts as `voiceSeconds` of audio more. Undefined where no device has room.
 */
export function placeRequest(devices: readonly DeviceView[], voiceSeconds: number): DeviceView | undefined {
  let best: DeviceView | undefined
  let bestCost = Infinity
  for (const device of devices) {
    if (!device.healthy || device.freeSlots <= 0) continue
    const cost = drainSeconds(device) + (device.hasVoice ? 0 : voiceSeconds / device.audioSecondsPerSecond)
    if (cost < bestCost) {
      best = device
      bestCost = cost
    }
  }
  return best
}

export interface QueueView {
  readonly length: number
  /** Seconds of audio expected of those that wait. */
  readonly seconds: number
}

export interface QueueLimits {
  readonly maxQueued: number
}

export type Refusal = {
  readonly reason: 'queue-full' | 'would-expire' | 'no-device'
  readonly retryAfterSeconds: number
}

/**
 * Why a request must be refused now rather than expire later; undefined where it may be placed or queued. The wait is
 * estimated from the audio owed before it and the rate of all healthy devices.
 */
export function refuse(
  devices: readonly DeviceView[],
  queue: QueueView,
  timeoutMs: number,
  limits: QueueLimits,
): Refusal | undefined {
  const healthy = devices.filter((device) => device.healthy)
  if (healthy.length === 0) return { reason: 'no-device', retryAfterSeconds: 5 }
  if (healthy.some((device) => device.freeSlots > 0) && queue.length === 0) return undefined
  const wait = expectedWaitSeconds(healthy, queue)
  const retryAfterSeconds = Math.min(60, Math.max(1, Math.ceil(wait)))
  if (queue.length >= limits.maxQueued) return { reason: 'queue-full', retryAfterSeconds }
  if (wait * 1000 > timeoutMs) return { reason: 'would-expire', retryAfterSeconds }
  return undefined
}

/** Seconds until a newcomer would get a slot: a slot frees when about one stream's share of the backlog is done. */
function expectedWaitSeconds(healthy: readonly DeviceView[], queue: QueueView): number {
  const rate = healthy.reduce((sum, device) => sum + device.audioSecondsPerSecond, 0)
  return queue.seconds / rate
}
