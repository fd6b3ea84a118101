/** Whether the peer of a socket is still there: pings that it must answer, and how long both sides may be silent. */
import type { WsSocket } from '../transport/transport.ts'

/** Pings without an answer after which the peer counts as gone. */
const MAX_MISSED_PINGS = 2

export interface AliveLimits {
  /** ms between two pings. */
  readonly pingMs: number
  /** ms of silence of both sides. */
  readonly idleMs: number
}

export class WsKeepAlive {
  readonly #socket: WsSocket
  readonly #limits: AliveLimits
  readonly #onIdle: () => void
  readonly #pings: NodeJS.Timeout
  #idle: NodeJS.Timeout | undefined
  #missedPings = 0
  #isStopped = false

  /** `onIdle` is called each time both sides have been silent for `idleMs`. */
  constructor(socket: WsSocket, limits: AliveLimits, onIdle: () => void) {
    this.#socket = socket
    this.#limits = limits
    this.#onIdle = onIdle
    this.#pings = setInterval(() => this.#ping(), limits.pingMs)
    this.sent()
  }

  /** A message has come. */
  heard(): void {
    this.#missedPings = 0
    this.sent()
  }

  /** A message has gone out, or come in: silence begins now. */
  sent(): void {
    if (this.#isStopped) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      this.#onIdle()
      this.sent()
    }, this.#limits.idleMs)
  }

  /** A ping was answered. */
  pong(): void {
    this.#missedPings = 0
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#pings)
    clearTimeout(this.#idle)
  }

  #ping(): void {
    if (this.#missedPings >= MAX_MISSED_PINGS) {
      this.#socket.terminate()
      return
    }
    this.#missedPings++
    this.#socket.ping()
  }
}
