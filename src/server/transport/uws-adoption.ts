/**
 * Gives uWebSockets.js connections that Node has accepted: so that odd requests are seen before that library's parser
 * sees them. It closes in silence or answers in its own words.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { koffi } from '../../core/native-calls.ts'
import type { Descriptors } from './socket-descriptor.ts'
import type { UwsApp, UwsLibrary } from './uws-library.ts'
import { type NativeConnection, type Reads, watchReads } from './uws-reads.ts'

export interface Adoption {
  /**
   * Makes the connection one of the app's. The caller's own descriptor of it stays open and must be closed without a
   * shutdown. False where it could not be done; the connection is then untouched.
   */
  adopt(descriptor: number): boolean
  readonly reads: Reads
  close(): void
}

/**
 * Opens the way into `app`. No connection can reach it but through `adopt`: the listener that the library needs to make
 * its context is closed at once. `look` is called before each read. Throws where this build has no way in.
 */
export async function openAdoption(
  uws: UwsLibrary,
  app: UwsApp,
  descriptors: Descriptors,
  look: (connection: NativeConnection) => void,
): Promise<Adoption> {
  const token = await new Promise<unknown>((resolve) => app.listen('127.0.0.1', 0, resolve))
  if (token === false) throw new Error('expected a loopback port to listen on, got none')
  try {
    const context = contextOf(uws, token)
    const reads = watchReads(uws, context, descriptors, look)
    const way =
      app.adoptSocket === undefined
        ? await throughContext(uws, context, descriptors)
        : throughApp(app, descriptors)
    return { ...way, reads }
  } finally {
    uws.closeListener(token)
  }
}

type Way = Omit<Adoption, 'reads'>

function throughApp(app: UwsApp, descriptors: Descriptors): Way {
  return {
    adopt: (descriptor) => {
      const copy = descriptors.copy(descriptor)
      if (copy < 0) return false
      app.adoptSocket!(copy)
      return true
    },
    close: () => {},
  }
}

type Native = (...args: (number | bigint | string)[]) => bigint

/** Bytes for what the app keeps per connection; more than this build asks for. */
const EXTENSION_BYTES = 4096

/**
 * For builds without `adoptSocket`. The library opens an outgoing connection in the app's context. Its descriptor is at
 * once made a name for the connection to adopt. libuv registers a descriptor with the kernel when the turn ends, so
 * what it watches is the new one.
 */
async function throughContext(uws: UwsLibrary, context: bigint, descriptors: Descriptors): Promise<Way> {
  const library = koffi.load(uws.file)
  const native = (signature: string) => library.func(signature) as unknown as Native
  const onConnectError = native('void us_socket_context_on_connect_error(int ssl, void *context, void *call)')
  const connectUnix = native(
    'void *us_socket_context_connect_unix(int ssl, void *context, const char *path, int options, int extension)',
  )
  const handleOf = native('int64_t us_socket_get_native_handle(int ssl, void *s)')
  // A client that has gone by then counts as a connection that failed. The library calls this without asking whether it
  // is set; here it is a function that only reads.
  onConnectError(0, context, library.symbol('us_poll_fd'))
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-uws-'))
  const path = join(folder, 's')
  const far = await openFarEnd(path)
  return {
    adopt: (descriptor) => {
      const socket = connectUnix(0, context, path, 0, EXTENSION_BYTES)
      // Neither a null address nor a failed copy has touched the connection.
      return Boolean(socket) && descriptors.replace(Number(handleOf(0, socket)), descriptor)
    },
    close: () => {
      far.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Where those outgoing connections lead for the moment before they become something else. */
async function openFarEnd(path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return server.unref()
}

function contextOf(uws: UwsLibrary, token: unknown): bigint {
  const get = koffi.load(uws.file).func('void *us_socket_context(int ssl, void *s)') as unknown as Native
  return get(0, addressOf(token))
}

/** Node prints the address of a native object; it offers no other way to read it. */
function addressOf(external: unknown): bigint {
  const address = /^\[External: ([0-9a-f]+)\]$/.exec(inspect(external))?.[1]
  if (address === undefined) throw new Error('expected a native object, got something else')
  return BigInt(`0x${address}`)
}
