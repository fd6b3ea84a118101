/**
 * Keeps a device's lanes alive: starts them, starts dead ones again with growing pauses, ends those that stand still.
 *
 * A lane that loops ends with its thread; one that hangs in a native call cannot be ended, and is reported as hung.
 */
import { TtsError } from '../core/errors.ts'
import { LaneHandle } from './lane-handle.ts'
import type { LaneSeat } from './lane-seat.ts'
import type { FromLane, LaneRole, LaneStart } from './messages.ts'
import { FIRST_WATCH, isHung, isLost, restartDelayMs, watch } from './watchdog.ts'

const WATCH_EVERY_MS = 500
/** More than make the longest pause. */
const REMEMBERED_FAILURES = 16

export interface SupervisorEvents {
  readonly onMessage: (seat: LaneSeat, message: FromLane) => void
  /** A lane that had served is gone: its utterances end before another lane takes its seat. */
  readonly onDeath: (seat: LaneSeat, reason: string) => void
  /** A lane is back, or will not come back for now. */
  readonly onChange: () => void
  /** A lane's thread does not end: only the process can end it. */
  readonly onHung: (role: LaneRole) => void
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

export interface SupervisorOptions {
  readonly deviceName: string
  readonly entries: Readonly<Record<LaneRole, URL>>
  /** `quiet`: nothing else of the device runs while this lane starts. */
  readonly startOf: (seat: LaneSeat, quiet: boolean) => LaneStart
  /** ms that a lane may stand still: in one model run, or in one turn between runs. */
  readonly hungAfterMs: number
  /** ms that a lane that stood still gets to end. */
  readonly endMs: number
  /** At the start one lane after the other: a card captures runs then, which another lane's allocations would break. */
  readonly inTurn: boolean
}

export class LaneSupervisor {
  readonly #seats: readonly LaneSeat[]
  readonly #options: SupervisorOptions
  readonly #events: SupervisorEvents
  /** Deaths and failed starts, ms. */
  readonly #failures: number[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  #watchTimer: NodeJS.Timeout | undefined
  #watchedAt = performance.now()
  #stopping = false
  /** A fault of the device itself, and no lane is back since. */
  #deviceLost = false

  constructor(seats: readonly LaneSeat[], options: SupervisorOptions, events: SupervisorEvents) {
    this.#seats = seats
    this.#options = options
    this.#events = events
  }

  /** Resolves once all lanes are ready. Rejects where one cannot start; the others are the caller's to stop. */
  async start(): Promise<void> {
    if (this.#options.inTurn) for (const seat of this.#seats) await this.#start(seat, true)
    else await Promise.all(this.#seats.map((seat) => this.#start(seat)))
    this.#watchTimer = setInterval(() => this.#look(), WATCH_EVERY_MS)
    this.#watchTimer.unref()
  }

  get ready(): boolean {
    return !this.#stopping && this.#seats.every(({ ready }) => ready)
  }

  /** Not ready, and failed so often, or in such a way, that a fresh process is the better try. */
  get lost(): boolean {
    return !this.ready && (this.#deviceLost || isLost(this.#failures, performance.now()))
  }

  /** Ends all lanes; false when one did not end in time. */
  async stop(timeoutMs: number): Promise<boolean> {
    this.#stopping = true
    clearInterval(this.#watchTimer)
    for (const timer of this.#timers) clearTimeout(timer)
    const ended = await Promise.all(this.#seats.map(({ lane }) => lane?.stop(timeoutMs) ?? true))
    for (const seat of this.#seats) seat.lane = undefined
    return ended.every((each) => each)
  }

  #start(seat: LaneSeat, quiet = false): Promise<void> {
    const { entries, startOf, deviceName } = this.#options
    seat.control.reset()
    return new Promise((resolve, reject) => {
      seat.lane = new LaneHandle(entries[seat.role], startOf(seat, quiet), {
        onMessage: (message) => {
          if (message.type === 'ready') {
            this.#deviceLost = false
            resolve()
          }
          this.#events.onMessage(seat, message)
        },
        onDeath: ({ reason, ready, deviceLost }) => {
          if (deviceLost) this.#loseDevice(seat)
          if (ready) this.#bury(seat, reason)
          reject(new TtsError('DEVICE_UNAVAILABLE', `device ${deviceName}, ${seat.name}`, reason))
        },
      })
      seat.watch = FIRST_WATCH
    })
  }

  /** What other lanes would still make of it cannot be trusted. */
  #loseDevice(seat: LaneSeat): void {
    this.#deviceLost = true
    for (const other of this.#seats)
      if (other !== seat && other.ready) this.#end(other, 'had its device lost')
  }

  #bury(seat: LaneSeat, reason: string): void {
    this.#events.log('error', `device ${this.#options.deviceName}, ${seat.name}: ${reason}`)
    this.#events.onDeath(seat, reason)
    this.#startLater(seat)
  }

  /** Counts a failure; the next start comes later after each. */
  #startLater(seat: LaneSeat): void {
    this.#failures.push(performance.now())
    if (this.#failures.length > REMEMBERED_FAILURES) this.#failures.shift()
    if (this.#stopping) return
    const { deviceName } = this.#options
    const delay = restartDelayMs(this.#failures, performance.now(), Math.random())
    this.#after(delay, () => {
      this.#start(seat).then(
        () => this.#events.log('info', `device ${deviceName}: ${seat.name} is back`),
        (failure: TtsError) => {
          seat.lane = undefined
          this.#events.log('error', `${failure.message} cannot start: ${failure.detail}`)
          this.#startLater(seat)
        },
      )
    })
    this.#events.onChange()
  }

  #look(): void {
    const now = performance.now()
    const elapsed = now - this.#watchedAt
    this.#watchedAt = now
    for (const seat of this.#seats) {
      if (!seat.ready) continue
      seat.watch = watch(seat.watch, seat.control.observe(), elapsed, WATCH_EVERY_MS)
      if (isHung(seat.watch, this.#options.hungAfterMs)) this.#end(seat)
    }
  }

  /** Ends a lane's thread; its exit counts as a death. */
  #end(seat: LaneSeat, why?: string): void {
    const { lane, role } = seat
    seat.watch = FIRST_WATCH
    if (lane === undefined || lane.ending) return
    this.#events.log(
      'error',
      `device ${this.#options.deviceName}: ${seat.name} ${why ?? 'stands still'}; ending its thread`,
    )
    lane.terminate(why)
    this.#after(this.#options.endMs, () => {
      if (seat.lane === lane) this.#events.onHung(role)
    })
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, delayMs)
    this.#timers.add(timer)
  }
}
