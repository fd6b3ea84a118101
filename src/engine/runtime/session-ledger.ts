/**
 * Which sessions a thread has open, in shared memory: a thread that dies cannot release them, its successor does.
 *
 * Layout: one 64-bit address per session, 0 where there is none. ONNX Runtime itself writes the address of a new
 * session into its place. So a thread that dies while it loads a model leaves a trace, too.
 */
import assert from 'node:assert/strict'
import { addressOf, NATIVE_OBJECTS_STAY, type OrtApi, type Pointer } from './ort-api.ts'

/** Places of a thread's own ledger, shared with no other. */
const OWN_PLACES = 64

export class SessionLedger {
  readonly #addresses: BigUint64Array
  /** Given out to a session that is still being made. */
  readonly #making = new Set<number>()

  /** Over shared memory of 8 bytes a session, or over some of this thread alone. */
  constructor(buffer: ArrayBufferLike = new ArrayBuffer(OWN_PLACES * 8)) {
    this.#addresses = new BigUint64Array(buffer)
  }

  /** Has `make` write a session's address to where `out` points, and returns it. */
  async open(make: (out: Pointer) => Promise<void>): Promise<Pointer> {
    const place = this.#addresses.findIndex((address, i) => address === 0n && !this.#making.has(i))
    assert(place >= 0, `no room for another session among ${this.#addresses.length}`)
    this.#making.add(place)
    try {
      await make(addressOf(this.#addresses.subarray(place, place + 1)))
      return this.#addresses[place]!
    } finally {
      this.#making.delete(place)
    }
  }

  /** Releases one session of this thread. */
  release(api: OrtApi, session: Pointer): void {
    const place = this.#addresses.indexOf(session)
    assert(place >= 0, 'a session is released once, by the thread that opened it')
    this.#addresses[place] = 0n
    api.call('ReleaseSession', 'release session', session)
  }

  /** Releases what a thread that has ended left behind. None of it may be run any more. */
  releaseLeft(api: OrtApi): void {
    const left = this.#addresses.filter((address) => address !== 0n)
    this.#addresses.fill(0n)
    if (!NATIVE_OBJECTS_STAY) return
    for (const session of left) api.call('ReleaseSession', 'release a session left behind', session)
  }
}
