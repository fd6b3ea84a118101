/** One request and response of `node:http`, made to behave and to write as the other transport does. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Inbox } from './inbox.ts'
import { originForm } from './request-framing.ts'
import { type HeaderList, type HttpExchange, type RequestHead, reasonOf } from './transport.ts'

/** A response that ended but that the client does not take is given up after this time. */
const LINGER_MS = 60_000
/** Time that a connection being cut gets to send what was written to it. */
const FLUSH_MS = 200

export function readNodeHead(request: IncomingMessage): RequestHead {
  const headers: [string, string][] = []
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    headers.push([request.rawHeaders[i]!.toLowerCase(), request.rawHeaders[i + 1]!])
  }
  const url = originForm(request.url ?? '', request.headers.host)
  const mark = url.indexOf('?')
  return {
    method: request.method ?? '',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    version: request.httpVersion === '1.0' ? '1.0' : '1.1',
    headers,
    peer: request.socket.remoteAddress ?? '',
  }
}

export class NodeExchange implements HttpExchange {
  head: RequestHead
  commonHeaders: HeaderList = []
  #status = 0
  readonly awaitsContinue: boolean
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #closed = false
  #aborted = false
  #abortListeners: (() => void)[] = []
  #bodyEnded = false
  /** Why the body is not read: its reader asked for it, or pieces wait for their turn. */
  #isHeldBack = false
  #isQueued = false
  readonly #inbox = new Inbox({
    message: (chunk, last) => {
      if (!this.#closed) this.#bodyListener?.(chunk, last)
    },
    pause: () => {
      this.#isQueued = true
      this.#request.pause()
    },
    resume: () => {
      this.#isQueued = false
      this.#flow()
    },
  })
  #bodyListener: ((chunk: Uint8Array, last: boolean) => void) | undefined

  constructor(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
    this.#request = request
    this.#response = response
    this.awaitsContinue = awaitsContinue
    this.head = readNodeHead(request)
    request.on('error', () => {})
    request.on('end', () => {
      this.#bodyEnded = true
    })
    response.on('error', () => {})
    response.on('close', () => this.#abort())
  }

  /** HTTP/1.0: no chunks, and the connection closes with the response. */
  get #isOld(): boolean {
    return this.head.version === '1.0'
  }

  get status(): number {
    return this.#status
  }

  decide(status: number): void {
    this.#status ||= status
  }

  get closed(): boolean {
    return this.#closed
  }

  get bodyEnded(): boolean {
    return this.#bodyEnded
  }

  /** All of the request has arrived, though its body may not have been read. */
  get isWhole(): boolean {
    return this.#request.complete
  }

  /** All of the response was given out. */
  get isAnswered(): boolean {
    return this.#response.writableEnded
  }

  /** Calls the listener when the kernel has all of the response; never where the client leaves before. */
  onceAnswered(listener: () => void): void {
    if (this.#response.writableFinished) listener()
    else this.#response.once('finish', listener)
  }

  onAbort(listener: () => void): void {
    if (this.#aborted) listener()
    else if (!this.#closed) this.#abortListeners.push(listener)
  }

  readBody(listener: (chunk: Uint8Array, last: boolean) => void): void {
    if (this.#closed) return
    if (this.awaitsContinue) this.#response.writeContinue()
    if (this.#bodyListener === undefined) {
      this.#request.on('data', (chunk: Uint8Array) => this.#inbox.take(chunk, false))
      this.#request.on('end', () => this.#inbox.take(new Uint8Array(0), true))
    }
    this.#bodyListener = listener
  }

  pauseBody(): void {
    this.#isHeldBack = true
    this.#request.pause()
  }

  resumeBody(): void {
    this.#isHeldBack = false
    this.#flow()
  }

  #flow(): void {
    if (this.#closed || (!this.#isHeldBack && !this.#isQueued)) this.#request.resume()
  }

  send(
    status: number,
    headers: HeaderList,
    body: Uint8Array | string,
    options: { close?: boolean } = {},
  ): void {
    this.#status ||= status
    if (this.#closed) return
    if (this.#response.headersSent) return this.destroy()
    const flat = flatten([...headers, ...this.commonHeaders])
    if (options.close === true || this.#isOld) flat.push('Connection', 'close')
    flat.push('Date', new Date().toUTCString())
    if (status !== 204 && status !== 304) flat.push('Content-Length', String(Buffer.byteLength(body)))
    this.#writeHead(status, flat)
    this.#response.end(this.head.method === 'HEAD' ? undefined : body)
    this.#finish()
  }

  beginStream(status: number, headers: HeaderList, length?: number): void {
    this.#status ||= status
    if (this.#closed) return
    const flat = flatten([...headers, ...this.commonHeaders])
    if (this.#isOld) flat.push('Connection', 'close')
    flat.push('Date', new Date().toUTCString())
    if (length !== undefined) flat.push('Content-Length', String(length))
    else if (!this.#isOld) flat.push('Transfer-Encoding', 'chunked')
    this.#writeHead(status, flat)
    if (length !== undefined && this.head.method === 'HEAD') this.endStream()
  }

  write(chunk: Uint8Array): boolean {
    if (this.#closed || chunk.length === 0) return true
    return this.#response.write(chunk)
  }

  onWritable(listener: () => void): void {
    this.#response.removeAllListeners('drain')
    this.#response.on('drain', listener)
  }

  endStream(): void {
    if (this.#closed) return
    this.#response.end()
    this.#finish()
  }

  destroy(): void {
    const { socket } = this.#request
    // A plain close would pass for the end of a response that only closing delimits.
    if (this.#isOld) socket.resetAndDestroy()
    // What was written so far may still leave: newer versions of Node hold back what came in this turn. A client that
    // takes nothing is not waited for.
    while (this.#response.writableCorked > 0) this.#response.uncork()
    setTimeout(() => socket.destroy(), FLUSH_MS).unref()
    socket.destroySoon()
    this.#abort()
  }

  /**
   * The body cannot be read any further. Answers where nothing was answered yet, else cuts; to the request's handler the
   * client has left. True where this was an answer.
   */
  failBody(status: number, headers: HeaderList, body: string): boolean {
    if (this.#closed || this.#response.headersSent) {
      this.#request.socket.destroy()
      return false
    }
    this.send(status, headers, body, { close: true })
    this.#leave()
    return true
  }

  #abort(): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbox.stop()
    this.#leave()
  }

  #leave(): void {
    this.#aborted = true
    for (const listener of this.#abortListeners) listener()
  }

  #writeHead(status: number, flat: string[]): void {
    // Removing a header that was never set is how Node is told not to add its own.
    this.#response.removeHeader('connection')
    this.#response.sendDate = false
    this.#response.writeHead(status, reasonOf(status), flat)
  }

  #finish(): void {
    this.#closed = true
    // The rest of a body that was answered early is read and forgotten.
    this.#inbox.stop()
    this.#request.resume()
    const { socket } = this.#request
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref()
    this.#response.once('close', () => clearTimeout(linger))
  }
}

function flatten(headers: HeaderList): string[] {
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  return flat
}
