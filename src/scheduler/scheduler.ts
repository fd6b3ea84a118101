/**
 * The queue in front of the devices: admits, places, expires, and refuses early what would expire anyway.
 *
 * Callers give it its clock and its devices, so tests and the simulator drive it without threads.
 *
 * A request is in exactly one of: refused at the door · waiting · started (its device's, no longer ours) · expired ·
 * withdrawn. Each ends with exactly one call to `start` or `refuse`, or with the caller's own `withdraw`.
 */
import { TtsError } from '../core/errors.ts'
import { fairRank } from './fair-share.ts'
import { type DeviceView, placeRequest, type QueueLimits, refuse } from './placement.ts'
import { type Priority, rankOf } from './rank.ts'

export interface SchedulerDevice {
  readonly id: number
  /** As it is now, for a request that speaks with `voiceKey`. */
  view(voiceKey: string): DeviceView
}

export interface Waiting {
  readonly priority: Priority
  /** What it ranks by: when the whole was asked for, of which it may be a later part. */
  readonly arrivedMs: number
  /** A later part of what is being heard: never refused at the door, since its listener waits in mid-speech. */
  readonly continues: boolean
  /** When it was itself asked for. */
  readonly askedMs: number
  /** From `askedMs`; a request that has not been started by then is refused. Infinity where its caller watches the time. */
  readonly timeoutMs: number
  readonly voiceKey: string
  /** Seconds of the voice's prompt: what a device without it has to solve first. */
  readonly voiceSeconds: number
  /** Seconds of speech expected of it. */
  readonly expectedSeconds: number
  /** Key of its client's address; undefined for this process itself. */
  readonly client?: string | undefined
  /** The client's speeches beside this one, under way or waiting, as of now. */
  readonly others?: () => number
  /** What it must be admitted as; undefined: more of a speech that was admitted. */
  readonly admission?: Priority
  /**
   * A device has a free slot for it. Must take that slot before it returns. A call and not a promise: the gate counts
   * what has started before it looks at the next request of the same turn.
   */
  start(deviceId: number): void
  refuse(error: TtsError): void
}

/** Which requests may begin although a slot is free: those that can be heard. */
export interface AdmissionGate {
  /** ms that a stream waits to be admitted, at most. */
  readonly maxWaitMs: number
  admits(request: Pick<Waiting, 'admission' | 'expectedSeconds' | 'client'>): boolean
  /** Estimated seconds until it could be admitted behind those in `before`. */
  secondsUntil(
    request: Pick<Waiting, 'admission' | 'expectedSeconds' | 'client'>,
    before: readonly Pick<Waiting, 'admission' | 'expectedSeconds'>[],
  ): number
}

/** ms between looks at whether a waiting request can be admitted: what streams have changes all the time. */
const LOOK_AGAIN_MS = 50

/** What is known of a request before it is one. */
type Asking = Pick<
  Waiting,
  'voiceKey' | 'timeoutMs' | 'admission' | 'expectedSeconds' | 'client' | 'others'
> &
  Partial<Pick<Waiting, 'priority'>>

export interface SchedulerClock {
  nowMs(): number
  /** Calls `act` after `delayMs`; the returned function calls it off. */
  after(delayMs: number, act: () => void): () => void
}

export interface SchedulerLimits extends QueueLimits {
  readonly batchBoundMs: number
}

export class Scheduler {
  readonly #devices: readonly SchedulerDevice[]
  readonly #limits: SchedulerLimits
  readonly #clock: SchedulerClock
  readonly #gate: AdmissionGate | undefined
  readonly #waiting: Waiting[] = []
  #closed = false
  #stopTimer: (() => void) | undefined

