/** A request that this process makes of its own routes, without a socket: what it would send, held in memory. */
import type { HeaderList, HttpExchange, RequestHead } from '../transport/transport.ts'

export interface InnerRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** JSON. */
  readonly body: string
  readonly peer: string
}

export interface InnerAnswer {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Uint8Array
}

export class InnerExchange implements HttpExchange {
  readonly head: RequestHead
  readonly awaitsContinue = false
  commonHeaders: HeaderList = []
  status = 0
  bodyEnded = false
  closed = false
  readonly #body: Uint8Array
  readonly #pieces: Uint8Array[] = []
  readonly #abortListeners: (() => void)[] = []
  #hasBegun = false
  #headers: HeaderList = []
  #settle: (answer: InnerAnswer) => void = () => {}
  /** Resolves with the whole answer; with status 0 where it was cut. */
  readonly answer: Promise<InnerAnswer>

  constructor({ method, path, body, peer }: InnerRequest) {
    this.#body = Buffer.from(body)
    this.head = {
      method,
      path,
      query: '',
      version: '1.1',
      headers: [
        ['content-type', 'application/json'],
        ['content-length', String(this.#body.length)],
      ],
      peer,
    }
    this.answer = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Calls the work off, as a client that leaves does. */
  leave(): void {
    if (this.closed) return
    this.#close(0)
    for (const listener of this.#abortListeners) listener()
  }

  onAbort(listener: () => void): void {
    if (this.closed) listener()
    else this.#abortListeners.push(listener)
  }

  readBody(listener: (chunk: Uint8Array, last: boolean) => void): void {
    this.bodyEnded = true
    queueMicrotask(() => listener(this.#body, true))
  }

  pauseBody(): void {}

  resumeBody(): void {}

  decide(status: number): void {
    this.status ||= status
  }

  send(status: number, headers: HeaderList, body: Uint8Array | string): void {
    if (this.closed) return
    if (this.#hasBegun) return this.destroy()
    this.#headers = headers
    this.#pieces.push(Buffer.from(body))
    this.#close(status)
  }

  beginStream(status: number, headers: HeaderList): void {
    this.#hasBegun = true
    this.status = status
    this.#headers = headers
  }

  write(chunk: Uint8Array): boolean {
    if (!this.closed) this.#pieces.push(Buffer.from(chunk))
    return true
  }

  onWritable(): void {}

  endStream(): void {
    if (!this.closed) this.#close(this.status)
  }

  destroy(): void {
    if (!this.closed) this.#close(0)
  }

  #close(status: number): void {
    this.closed = true
    this.status = status
    this.#settle({
      status,
      headers: this.#headers,
      body: status === 0 ? new Uint8Array(0) : Buffer.concat(this.#pieces),
    })
  }
}
