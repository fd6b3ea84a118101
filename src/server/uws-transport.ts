/**
 * The transport on uWebSockets.js.
 *
 * Knows: the library's rules. A request object is valid inside its handler only; a response must not be touched once it ended or
 * aborted; data is valid inside its callback only; a closing answer given inside the handler would still let a pipelined
 * request through; a request whose client reads or sends slowly is cut after 10 s unless its timer is wound again.
 * Does not know: routes.
 */
import { createServer } from 'node:net'
import { TtsError } from '../core/errors.ts'
import { declaredLength } from './request-framing.ts'
import {
  type HeaderList,
  type HttpExchange,
  type OpenTransport,
  type RequestHead,
  reasonOf,
  type TransportHandler,
  type WsListener,
  type WsSocket,
} from './transport.ts'
import { loadUws, type UwsRequest, type UwsResponse, type UwsWebSocket } from './uws-library.ts'

/** A slow client's 10 s timer inside the library is wound this often; our own limits decide instead. */
const REWIND_MS = 4000
/** WebSockets whose peer neither sends nor answers a ping for so long are cut by the library. */
const WS_SILENCE_S = 120

interface UpgradeData {
  readonly open: (socket: WsSocket) => WsListener
  socket?: UwsSocket
}

// --- transport ---

export const openUwsTransport: OpenTransport = async (options, handler) => {
  const uws = loadUws()
  await refuseTakenPort(options.host, options.port)
  const open = new Set<UwsExchange>()
  const sockets = new Set<UwsSocket>()
  const app = uws.App()
  app.ws('/*', {
    compression: uws.DISABLED,
    maxPayloadLength: options.maxWsMessageBytes,
    maxBackpressure: 0,
    idleTimeout: WS_SILENCE_S,
    sendPingsAutomatically: false,
    upgrade: (res: UwsResponse, req: UwsRequest, context: unknown) => upgrade(handler, res, req, context),
    open: (ws: UwsWebSocket) => {
      const data = dataOf(ws)
      const socket = new UwsSocket(ws)
      data.socket = socket
      sockets.add(socket)
      socket.listener = data.open(socket)
    },
    message: (ws: UwsWebSocket, message: ArrayBuffer, isBinary: boolean) =>
      dataOf(ws).socket?.listener?.message(new Uint8Array(message.slice(0)), isBinary),
    drain: (ws: UwsWebSocket) => dataOf(ws).socket?.listener?.drained(),
    pong: (ws: UwsWebSocket) => dataOf(ws).socket?.listener?.pong(),
    close: (ws: UwsWebSocket, code: number, message: ArrayBuffer) => {
      const socket = dataOf(ws).socket
      if (socket === undefined) return
      sockets.delete(socket)
      socket.onClosed(code, Buffer.from(message).toString())
    },
  })
  app.any('/*', (res, req) => {
    const exchange = new UwsExchange(res, readHead(res, req), () => open.delete(exchange))
    open.add(exchange)
    handler.request(exchange)
    exchange.handlerReturned()
  })
  const token = await new Promise<unknown>((resolve) => app.listen(options.host, options.port, resolve))
  if (token === false) throw cannotListen(options.host, options.port, 'the address cannot be bound')
  const rewind = setInterval(() => {
    for (const exchange of open) exchange.rewindTimer()
  }, REWIND_MS)
  rewind.unref()
  return {
    name: 'uws',
    port: uws.getSocketPort(token),
    close: async () => {
      clearInterval(rewind)
      app.close()
      for (const exchange of open) exchange.destroy()
      for (const socket of sockets) socket.terminate()
    },
  }
}

/** What `upgrade` attached to the socket. */
function dataOf(ws: UwsWebSocket): UpgradeData {
  return ws.getUserData() as UpgradeData
}

function upgrade(handler: TransportHandler, res: UwsResponse, req: UwsRequest, context: unknown): void {
  const head = readHead(res, req)
  const decision = handler.upgrade(head)
  if (decision.accept) {
    const data: UpgradeData = { open: decision.open }
    res.upgrade(data, req.getHeader('sec-websocket-key'), decision.protocol ?? '', '', context)
    return
  }
  const { response } = decision
  const exchange = new UwsExchange(res, head, () => {})
  exchange.send(response.status, response.headers, response.body, { close: true })
  exchange.handlerReturned()
}

/** The library shares a port with whoever else holds it; a second server must be told instead. */
async function refuseTakenPort(host: string, port: number): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(cannotListen(host, port, cause.message)))
    probe.listen(port, host, resolve)
  })
  await new Promise<void>((resolve) => probe.close(() => resolve()))
}

export function cannotListen(host: string, port: number, reason: string): TtsError {
  return new TtsError('BAD_CONFIG', 'Cannot listen', `expected ${host}:${port} to be free, got: ${reason}`)
}

function readHead(res: UwsResponse, req: UwsRequest): RequestHead {
  const headers: [string, string][] = []
  req.forEachHeader((name, value) => headers.push([name, value]))
  return {
    method: req.getCaseSensitiveMethod(),
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    headers,
    peer: Buffer.from(res.getRemoteAddressAsText()).toString(),
  }
}

// --- exchange ---

class UwsExchange implements HttpExchange {
  readonly head: RequestHead
  /** The library has asked for the body itself by the time the handler runs. */
  readonly awaitsContinue = false
  readonly #res: UwsResponse
  readonly #onGone: () => void
  #closed = false
  #inHandler = true
  #bodyEnded = false
  #paused = false
  #waiting: [Uint8Array, boolean][] = []
  #bodyListener: ((chunk: Uint8Array, last: boolean) => void) | undefined
  #abortListeners: (() => void)[] = []
  #aborted = false
  #writableListener: (() => void) | undefined
  #streamHead: { readonly status: number; readonly headers: HeaderList } | undefined