  constructor(
    devices: readonly SchedulerDevice[],
    limits: SchedulerLimits,
    clock: SchedulerClock,
    gate?: AdmissionGate,
  ) {
    this.#gate = gate
    this.#devices = devices
    this.#limits = limits
    this.#clock = clock
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** Seconds of speech expected of those that wait. */
  get queuedSeconds(): number {
    return secondsOf(this.#waiting)
  }

  /** Throws the refusal where the request cannot be taken: OVERLOADED or DRAINING. Otherwise nothing changes. */
  check(request: Asking): void {
    if (this.#closed)
      throw new TtsError('DRAINING', 'Service unavailable', 'the server is shutting down', {
        retryAfterSeconds: 5,
      })
    const views = this.#devices.map((device) => device.view(request.voiceKey))
    const before = this.#before(request)
    const queue = { length: before.length, seconds: secondsOf(before) }
    const refusal = refuse(views, queue, request.timeoutMs, this.#limits)
    if (refusal !== undefined) throw overloaded(refusal.reason, refusal.retryAfterSeconds, this.queued)
    const seconds = this.#gate?.secondsUntil(request, before) ?? 0
    if (seconds * 1000 > this.#patienceMs(request)) throw tooMany(seconds)
  }

  /** Takes a request in; throws as `check`. It may be started before this returns. `withdraw` takes it out again. */
  submit(request: Waiting): { withdraw(): void } {
    if (!request.continues || this.#closed) this.check(request)
    if (!request.continues && this.queued >= this.#limits.maxQueued) this.#makeRoom()
    this.#waiting.push(request)
    this.turn()
    return {
      withdraw: () => {
        const at = this.#waiting.indexOf(request)
        if (at >= 0) this.#waiting.splice(at, 1)
      },
    }
  }

  /** Starts what can be started and refuses what has waited too long. Call when a slot is freed or a device changes. */
  turn(): void {
    this.#expire()
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [request] = this.#waiting.splice(next.index, 1) as [Waiting]
      request.start(next.device.id)
    }
    this.#armTimer()
  }

  /** Refuses all that wait and all that come: the first step of a shutdown. */
  close(): void {
    this.#closed = true
    this.#stopTimer?.()
    const error = new TtsError('DRAINING', 'Service unavailable', 'the server is shutting down', {
      retryAfterSeconds: 5,
    })
    for (const request of this.#waiting.splice(0)) request.refuse(error)
  }

  /** The first in rank that is admitted and that a device has room for. */
  #next(): { index: number; device: DeviceView } | undefined {
    for (const index of this.#inRank()) {
      const request = this.#waiting[index]!
      if (this.#gate?.admits(request) === false) continue
      const views = this.#devices.map((device) => device.view(request.voiceKey))
      const device = placeRequest(views, request.voiceSeconds)
      if (device !== undefined) return { index, device }
      if (views.every(({ freeSlots }) => freeSlots <= 0)) return undefined
    }
    return undefined
  }

  /** Places in the queue, the first to be served first; equal ranks keep their order. */
  #inRank(): number[] {
    const ranks = this.#waiting.map((request) => this.#rankOf(request))
    return [...ranks.keys()].sort((a, b) => ranks[a]! - ranks[b]! || a - b)
  }

  #rankOf(request: Pick<Waiting, 'priority' | 'arrivedMs' | 'others'>): number {
    return fairRank(rankOf(request, this.#limits.batchBoundMs), request.others?.() ?? 0)
  }

  /** Requests that are served before one that would come now. */
  #before({ priority = 'stream', others }: Asking): Waiting[] {
    const rank = this.#rankOf({ priority, arrivedMs: this.#clock.nowMs(), ...(others && { others }) })
    return this.#waiting.filter((other) => other.continues || this.#rankOf(other) <= rank)
  }

  /** A full queue takes another for the last in rank that is not heard yet. */
  #makeRoom(): void {
    const last = this.#inRank().findLast((index) => !this.#waiting[index]!.continues)
    if (last === undefined) return
    const [request] = this.#waiting.splice(last, 1) as [Waiting]
    request.refuse(overloaded('queue-full', 2, this.queued))
  }

  /** ms that a request waits: streams no longer than they may for admission. */
  #patienceMs({ admission, timeoutMs }: Pick<Waiting, 'admission' | 'timeoutMs'>): number {
    return admission === 'stream' && this.#gate !== undefined
      ? Math.min(timeoutMs, this.#gate.maxWaitMs)
      : timeoutMs
  }

  #expire(): void {
    const now = this.#clock.nowMs()
    const late = this.#waiting.filter((request) => now - request.askedMs >= this.#patienceMs(request))
    for (const request of late) {
      this.#waiting.splice(this.#waiting.indexOf(request), 1)
      if (this.#patienceMs(request) < request.timeoutMs) {
        request.refuse(tooMany(this.#gate!.secondsUntil(request, [])))
        continue
      }
      const detail = `no slot became free within ${request.timeoutMs} ms`
      request.refuse(
        new TtsError('DEADLINE_EXCEEDED', 'Service unavailable', detail, { retryAfterSeconds: 2 }),
      )
    }
  }

  /** One timer: for the request that expires first, and to look again at what could be admitted. */
  #armTimer(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    if (this.#waiting.length === 0) return
    const ends = this.#waiting.map((request) => request.askedMs + this.#patienceMs(request))
    const first = Math.max(1, Math.min(...ends) - this.#clock.nowMs())
    const delay = this.#gate === undefined ? first : Math.min(first, LOOK_AGAIN_MS)
    if (!Number.isFinite(delay)) return
    this.#stopTimer = this.#clock.after(delay, () => this.turn())
  }
}

function secondsOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0)
}

function overloaded(
  reason: 'queue-full' | 'would-expire' | 'no-device',
  retryAfterSeconds: number,
  queued: number,
): TtsError {
  const detail = {
    'queue-full': `${queued} requests are waiting already`,
    'would-expire': `${queued} requests are waiting, longer than this one may`,
    'no-device': 'no device is working at the moment',
  }[reason]
  return new TtsError('OVERLOADED', 'Service unavailable', detail, { retryAfterSeconds })
}

function tooMany(seconds: number): TtsError {
  return new TtsError('OVERLOADED', 'Service unavailable', 'as many streams as can be heard without a gap', {
    retryAfterSeconds: Math.min(60, Math.max(1, Math.ceil(seconds))),
  })
}
