/**
 * One request and response of uWebSockets.js.
 *
 * The library's rules. A request object is valid inside its handler only, data inside its callback only. A response
 * must not be touched once it ended or aborted. A closing answer given inside the handler would still let a pipelined
 * request through. A request whose client reads or sends slowly is cut after 10 s unless its timer is wound again.
 */
import { Inbox } from './inbox.ts'
import { declaredLength } from './request-framing.ts'
import { type HeaderList, type HttpExchange, type RequestHead, reasonOf } from './transport.ts'
import type { UwsResponse } from './uws-library.ts'
import type { RunningRequest } from './uws-returns.ts'

export class UwsExchange implements HttpExchange, RunningRequest {
  head: RequestHead
  commonHeaders: HeaderList = []
  #status = 0
  /** The library has asked for the body itself by the time the handler runs. */
  readonly awaitsContinue = false
  readonly #res: UwsResponse
  readonly #onGone: (isKept: boolean) => void
  #missingBytes: number
  #closed = false
  #inHandler = true
  #bodyEnded = false
  #paused = false
  /** Why it should be paused: its reader asked for it, or pieces wait for their turn. */
  #isHeldBack = false
  #isQueued = false
  readonly #inbox = new Inbox({
    message: (chunk, last) => this.#takeBody(chunk, last),
    pause: () => {
      this.#isQueued = true
      this.#setPaused()
    },
    resume: () => {
      this.#isQueued = false
      this.#setPaused()
    },
  })
  #waiting: [Uint8Array, boolean][] = []
  #bodyListener: ((chunk: Uint8Array, last: boolean) => void) | undefined
  #abortListeners: (() => void)[] = []
  #aborted = false
  #writableListener: (() => void) | undefined
  #hasBegun = false
  #streamHead: { readonly status: number; readonly headers: HeaderList } | undefined
  /** Bytes that were promised; undefined where the response is chunked. */
  #length: number | undefined
  /** What the library did not take of a promised body, and the place of its first byte in that. */
  #rest: { readonly chunk: Uint8Array; readonly from: number } | undefined

  /** `onGone` is told whether the connection stays open. */
  constructor(res: UwsResponse, head: RequestHead, onGone: (isKept: boolean) => void) {
    this.#res = res
    this.head = head
    this.#onGone = onGone
    this.#missingBytes = declaredLength(head) ?? 0
    res.onAborted(() => {
      this.#aborted = true
      this.#finish(false)
      for (const listener of this.#abortListeners) listener()
    })
    // Asked for the body of a request that has none, the library would never close the connection for being idle.
    if (this.#missingBytes === 0) this.#bodyEnded = true
    else
      res.onData((chunk, last) => {
        if (this.#closed) this.#forget(chunk.byteLength, last)
        else this.#arrived(new Uint8Array(chunk.slice(0)), last)
      })
  }

  get missingBytes(): number {
    return this.#missingBytes
  }

  endBody(bytes: Uint8Array): void {
    this.#arrived(bytes, true)
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
    this.#isHeldBack = true
    this.#setPaused()
  }

  resumeBody(): void {
    this.#isHeldBack = false
    this.#setPaused()
  }

  #setPaused(): void {
    const isWanted = this.#isHeldBack || this.#isQueued
    if (this.#closed || isWanted === this.#paused) return
    this.#paused = isWanted
    if (isWanted) this.#res.pause()
    else this.#res.resume()
  }

  /** The response begins: what is still to come of the body is read and forgotten. */
  #forgetBody(): void {
    this.#inbox.stop()
    this.#isQueued = false
    this.resumeBody()
  }

  send(
    status: number,
    headers: HeaderList,
    body: Uint8Array | string,
    options: { close?: boolean } = {},
  ): void {
    this.#status ||= status
    if (this.#closed) return
    if (this.#hasBegun) return this.destroy()
    const close = options.close ?? false
    if (close && this.#inHandler) {
      // Answered inside the handler, a pipelined second request would be handled although we said we close.
      setImmediate(() => this.send(status, headers, body, options))
      return
    }
    this.#forgetBody()
    this.#res.cork(() => {
      this.#writeHead(status, headers)
      if (status === 204 || status === 304) this.#res.endWithoutBody()
      else if (this.head.method === 'HEAD') this.#res.endWithoutBody(Buffer.byteLength(body), close)
      else this.#res.end(body, close)
    })
    this.#finish(!close)
  }

  beginStream(status: number, headers: HeaderList, length?: number): void {
    this.#status ||= status
    this.#hasBegun = true
    this.#streamHead = { status, headers }
    this.#length = length
    this.#forgetBody()
    if (length === undefined || this.#closed) return
    const isHead = this.head.method === 'HEAD'
    if (!isHead && length > 0) return
    this.#res.cork(() => {
      this.#writeStreamHead()
      if (isHead) this.#res.endWithoutBody(length)
      else this.#res.end('')
    })
    this.#finish(true)
  }

  write(chunk: Uint8Array): boolean {
    // A chunk of no bytes would end the response.
    if (this.#closed || chunk.length === 0) return true
    let hasRoom = true
    this.#res.cork(() => {
      this.#writeStreamHead()
      hasRoom = this.#length === undefined ? this.#res.write(chunk) : this.#writePromised(chunk, this.#length)
    })
    return hasRoom
  }

  /** The library takes what fits, and ends the response with the last byte. */
  #writePromised(chunk: Uint8Array, length: number): boolean {
    const from = this.#res.getWriteOffset()
    const [isTaken, isDone] = this.#res.tryEnd(chunk, length)
    if (isDone) this.#finish(true)
    else if (!isTaken) this.#rest = { chunk, from }
    return isTaken || isDone
  }

  /** True once nothing waits. `offset`: bytes of the body that were taken. */
  #writeRest(offset: number): boolean {
    const rest = this.#rest
    if (rest === undefined || this.#length === undefined) return true
    const [isTaken, isDone] = this.#res.tryEnd(rest.chunk.subarray(offset - rest.from), this.#length)
    if (isTaken || isDone) this.#rest = undefined
    if (isDone) this.#finish(true)
    return isTaken || isDone
  }

  onWritable(listener: () => void): void {
    if (this.#closed) return
    if (this.#writableListener === undefined) {
      this.#res.onWritable((offset) => {
        const listener = this.#writableListener
        if (!this.#writeRest(offset)) return false
        listener?.()
        return true
      })
    }
    this.#writableListener = listener
  }

  endStream(): void {
    // A promised body ends with its last byte.
    if (this.#closed || this.#length !== undefined) return
    this.#res.cork(() => {
      this.#writeStreamHead()
      this.#res.end()
    })
    this.#finish(true)
  }

  destroy(): void {
    if (!this.#closed) this.#res.close()
  }

  #arrived(chunk: Uint8Array, last: boolean): void {
    this.#missingBytes -= chunk.length
    this.#inbox.take(chunk, last)
  }

  /** Of a body that was answered already: most of what a full server is sent. */
  #forget(bytes: number, last: boolean): void {
    this.#missingBytes -= bytes
    if (last) this.#bodyEnded = true
  }

  #takeBody(chunk: Uint8Array, last: boolean): void {
    if (last) this.#bodyEnded = true
    if (this.#closed) return
    if (this.#bodyListener !== undefined) {
      this.#bodyListener(chunk, last)
      return
    }
    this.#waiting.push([chunk, last])
    if (!last) this.pauseBody()
  }

  #writeHead(status: number, headers: HeaderList): void {
    this.#res.writeStatus(`${status} ${reasonOf(status)}`)
    for (const [name, value] of [...headers, ...this.commonHeaders]) this.#res.writeHeader(name, value)
  }

  #writeStreamHead(): void {
    if (this.#streamHead === undefined) return
    this.#writeHead(this.#streamHead.status, this.#streamHead.headers)
    this.#streamHead = undefined
  }

  #finish(isKept: boolean): void {
    this.#closed = true
    this.#inbox.stop()
    this.#waiting = []
    this.#bodyListener = undefined
    this.#writableListener = undefined
    this.#onGone(isKept)
  }
}