  constructor(res: UwsResponse, head: RequestHead, onGone: () => void) {
    this.#res = res
    this.head = head
    this.#onGone = onGone
    res.onAborted(() => {
      this.#aborted = true
      this.#finish()
      for (const listener of this.#abortListeners) listener()
    })
    // Asked for the body of a request that has none, the library would never close the connection for being idle.
    if (declaredLength(head) === 0) this.#bodyEnded = true
    else res.onData((chunk, last) => this.#takeBody(chunk, last))
  }

  get closed(): boolean {
    return this.#closed
  }

  get bodyEnded(): boolean {
    return this.#bodyEnded
  }

  /** Must be called when the library's handler returns: closing answers are held back until then. */
  handlerReturned(): void {
    this.#inHandler = false
  }

  /** Keeps the library from cutting a request that our own limits still allow. */
  rewindTimer(): void {
    if (this.#closed || this.#paused) return
    // Resuming what was not paused makes the library deaf to a client that leaves.
    this.#res.pause()
    this.#res.resume()
  }

  onAbort(listener: () => void): void {
    if (this.#aborted) listener()
    else if (!this.#closed) this.#abortListeners.push(listener)
  }

  readBody(listener: (chunk: Uint8Array, last: boolean) => void): void {
    this.#bodyListener = listener
    const waiting = this.#waiting
    this.#waiting = []
    for (const [chunk, last] of waiting) listener(chunk, last)
    if (waiting.length === 0 && this.#bodyEnded) listener(new Uint8Array(0), true)
    if (!this.#bodyEnded) this.resumeBody()
  }

  pauseBody(): void {
    if (this.#closed || this.#paused) return
    this.#paused = true
    this.#res.pause()
  }

  resumeBody(): void {
    if (this.#closed || !this.#paused) return
    this.#paused = false
    this.#res.resume()
  }

  send(
    status: number,
    headers: HeaderList,
    body: Uint8Array | string,
    options: { close?: boolean } = {},
  ): void {
    if (this.#closed) return
    const close = options.close ?? false
    if (close && this.#inHandler) {
      // Answered inside the handler, a pipelined second request would be handled although we said we close.
      setImmediate(() => this.send(status, headers, body, options))
      return
    }
    this.resumeBody()
    this.#res.cork(() => {
      this.#writeHead(status, headers)
      if (this.head.method === 'HEAD') this.#res.endWithoutBody(Buffer.byteLength(body), close)
      else if (status === 204 || status === 304) this.#res.endWithoutBody()
      else this.#res.end(body, close)
    })
    this.#finish()
  }

  beginStream(status: number, headers: HeaderList): void {
    this.#streamHead = { status, headers }
  }

  write(chunk: Uint8Array): boolean {
    // A chunk of no bytes would end the response.
    if (this.#closed || chunk.length === 0) return true
    let hasRoom = true
    this.#res.cork(() => {
      this.#writeStreamHead()
      hasRoom = this.#res.write(chunk)
    })
    return hasRoom
  }

  onWritable(listener: () => void): void {
    if (this.#closed) return
    if (this.#writableListener === undefined) {
      this.#res.onWritable(() => {
        this.#writableListener?.()
        return true
      })
    }
    this.#writableListener = listener
  }

  endStream(): void {
    if (this.#closed) return
    this.#res.cork(() => {
      this.#writeStreamHead()
      this.#res.end()
    })
    this.#finish()
  }

  destroy(): void {
    if (!this.#closed) this.#res.close()
  }

  #takeBody(chunk: ArrayBuffer, last: boolean): void {
    if (last) this.#bodyEnded = true
    if (this.#closed) return
    const copy = new Uint8Array(chunk.slice(0))
    if (this.#bodyListener !== undefined) {
      this.#bodyListener(copy, last)
      return
    }
    this.#waiting.push([copy, last])
    if (!last) this.pauseBody()
  }

  #writeHead(status: number, headers: HeaderList): void {
    this.#res.writeStatus(`${status} ${reasonOf(status)}`)
    for (const [name, value] of headers) this.#res.writeHeader(name, value)
  }

  #writeStreamHead(): void {
    if (this.#streamHead === undefined) return
    this.#writeHead(this.#streamHead.status, this.#streamHead.headers)
    this.#streamHead = undefined
  }

  #finish(): void {
    this.#closed = true
    this.#waiting = []
    this.#bodyListener = undefined
    this.#writableListener = undefined
    this.#onGone()
  }
}

// --- WebSocket ---

class UwsSocket implements WsSocket {
  listener: WsListener | undefined
  readonly #ws: UwsWebSocket
  #closed = false

  constructor(ws: UwsWebSocket) {
    this.#ws = ws
  }

  get closed(): boolean {
    return this.#closed
  }

  get bufferedBytes(): number {
    return this.#closed ? 0 : this.#ws.getBufferedAmount()
  }

  send(data: Uint8Array | string): void {
    if (this.#closed) return
    // 2 means dropped; with no limit set in the library it cannot happen, and must never pass silently.
    if (this.#ws.send(data, typeof data !== 'string') === 2) this.terminate()
  }

  ping(): void {
    if (!this.#closed) this.#ws.ping()
  }

  end(code: number, reason: string): void {
    if (!this.#closed) this.#ws.end(code, reason)
  }

  terminate(): void {
    if (!this.#closed) this.#ws.close()
  }

  onClosed(code: number, reason: string): void {
    this.#closed = true
    this.listener?.closed({ code, reason })
  }
}
