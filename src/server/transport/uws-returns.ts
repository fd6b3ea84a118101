/**
 * Which connections of uWebSockets.js go back to Node: those whose next bytes are no ordinary request. The library would cut
 * them, wait for more, or answer in its own words.
 */
import { isPlainRequest } from './plain-request.ts'
import { type Descriptors, PEEK_BYTES } from './socket-descriptor.ts'
import type { NativeConnection, Reads } from './uws-reads.ts'

/** A request that the library has given out. */
export interface RunningRequest {
  /** Body bytes that have not arrived. */
  readonly missingBytes: number
  /** The last of the body, taken before the library read it. */
  endBody(bytes: Uint8Array): void
}

/** Bytes that may wait behind an unanswered request. The library ends a connection with more of them. */
const MAX_HELD_BYTES = 64 * 1024

export class UwsReturns {
  readonly #descriptors: Descriptors
  readonly #giveToNode: (descriptor: number, firstBytes: Buffer) => void
  #reads: Reads | undefined
  readonly #running = new Map<number, RunningRequest>()
  /** What arrived behind a request that is not answered. */
  readonly #held = new Map<number, Buffer[]>()
  /** The connection that the library was last about to read. */
  #reading: NativeConnection | undefined

  /** `giveToNode` gets a descriptor of its own and what was already taken from it. */
  constructor(descriptors: Descriptors, giveToNode: (descriptor: number, firstBytes: Buffer) => void) {
    this.#descriptors = descriptors
    this.#giveToNode = giveToNode
  }

  use(reads: Reads): void {
    this.#reads = reads
  }

  /** A request has come; it is that of the connection looked at last. */
  began(request: RunningRequest): NativeConnection {
    const connection = this.#reading!
    this.#running.set(connection.descriptor, request)
    return connection
  }

  /** Its response ended, and the connection stays open only if `isKept`. Nothing is done with the connection in between. */
  ended(request: RunningRequest, connection: NativeConnection, isKept: boolean): void {
    const { descriptor } = connection
    if (this.#running.get(descriptor) !== request) return
    this.#running.delete(descriptor)
    const held = this.#held.get(descriptor)
    if (held === undefined) return
    this.#held.delete(descriptor)
    if (!isKept) return
    const copy = this.#reads!.isFlushed(connection) ? this.#descriptors.copy(descriptor) : -1
    this.#reads!.leave(connection)
    if (copy >= 0) this.#giveToNode(copy, Buffer.concat(held))
  }

  /** Called before the library reads. */
  look(connection: NativeConnection): void {
    this.#reading = connection
    const { descriptor } = connection
    const request = this.#running.get(descriptor)
    if (request !== undefined) {
      this.#lookBehind(request, descriptor)
      return
    }
    const bytes = this.#descriptors.peek(descriptor)
    // None: the peer has ended the connection.
    if (bytes.length === 0 || isPlainRequest(bytes) || !this.#reads!.isFlushed(connection)) return
    const copy = this.#descriptors.copy(descriptor)
    if (copy < 0) return
    this.#reads!.leaveInQuestion(connection)
    this.#giveToNode(copy, Buffer.alloc(0))
  }

  /** A next request while this one is not answered must not reach the library, which would end both. */
  #lookBehind(request: RunningRequest, descriptor: number): void {
    const { missingBytes } = request
    // Most of a long body is still to come.
    if (missingBytes >= PEEK_BYTES) return
    const held = this.#held.get(descriptor) ?? []
    const heldBytes = held.reduce((sum, part) => sum + part.length, 0)
    const count = this.#descriptors.peek(descriptor).length
    if (count <= missingBytes || heldBytes + count > MAX_HELD_BYTES) return
    const bytes = this.#descriptors.take(descriptor, count)
    this.#held.set(descriptor, [...held, bytes.subarray(missingBytes)])
    if (missingBytes > 0) request.endBody(bytes.subarray(0, missingBytes))
  }
}
