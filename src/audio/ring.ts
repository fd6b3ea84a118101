/**
 * A ring in shared memory between exactly one producer and one consumer, on any two threads. Samples (Float32Array) go
 * from the acoustic lane to main, speech tokens (Int32Array) from the LLM lane to the acoustic lane.
 *
 * Nothing here blocks or throws once constructed: `push` and `pop` return how many elements they moved.
 *
 * Memory (one SharedArrayBuffer; producer's and consumer's fields lie on cache lines of their own):
 *
 *   Int32  [0] capacity    [1] type (0 float32, 1 int32)    [2] state
 *         [16] write position    [17] data bell       written by the producer only
 *         [32] read position                          written by the consumer only; its lane's bell tells of room
 *   data  [48 …]  capacity elements of 4 bytes
 *
 * Positions run through 0 … 2 · capacity − 1: "full" (apart by capacity) differs from "empty" (equal) without an unused
 * element. The slot is position mod capacity.
 *
 *        read                write
 *   ┌─────┬───────────────────┬──────────┐     available = write − read   (mod 2 · capacity)
 *   │     │ published data    │          │     free      = capacity − available
 *   └─────┴───────────────────┴──────────┘
 *
 * Order. The producer writes elements, then publishes the write position (an atomic store: everything before it is seen
 * by the side that reads the position). The consumer copies elements out, then publishes the read position. `end` is stored
 * after the last publish; so a consumer that sees "ended" *first* and then an empty ring has had everything.
 *
 * Lateness. Each side owns one position and may see an old value of the other's: `freeSpace` and `available` are then
 * smaller than the truth, never larger.
 */
import assert from 'node:assert/strict'
import { forgetValues } from '../core/native-pages.ts'
import { Bell } from './bell.ts'

type Elements = Float32Array | Int32Array

/** `Float32Array` or `Int32Array` itself, as a value. */
interface ElementType<A extends Elements> {
  readonly prototype: A
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): NoInfer<A>
  new (length: number): NoInfer<A>
}

export type RingState = 'open' | 'ended' | 'failed'

const CAPACITY = 0
const TYPE = 1
const STATE = 2
const WRITE = 16
const DATA_BELL = 17
const READ = 32
const HEADER_INTS = 48

const STATES: readonly RingState[] = ['open', 'ended', 'failed']
const OPEN = 0
const ENDED = 1
const FAILED = 2

/** Shared memory for a ring of `capacity` elements, open and empty. Make a `RingWriter` and a `RingReader` over it. */
export function createRing<A extends Elements>(type: ElementType<A>, capacity: number): SharedArrayBuffer {
  assert(Number.isInteger(capacity) && capacity > 0 && capacity < 2 ** 29, `no capacity: ${capacity}`)
  const buffer = new SharedArrayBuffer((HEADER_INTS + capacity) * 4)
  const header = new Int32Array(buffer, 0, HEADER_INTS)
  header[CAPACITY] = capacity
  header[TYPE] = typeNumber(type)
  return buffer
}

/** Open and empty again, for the next stream. Only while neither side uses it; make new writer and reader after it. */
export function resetRing(buffer: SharedArrayBuffer): void {
  const header = new Int32Array(buffer, 0, HEADER_INTS)
  for (const field of [STATE, WRITE, READ]) Atomics.store(header, field, 0)
  // A wait for the former stream ends.
  new Bell(header, DATA_BELL).signal()
}

/** Gives back the memory that elements took. Only while neither side uses it: `resetRing` comes before the next stream. */
export function forgetRing(buffer: SharedArrayBuffer): void {
  forgetValues(new Uint8Array(buffer, HEADER_INTS * 4))
}

/** What both sides see. */
class RingSide<A extends Elements> {
  readonly capacity: number
  protected readonly header: Int32Array
  protected readonly data: A

  constructor(type: ElementType<A>, buffer: SharedArrayBuffer) {
    this.header = new Int32Array(buffer, 0, HEADER_INTS)
    this.capacity = this.header[CAPACITY]!
    assert.equal(this.header[TYPE], typeNumber(type), 'ring of another element type')
    this.data = new type(buffer, HEADER_INTS * 4, this.capacity)
  }

