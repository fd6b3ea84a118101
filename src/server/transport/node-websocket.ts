/** One WebSocket of `ws`: ends with a close frame whatever ends it, and bounds what its peer may do beside sending messages. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { endLingering } from '../../core/lingering-end.ts'
import { Inbox } from './inbox.ts'
import type { WsListener, WsSocket } from './transport.ts'

/** Time that a slow peer gets to take audio that was sent before the end. */
const MAX_FLUSH_MS = 60_000
/** Pings and pongs that a peer may send in a window; keep-alive needs one in many seconds. */
const MAX_CONTROL_FRAMES = 200
const CONTROL_WINDOW_MS = 10_000
/** Answers to pings wait for no peer that reads nothing. */
const MAX_PONG_BACKLOG_BYTES = 64 * 1024
/** Audio waits for a slow peer; what else is sent to one that reads nothing ends here. */
const MAX_BACKLOG_BYTES = 1024 * 1024
const POLICY_VIOLATION = 1008

export class NodeSocket implements WsSocket {
  readonly #ws: WebSocket
  readonly #connection: Duplex
  #listener: WsListener | undefined
  #inbox: Inbox | undefined
  #closed = false
  /** Bytes since the last whole message. */
  #arriving = 0
  #hasMessage = false
  #controlFrames = 0
  #windowBegan = 0

  constructor(ws: WebSocket, connection: Duplex) {
    this.#ws = ws
    this.#connection = connection
    // The library has queued a close frame that says what was wrong: 1002, 1007 or 1009.
    ws.on('error', () => this.#hangUp(1006, ''))
    ws.on('close', (code, reason) => this.#close(code, reason.toString()))
  }

  listen(listener: WsListener): void {
    this.#listener = listener
    const inbox = new Inbox({
      message: (data, isBinary) => {
        if (!this.#closed) listener.message(data, isBinary)
      },
      arriving: (bytes) => {
        if (!this.#closed) listener.arriving(bytes)
      },
      pause: () => this.#ws.pause(),
      resume: () => this.#ws.resume(),
    })
    this.#inbox = inbox
    this.#ws.on('message', (data, isBinary) => {
      this.#hasMessage = true
      if (!this.#closed) inbox.take(asBytes(data), isBinary)
    })
    this.#ws.on('ping', (data) => {
      if (!this.#countControl()) return
      if (this.#ws.bufferedAmount < MAX_PONG_BACKLOG_BYTES) this.#ws.pong(data)
    })
    this.#ws.on('pong', () => {
      if (this.#countControl()) listener.pong()
    })
    // Comes after the library's own listener: what made a message whole has been taken out by then.
    this.#connection.on('data', (chunk: Uint8Array) => {
      this.#arriving = this.#hasMessage ? 0 : this.#arriving + chunk.length
      this.#hasMessage = false
      if (!this.#closed) inbox.arriving(this.#arriving)
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  send(data: Uint8Array | string): void {
    if (this.#closed) return
    this.#ws.send(data, { binary: typeof data !== 'string' }, () => {
      if (!this.#closed) this.#listener?.drained()
    })
    if (this.#ws.bufferedAmount > MAX_BACKLOG_BYTES) this.terminate()
  }

  ping(): void {
    if (!this.#closed) this.#ws.ping()
  }

  end(code: number, reason: string): void {
    if (this.#closed) return
    this.#ws.close(code, reason)
    this.#hangUp(code, reason)
  }

  terminate(): void {
    this.#ws.terminate()
    this.#close(1006, '')
  }

  /** False once the peer has sent too many; the socket is then closing. */
  #countControl(): boolean {
    if (this.#closed) return false
    const now = performance.now()
    if (now - this.#windowBegan > CONTROL_WINDOW_MS) {
      this.#windowBegan = now
      this.#controlFrames = 0
    }
    this.#controlFrames++
    if (this.#controlFrames <= MAX_CONTROL_FRAMES) return true
    this.end(POLICY_VIOLATION, 'too many pings')
    return false
  }

  /** What is buffered and the close frame leave first. */
  #hangUp(code: number, reason: string): void {
    endLingering(this.#connection, MAX_FLUSH_MS)
    this.#close(code, reason)
  }

  #close(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbox?.stop()
    this.#listener?.closed({ code, reason })
  }
}

function asBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
