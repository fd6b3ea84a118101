/**
 * uWebSockets.js as far as it is used: the one place that loads a build of it, and the types of what is called.
 * Builds differ in names; callers see upstream's meaning under one spelling.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface UwsRequest {
  getCaseSensitiveMethod(): string
  getUrl(): string
  getQuery(): string | undefined
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
  /** Bytes of the body that were handed to the socket. */
  getWriteOffset(): number
  /** Sends what fits of a body of known length: whether all of the piece was taken, and whether it was the last. */
  tryEnd(chunk: Uint8Array, totalLength: number): [isTaken: boolean, isDone: boolean]
  /** False where something still waits. */
  onWritable(listener: (offset: number) => boolean): UwsResponse
  onData(listener: (chunk: ArrayBuffer, last: boolean) => void): UwsResponse
  pause(): void
  resume(): void
  getRemoteAddressAsText(): ArrayBuffer
}

export interface UwsApp {
  any(pattern: string, handler: (res: UwsResponse, req: UwsRequest) => void): UwsApp
  listen(host: string, port: number, done: (token: unknown) => void): UwsApp
  close(): void
  /** Takes over a connected descriptor. Builds before 2024 lack it. */
  adoptSocket?(descriptor: number): void
}

export interface UwsLibrary {
  /** The package that was loaded. */
  readonly name: string
  /** Absolute path of the native library. */
  readonly file: string
  createApp(): UwsApp
  closeListener(token: unknown): void
  visitHeaders(request: UwsRequest, visit: (name: string, value: string) => void): void
}

/**
 * Packages in order of preference. First what an operator installed from upstream; then the registry's build for Node
 * 20 to 25 on glibc 2.38 and newer. Last a fork of 2023 for Node 20 on older systems.
 */
export const UWS_PACKAGES = ['uWebSockets.js', '@btc-vision/uwebsockets.js', '@rjweb/uws'] as const

/** How a build names what the others name differently. */
interface UwsModule {
  App(): UwsApp
  _cfg?(option: string): void
  us_listen_socket_close?(token: unknown): void
  closeSocket?(token: unknown): void
}

type HeaderVisitor = (visit: (name: string, value: string) => void) => void

/** Loads the first package whose native library fits this Node and system; throws where none does. */
export function loadUws(from: NodeJS.Require = createRequire(import.meta.url)): UwsLibrary {
  const reasons: string[] = []
  for (const name of UWS_PACKAGES) {
    try {
      return adapt(name, nativeFileOf(from.resolve(name)), from(name) as UwsModule)
    } catch (cause) {
      reasons.push(`${name}: ${String((cause as Error).message).split('\n')[0]}`)
    }
  }
  throw new Error(reasons.join('; '))
}

/** The library beside a package's entry file, named after platform, processor and module version (ABI). */
function nativeFileOf(entry: string): string {
  const { platform, arch, versions } = process
  return join(dirname(entry), `uws_${platform}_${arch}_${versions.modules}.node`)
}

function adapt(name: string, file: string, module: UwsModule): UwsLibrary {
  // Answers do not name the library.
  module._cfg?.('silent')
  const close = module.us_listen_socket_close ?? module.closeSocket
  if (close === undefined) throw new Error('expected us_listen_socket_close or closeSocket, got neither')
  return {
    name,
    file,
    createApp: () => module.App(),
    closeListener: close,
    visitHeaders: (request, visit) => {
      const { forEach, forEachHeader } = request as { forEach?: HeaderVisitor; forEachHeader?: HeaderVisitor }
      const each = forEach ?? forEachHeader!
      each.call(request, visit)
    },
  }
}
