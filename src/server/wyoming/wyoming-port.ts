/**
 * A TCP port that speaks the Wyoming protocol, which Home Assistant asks for speech by. Off unless a port is set.
 *
 * The protocol knows no keys: like the port for metrics it belongs on a network that its clients alone reach. Where keys
 * are in use, it has the voices that belong to none and those that are shared. A connection counts as a WebSocket.
 */
import { createServer, type Socket } from 'node:net'
import { endLingering } from '../../core/lingering-end.ts'
import { listening } from '../../core/listening.ts'
import { rateKey } from '../requests/client-address.ts'
import { assertAccepting, type ServerContext } from '../requests/server-context.ts'
import { PeerWait, peerLeft } from '../requests/stalled-peer.ts'
import { type WyomingEvent, WyomingReader, wyomingBytes } from './wyoming-events.ts'
import { WyomingSession } from './wyoming-session.ts'

export interface WyomingPort {
  readonly port: number
  /** Takes no more texts; connections that speak end when they have spoken. */
  drain(): void
  close(): Promise<void>
}

/** Events that wait their turn before the client is held back. */
const MAX_WAITING = 64
/** An owner that no key has. */
const NO_KEY = ''

/** Rejects with BAD_CONFIG where the address cannot be bound. */
export async function openWyomingPort(
  context: ServerContext,
  host: string,
  port: number,
): Promise<WyomingPort> {
  const connections = new Set<WyomingConnection>()
  const server = createServer((socket) => {
    const connection = new WyomingConnection(context, socket)
    connections.add(connection)
    socket.on('close', () => connections.delete(connection))
  })
  await listening(server, { host, port }, ' for Wyoming')
  return {
    port: (server.address() as { port: number }).port,
    drain: () => {
      for (const connection of connections) connection.drain()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const connection of connections) connection.cut()
      }),
  }
}

class WyomingConnection {
  readonly #socket: Socket
  readonly #session: WyomingSession
  readonly #reader = new WyomingReader()
  readonly #waiting: WyomingEvent[] = []
  readonly #peer: PeerWait
  readonly #stallMs: number
  #isBusy = false
  #isDraining = false

  constructor(context: ServerContext, socket: Socket) {
    this.#socket = socket
    this.#stallMs = context.config.server.writeStallMs
    this.#peer = new PeerWait(this.#stallMs)
    const client = socket.remoteAddress ?? ''
    this.#session = new WyomingSession(context, {
      client,
      owner: context.keys.isOpen ? undefined : NO_KEY,
      target: { send: (type, data, payload) => this.#send(wyomingBytes(type, data, payload)) },
      hangUp: () => this.#hangUp(),
    })
    let release = () => {}
    socket.on('close', () => {
      this.#session.cancel()
      this.#peer.wake()
      release()
    })
    socket.on('error', () => socket.destroy())
    socket.on('drain', () => this.#peer.wake())
    // No client of the protocol closes one way only: it has left, and wants no more.
    socket.on('end', () => socket.destroy())
    try {
      assertAccepting(context)
      release = context.ledger.takeWebSocket(rateKey(client))
    } catch (error) {
      void this.#session.refuse(error)
      return
    }
    socket.setNoDelay(true)
    socket.setTimeout(context.config.server.wsIdleTimeoutMs, () => this.#isBusy || this.#hangUp())
    socket.on('data', (chunk) => this.#receive(chunk))
  }

  drain(): void {
    this.#isDraining = true
    this.#leaveWhenDone()
  }

  cut(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#waiting.push(...this.#reader.push(chunk))
    } catch (error) {
      this.#waiting.length = 0
      this.#socket.pause()
      void this.#session.refuse(error)
      return
    }
    if (this.#waiting.length > MAX_WAITING) this.#socket.pause()
    void this.#work()
  }

  /** One event after the other. */
  async #work(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      await this.#session.handle(event)
      if (this.#waiting.length <= MAX_WAITING) this.#socket.resume()
    }
    this.#isBusy = false
    this.#leaveWhenDone()
  }

  /** Once. */
  #hangUp(): void {
    if (!this.#socket.writableEnded) endLingering(this.#socket, this.#stallMs)
  }

  #leaveWhenDone(): void {
    if (this.#isDraining && !this.#session.isSpeaking) this.#hangUp()
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writable) throw peerLeft()
    if (!this.#socket.write(bytes)) await this.#peer.room(() => this.#socket.destroy())
    if (this.#socket.destroyed) throw peerLeft()
  }
}
