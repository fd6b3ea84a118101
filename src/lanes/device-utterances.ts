/** The utterances that have slots of a device: which sides use each slot, what was read, how each failed. */
import { isMemoryShort } from '../core/device-fault.ts'
import { TtsError } from '../core/errors.ts'
import type { StageTimes } from '../core/stage-clock.ts'
import type { LaneSeat } from './lane-seat.ts'
import type { LaneRole, LeftHow } from './messages.ts'
import { isParked } from './parking.ts'
import { SlotTable } from './slot-table.ts'
import { deferred, type Lent, type NewUtterance, secondsLeft, type Utterance } from './utterance.ts'
import { WorkMarks } from './work-marks.ts'

/** Not the utterance's fault: another lane may speak it, or this one when it is back. */
export const LANE_RETURNS = { status: 503, retryAfterSeconds: 2 }

export interface OwnSlot {
  readonly slot: number
  readonly epoch: number
}

export class DeviceUtterances {
  readonly #slots: SlotTable
  readonly #sampleRate: number
  readonly #llm: LaneSeat
  readonly #onFree: () => void
  readonly #utterances = new Map<number, Utterance>()
  readonly #marks: WorkMarks

  /** `onFree` is called with each slot that can be lent again. */
  constructor(slots: number, sampleRate: number, llm: LaneSeat, onFree: () => void) {
    this.#slots = new SlotTable(slots)
    this.#marks = new WorkMarks(slots)
    this.#sampleRate = sampleRate
    this.#llm = llm
    this.#onFree = onFree
  }

  /** For the lanes, which count what they do. */
  get marks(): SharedArrayBuffer {
    return this.#marks.buffer
  }

  get used(): number {
    return this.#slots.total - this.#slots.freeCount
  }

  /** Slots in use whose listeners take nothing. */
  get parked(): number {
    const now = performance.now()
    let parked = 0
    for (const { slot, epoch, acoustic, reader, readMs } of this.#utterances.values()) {
      const inLanes = this.#slots.uses(slot, epoch, 'llm') || this.#slots.uses(slot, epoch, acoustic.role)
      const hasRoom = reader.available < reader.capacity
      if (isParked({ hasRoom, inLanes, readMs }, now)) parked++
    }
    return parked
  }

  /** Seconds of speech still expected of the utterances that are here. */
  get backlogSeconds(): number {
    let seconds = 0
    for (const utterance of this.#utterances.values()) seconds += this.#secondsLeft(utterance)
    return seconds
  }

  /** Of these, what an acoustic lane has still to do. */
  secondsAt(seat: LaneSeat): number {
    let seconds = 0
    for (const utterance of this.#utterances.values())
      if (utterance.acoustic === seat && this.#slots.uses(utterance.slot, utterance.epoch, 'acoustic'))
        seconds += this.#secondsLeft(utterance)
    return seconds
  }

  /** Slots that an utterance has, whichever sides still use them. */
  get slots(): readonly number[] {
    return [...this.#utterances.keys()]
  }

  /** Slots that a lane uses; an utterance stays with the acoustic lane it was given to. */
  slotsOf(seat: LaneSeat): readonly OwnSlot[] {
    const used = this.#slots.usedBy(seat.role)
    return seat.role === 'llm'
      ? used
      : used.filter(({ slot }) => this.#utterances.get(slot)!.acoustic === seat)
  }

  take(): OwnSlot {
    return this.#slots.take()
  }

  /** Lends a slot that was taken, and whose lanes have been told. */
  lend(
    { slot, epoch }: OwnSlot,
    { expectedSeconds, onStages }: Pick<NewUtterance, 'expectedSeconds' | 'onStages'>,
    acoustic: LaneSeat,
    { audio: reader, places }: Pick<Lent, 'audio' | 'places'>,
  ): Lent {
    const { promise: failed, resolve: tellFailure } = deferred<TtsError>()
    const entry: Utterance = {
      slot,
      epoch,
      acoustic,
      expectedSeconds,
      reader,
      onStages,
      places,
      readMs: performance.now(),
      failure: undefined,
      failed,
      tellFailure,
    }
    this.#utterances.set(slot, entry)
    return this.#lentOf(entry)
  }

  /** One side is done with a slot; late or repeated words of it are without effect. */
  leave(slot: number, epoch: number, user: LaneRole | 'reader'): void {
    if (!this.#slots.uses(slot, epoch, user)) return
    if (!this.#slots.leave(slot, epoch, user)) return
    this.#utterances.delete(slot)
    this.#onFree()
  }

  /** A lane is done with an utterance: how it ended there, and when it ran. */
  left({ slot, epoch, failed, stages }: OwnSlot & LeftHow, role: LaneRole): void {
    if (failed !== undefined) this.fail(slot, epoch, failed)
    if (stages !== undefined) this.#ran(slot, epoch, stages)
    this.leave(slot, epoch, role)
  }

  #ran(slot: number, epoch: number, stages: readonly StageTimes[]): void {
    const utterance = this.#utterances.get(slot)
    if (utterance?.epoch === epoch) utterance.onStages?.(stages)
  }

  /** An utterance fails, once; the lanes that still have it are told. Memory may be there again later. */
  fail(
    slot: number,
    epoch: number,
    reason: string,
    retry = isMemoryShort(reason) ? LANE_RETURNS : undefined,
  ): void {
    const utterance = this.#utterances.get(slot)
    if (utterance?.epoch !== epoch || utterance.failure !== undefined) return
    utterance.failure = new TtsError('LANE_FAILED', 'Speech synthesis failed', reason, retry)
    utterance.tellFailure(utterance.failure)
    this.#cancel(utterance)
  }

  failAll(reason: string): void {
    for (const { slot, epoch } of this.#utterances.values()) this.fail(slot, epoch, reason, LANE_RETURNS)
  }

  /** Expected to be still made of it. */
  #secondsLeft({ expectedSeconds, reader }: Utterance): number {
    const made = (reader.taken + reader.available) / this.#sampleRate
    return secondsLeft(expectedSeconds, made)
  }

  #lentOf(entry: Utterance): Lent {
    const { slot, epoch, acoustic } = entry
    const marks = this.#marks
    const send = (
      message: { readonly type: 'append'; readonly textIds: Int32Array } | { readonly type: 'finish' },
    ) => {
      if (this.#slots.uses(slot, epoch, 'llm')) this.#llm.lane?.post({ ...message, slot, epoch })
    }
    return {
      audio: entry.reader,
      places: entry.places,
      get failure() {
        return entry.failure
      },
      failed: entry.failed,
      get worked() {
        return marks.of(slot)
      },
      append: (textIds) => send({ type: 'append', textIds }),
      finish: () => send({ type: 'finish' }),
      roomMade: () => {
        entry.readMs = performance.now()
        acoustic.control.signal()
      },
      close: () => this.#close(entry),
    }
  }

  /** Again is without effect: no side uses a slot twice in one epoch. */
  #close(entry: Utterance): void {
    this.#cancel(entry)
    this.leave(entry.slot, entry.epoch, 'reader')
  }

  /** Calls an utterance off in the lanes that still have it. */
  #cancel({ slot, epoch, acoustic }: Utterance): void {
    for (const { role, lane } of [this.#llm, acoustic])
      if (this.#slots.uses(slot, epoch, role)) lane?.post({ type: 'cancel', slot, epoch })
  }
}
