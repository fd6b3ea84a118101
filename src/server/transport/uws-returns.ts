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

/** Bytes that are taken of what waits behind an unanswered request; the rest stays in the kernel, and the client waits. */
const ENOUGH_HELD_BYTES = 64 * 1024
/** The library polls again at times (`rewindTimer`), which brings some more. It ends a connection with this many. */
const MAX_HELD_BYTES = 4 * 1024 * 1024

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
      this.#lookBehind(request, connection)
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
  #lookBehind(request: RunningRequest, connection: NativeConnection): void {
    const { descriptor } = connection
    const { missingBytes } = request
    // Most of a long body is still to come.
    if (missingBytes >= PEEK_BYTES) return
    const held = this.#held.get(descriptor) ?? []
    let heldBytes = held.reduce((sum, part) => sum + part.length, 0)
    if (this.#descriptors.peek(descriptor).length <= missingBytes || heldBytes > MAX_HELD_BYTES) return
    const first = this.#descriptors.take(descriptor, PEEK_BYTES)
    // All that is there, as much as the kernel keeps for a connection: the library reads whatever is left. A client
    // that sends as fast as this reads is left to the library, too.
    for (let bytes = first.subarray(missingBytes); bytes.length > 0 && heldBytes <= MAX_HELD_BYTES; ) {
      held.push(bytes)
      heldBytes += bytes.length
      bytes = this.#descriptors.take(descriptor, PEEK_BYTES)
    }
    this.#held.set(descriptor, held)
    if (heldBytes >= ENOUGH_HELD_BYTES) this.#reads!.quiet(connection)
    if (missingBytes > 0) request.endBody(first.subarray(0, missingBytes))
  }
}
