/**
 * One WebSocket of `ws`, made to end as the other transport's do.
 *
 * Knows: that library's events. Does not know: handshakes or messages.
 */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { WsListener, WsSocket } from './transport.ts'

export class NodeSocket implements WsSocket {
  readonly #ws: WebSocket
  readonly #connection: Duplex
  #listener: WsListener | undefined
  #closed = false

  constructor(ws: WebSocket, connection: Duplex) {
    this.#ws = ws
    this.#connection = connection
    ws.on('error', () => ws.terminate())
    ws.on('close', (code, reason) => this.#close(code, reason.toString()))
  }

  listen(listener: WsListener): void {
    this.#listener = listener
    this.#ws.on('message', (data, isBinary) => {
      if (!this.#closed) listener.message(asBytes(data), isBinary)
    })
    this.#ws.on('pong', () => {
      if (!this.#closed) listener.pong()
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
  }

  ping(): void {
    if (!this.#closed) this.#ws.ping()
  }

  end(code: number, reason: string): void {
    if (this.#closed) return
    this.#ws.close(code, reason)
    // As the other transport: what is buffered and the close frame leave, then our side ends without waiting.
    this.#connection.end()
    this.#close(code, reason)
  }

  terminate(): void {
    this.#ws.terminate()
    this.#close(1006, '')
  }

  #close(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#listener?.closed({ code, reason })
  }
}

function asBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
