/**
 * Encoded audio → WebSocket messages, no faster than the peer takes them and without losing one. It is binary as it is, or
 * text that `wrap` makes of it.
 */
import { PeerWait, peerLeft } from '../requests/stalled-peer.ts'
import { MAX_WS_MESSAGE_BYTES, type WsSocket } from '../transport/transport.ts'

/** Bytes that may wait outside the kernel for one peer. */
const MAX_BUFFERED_BYTES = 256 * 1024
/** Bytes of audio that in base64, with what is around it, fit one message. */
const MAX_WRAPPED_BYTES = Math.floor((MAX_WS_MESSAGE_BYTES - 512) * 0.75)

export class WsAudioSender {
  readonly #socket: WsSocket
  readonly #peer: PeerWait
  readonly #onSent: () => void
  readonly #wrap: ((bytes: Uint8Array) => string) | undefined
  #isStopped = false

  /** `onSent` is called whenever audio has been handed to the socket. */
  constructor(socket: WsSocket, stallMs: number, onSent: () => void, wrap?: (bytes: Uint8Array) => string) {
    this.#wrap = wrap
    this.#socket = socket
    this.#peer = new PeerWait(stallMs)
    this.#onSent = onSent
  }

  /** Resolves when there is room for more. Throws CANCELLED when the peer left or took nothing for too long. */
  async send(bytes: Uint8Array): Promise<void> {
    const size = this.#wrap === undefined ? MAX_WS_MESSAGE_BYTES : MAX_WRAPPED_BYTES
    for (let at = 0; at < bytes.length; at += size) {
      if (this.#isOver()) throw peerLeft()
      const piece = bytes.subarray(at, at + size)
      this.#socket.send(this.#wrap?.(piece) ?? piece)
      this.#onSent()
      while (!this.#isOver() && this.#socket.bufferedBytes > MAX_BUFFERED_BYTES)
        await this.#peer.room(() => this.#socket.terminate())
    }
    if (this.#isOver()) throw peerLeft()
  }

  drained(): void {
    this.#peer.wake()
  }

  /** Ends every wait; nothing is sent after it. */
  stop(): void {
    this.#isStopped = true
    this.#peer.wake()
  }

  #isOver(): boolean {
    return this.#isStopped || this.#socket.closed
  }
}
