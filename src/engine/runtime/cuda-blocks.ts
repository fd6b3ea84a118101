/**
 * Blocks of a card's memory, taken from the CUDA runtime and kept for the next that wants as much. They are given back
 * when memory runs short or the thread that took them is gone.
 *
 * Taking one from the runtime waits for all work of the card, so blocks come in few sizes and stay. Addresses of all
 * blocks lie in shared memory: a thread that dies leaves them, and its successor frees them.
 */
import { TtsError } from '../../core/errors.ts'
import type { Pointer } from './ort-api.ts'

/** What is called of the CUDA runtime; see `cuda-runtime.ts`. */
export interface CudaCalls {
  /** 0n where there is no memory left. */
  malloc(bytes: number): Pointer
  free(address: Pointer): void
}

export interface Block {
  readonly address: Pointer
  readonly bytes: number
}

const KIB = 1024
/** Bytes handed out after which the collector is reminded: it sees an array's few words and not its block. */
const COLLECT_AFTER = 512e6
/** The same of blocks, as a share of the ledger's places. */
const COLLECT_AFTER_PLACES = 1 / 4
/** Of blocks that share a size: the steps between a power of two and the next. */
const STEPS = 8
/** Sizes above its own in which a kept block is looked for. */
const LARGER_STEPS = 3

/** Bytes of the block for so many: at most an eighth more, so that blocks fit later wishes. */
export function blockBytes(bytes: number): number {
  const least = Math.max(KIB, bytes)
  const step = Math.max(KIB, 2 ** Math.floor(Math.log2(least)) / STEPS)
  return Math.ceil(least / step) * step
}

export class CudaBlocks {
  readonly #calls: CudaCalls
  readonly #collect: () => void
  /** Addresses of all blocks, 0 where there is none. */
  readonly #ledger: BigUint64Array
  readonly #kept = new Map<number, Pointer[]>()
  #taken = 0
  #idle = 0
  /** Nothing was taken since the last trim. */
  #isQuiet = false
  /** Handed out since unreachable arrays were last looked for. */
  #bytesSince = 0
  #blocksSince = 0

  /** `ledger` is an earlier thread's, whose blocks are freed; `collect` finds arrays that are not reachable any more. */
  constructor(calls: CudaCalls, ledger: SharedArrayBuffer, collect: () => void) {
    this.#calls = calls
    this.#collect = collect
    this.#ledger = new BigUint64Array(ledger)
    for (const [i, address] of this.#ledger.entries()) if (address !== 0n) this.#forget(i, address)
  }

  /** Bytes of blocks in use. */
  get usedBytes(): number {
    return this.#taken - this.#idle
  }

  /** Throws DEVICE_UNAVAILABLE where the card has no memory left. */
  take(wanted: number): Block {
    const bytes = blockBytes(wanted)
    this.#isQuiet = false
    this.#remind(bytes)
    const kept = this.#keptFor(bytes)
    if (kept !== undefined) {
      this.#idle -= kept.bytes
      return kept
    }
    let address = this.#malloc(bytes)
    if (address === undefined && this.#idle > 0) {
      this.trim()
      this.#isQuiet = false
      address = this.#malloc(bytes)
    }
    if (address !== undefined) return { address, bytes }
    const got = this.#ledger.includes(0n) ? 'none' : `a ledger full of ${this.#ledger.length} blocks`
    const detail = `expected ${bytes} bytes more, got ${got}; ${this.usedBytes} bytes are in use`
    throw new TtsError('LANE_FAILED', "the card's memory", detail)
  }

  /** No run may read or write it any more. */
  give({ address, bytes }: Block): void {
    if (this.#isQuiet) {
      this.#forget(this.#ledger.indexOf(address), address)
      this.#taken -= bytes
      return
    }
    const kept = this.#kept.get(bytes)
    if (kept === undefined) this.#kept.set(bytes, [address])
    else kept.push(address)
    this.#idle += bytes
  }

  /** Gives what is kept back to the card, and what comes back until something is taken again. */
  trim(): void {
    this.#isQuiet = true
    for (const [bytes, addresses] of this.#kept)
      for (const address of addresses.splice(0)) {
        this.#forget(this.#ledger.indexOf(address), address)
        this.#taken -= bytes
      }
    this.#idle = 0
  }

  /** Of its own size, or a little larger: else what is kept grows with every rare mix of sizes. */
  #keptFor(bytes: number): Block | undefined {
    for (let size = bytes, step = 0; step <= LARGER_STEPS; step++, size = blockBytes(size + 1)) {
      const address = this.#kept.get(size)?.pop()
      if (address !== undefined) return { address, bytes: size }
    }
    return undefined
  }

  /** Undefined where the card has none left, or the ledger no place. */
  #malloc(bytes: number): Pointer | undefined {
    const place = this.#ledger.indexOf(0n)
    const address = place < 0 ? 0n : this.#calls.malloc(bytes)
    if (address === 0n) return undefined
    this.#ledger[place] = address
    this.#taken += bytes
    return address
  }

  /** What is unreachable comes back in the event loop's next turns, so this is asked long before it is needed. */
  #remind(bytes: number): void {
    this.#bytesSince += bytes
    this.#blocksSince++
    const few = this.#blocksSince <= this.#ledger.length * COLLECT_AFTER_PLACES
    if (few && this.#bytesSince <= COLLECT_AFTER) return
    this.#bytesSince = 0
    this.#blocksSince = 0
    this.#collect()
  }

  #forget(place: number, address: Pointer): void {
    this.#ledger[place] = 0n
    this.#calls.free(address)
  }
}
