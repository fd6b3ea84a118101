/**
 * uWebSockets.js as far as it is used: the one place that loads it, and the types of what is called.
 *
 * Knows: the names of the build in use (a fork whose socket functions differ from upstream's). Does not know: what is
 * done with them.
 */
import { createRequire } from 'node:module'

export interface UwsRequest {
  getCaseSensitiveMethod(): string
  getUrl(): string
  getQuery(): string | undefined
  getHeader(name: string): string
  forEachHeader(visit: (name: string, value: string) => void): void
}

export interface UwsResponse {
  writeStatus(status: string): UwsResponse
  writeHeader(name: string, value: string): UwsResponse
  write(chunk: Uint8Array): boolean
  end(body?: Uint8Array | string, closeConnection?: boolean): UwsResponse
  endWithoutBody(contentLength?: number, closeConnection?: boolean): UwsResponse
  close(): UwsResponse
  cork(work: () => void): UwsResponse
  onAborted(listener: () => void): UwsResponse
  onWritable(listener: () => boolean): UwsResponse
  onData(listener: (chunk: ArrayBuffer, last: boolean) => void): UwsResponse
  pause(): void
  resume(): void
  upgrade<T>(data: T, key: string, protocol: string, extensions: string, context: unknown): void
  getRemoteAddressAsText(): ArrayBuffer
}

export interface UwsWebSocket {
  send(data: Uint8Array | string, isBinary?: boolean): number
  getBufferedAmount(): number
  end(code?: number, reason?: string): void
  close(): void
  ping(): number
  getUserData(): unknown
}

interface UwsApp {
  any(pattern: string, handler: (res: UwsResponse, req: UwsRequest) => void): UwsApp
  ws(pattern: string, behaviour: object): UwsApp
  listen(host: string, port: number, done: (token: unknown) => void): UwsApp
  close(): void
}

interface UwsModule {
  App(): UwsApp
  getSocketPort(token: unknown): number
  readonly DISABLED: number
}

/** Loads the native library; throws where it has no binary for this Node or platform. */
export function loadUws(): UwsModule {
  return createRequire(import.meta.url)('uWebSockets.js') as UwsModule
}