  /** May be late: still "open" for a moment after the other side closed it. Never goes back to "open". */
  get state(): RingState {
    return STATES[Atomics.load(this.header, STATE)]!
  }

  protected filled(): number {
    const distance = Atomics.load(this.header, WRITE) - Atomics.load(this.header, READ)
    return distance < 0 ? distance + 2 * this.capacity : distance
  }

  /** Publishes this side's position, `count` further on. */
  protected moveOn(field: typeof WRITE | typeof READ, count: number): void {
    const position = this.header[field]! + count
    Atomics.store(this.header, field, position >= 2 * this.capacity ? position - 2 * this.capacity : position)
  }
}

/** The producer's side: one instance, on one thread. */
export class RingWriter<A extends Elements> extends RingSide<A> {
  readonly #dataBell: Bell

  constructor(type: ElementType<A>, buffer: SharedArrayBuffer) {
    super(type, buffer)
    this.#dataBell = new Bell(this.header, DATA_BELL)
  }

  /** Elements that `push` will take for certain; there may be room for more by now. */
  get freeSpace(): number {
    return this.capacity - this.filled()
  }

  /** Moves as many of `source` in as there is room for, from its start; returns how many. 0 once not open. */
  push(source: A): number {
    const count = this.state === 'open' ? Math.min(this.freeSpace, source.length) : 0
    if (count === 0) return 0
    const at = this.header[WRITE]! % this.capacity
    const beforeWrap = Math.min(count, this.capacity - at)
    this.data.set(source.subarray(0, beforeWrap), at)
    this.data.set(source.subarray(beforeWrap, count), 0)
    // Publish: from here on the consumer may read them.
    this.moveOn(WRITE, count)
    this.#dataBell.signal()
    return count
  }

  /** Nothing more will come; what is in the ring can still be read. No effect once failed. */
  end(): void {
    Atomics.compareExchange(this.header, STATE, OPEN, ENDED)
    this.#dataBell.signal()
  }

  /** As `end`, for a stream that stays incomplete. */
  fail(): void {
    Atomics.compareExchange(this.header, STATE, OPEN, FAILED)
    this.#dataBell.signal()
  }
}

/** The consumer's side: one instance, on one thread. */
export class RingReader<A extends Elements> extends RingSide<A> {
  readonly #type: ElementType<A>
  #taken = 0
  /** Rung by the producer when it pushed, ended or failed. */
  readonly dataBell: Bell

  constructor(type: ElementType<A>, buffer: SharedArrayBuffer) {
    super(type, buffer)
    this.#type = type
    this.dataBell = new Bell(this.header, DATA_BELL)
  }

  /** Elements that were read so far, by this reader. */
  get taken(): number {
    return this.#taken
  }

  /** Elements that can be read now; there may be more by now. */
  get available(): number {
    return this.filled()
  }

  /** Moves up to `target.length` elements into `target`, from its start; returns how many. */
  pop(target: A): number {
    const count = Math.min(this.available, target.length)
    if (count === 0) return 0
    const at = this.header[READ]! % this.capacity
    const beforeWrap = Math.min(count, this.capacity - at)
    target.set(this.data.subarray(at, at + beforeWrap), 0)
    target.set(this.data.subarray(0, count - beforeWrap), beforeWrap)
    // Publish: from here on the producer may overwrite them.
    this.moveOn(READ, count)
    this.#taken += count
    return count
  }

  /** Up to `limit` elements in an array of their own; empty when there are none. */
  take(limit = Number.POSITIVE_INFINITY): A {
    const elements = new this.#type(Math.min(limit, this.available))
    this.pop(elements)
    return elements
  }
}

/** A ring that has had everything: `values`, and their end. */
export function endedRing<A extends Elements>(type: ElementType<A>, values: A): RingReader<A> {
  const ring = createRing(type, Math.max(1, values.length))
  const writer = new RingWriter(type, ring)
  writer.push(values)
  writer.end()
  return new RingReader(type, ring)
}

function typeNumber(type: ElementType<Elements>): number {
  return type === (Float32Array as ElementType<Elements>) ? 0 : 1
}
