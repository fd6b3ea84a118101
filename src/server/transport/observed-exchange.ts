/** An exchange that adds headers to its answer and remembers the status, wherever the answer is sent. */
import type { HeaderList, HttpExchange, RequestHead } from './transport.ts'

export class ObservedExchange implements HttpExchange {
  readonly #inner: HttpExchange
  readonly #extra: HeaderList
  /** Status of the answer, 0 before there is one. */
  status = 0

  constructor(inner: HttpExchange, extra: HeaderList) {
    this.#inner = inner
    this.#extra = extra
  }

  get head(): RequestHead {
    return this.#inner.head
  }

  get closed(): boolean {
    return this.#inner.closed
  }

  get bodyEnded(): boolean {
    return this.#inner.bodyEnded
  }

  get awaitsContinue(): boolean {
    return this.#inner.awaitsContinue
  }

  onAbort(listener: () => void): void {
    this.#inner.onAbort(listener)
  }

  readBody(listener: (chunk: Uint8Array, last: boolean) => void): void {
    this.#inner.readBody(listener)
  }

  pauseBody(): void {
    this.#inner.pauseBody()
  }

  resumeBody(): void {
    this.#inner.resumeBody()
  }

  send(status: number, headers: HeaderList, body: Uint8Array | string, options?: { close?: boolean }): void {
    this.status = status
    this.#inner.send(status, [...headers, ...this.#extra], body, options)
  }

  beginStream(status: number, headers: HeaderList): void {
    this.status = status
    this.#inner.beginStream(status, [...headers, ...this.#extra])
  }

  write(chunk: Uint8Array): boolean {
    return this.#inner.write(chunk)
  }

  onWritable(listener: () => void): void {
    this.#inner.onWritable(listener)
  }

  endStream(): void {
    this.#inner.endStream()
  }

  destroy(): void {
    this.#inner.destroy()
  }
}
