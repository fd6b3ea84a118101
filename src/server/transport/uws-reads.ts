/**
 * A look at what a connection of uWebSockets.js is about to read, and the way back out of that library. Its event loop asks a
 * context before each read whether the connection may wait; the function it asks is a word in the context's memory.
 */
import { closeSync, openSync } from 'node:fs'
import { koffi } from '../../core/native-calls.ts'
import type { Descriptors } from './socket-descriptor.ts'
import type { UwsLibrary } from './uws-library.ts'

/** An open connection of the library: valid until the library closes it. */
export interface NativeConnection {
  readonly socket: number | bigint
  readonly descriptor: number
}

export interface Reads {
  /** Whether the kernel has all that was written to the connection. */
  isFlushed(connection: NativeConnection): boolean
  /** No more questions and reads of this connection until the library itself polls it for reading again. */
  quiet(connection: NativeConnection): void
  /** Ends the library's part while it asks about this connection; the peer notices nothing if there is another name of it. */
  leaveInQuestion(connection: NativeConnection): void
  /** The same at any other time. */
  leave(connection: NativeConnection): void
  /** No more questions. Idempotent. */
  stop(): void
}

/** The handler of contexts that never let a connection wait: a symbol of every build. */
const DEFAULT_HANDLER = 'default_is_low_prio_handler'
/** The word lies within this many bytes of a context; each context is larger. */
const CONTEXT_BYTES = 144
/** `UV_WRITABLE`: polled for only while something waits to be written. */
const WRITABLE = 2

const Question = koffi.proto('LightTtsReadQuestion', 'int', ['uintptr_t'])

type Native = (...args: (number | bigint | null)[]) => number

/**
 * Calls `look` before each read in `context`, on the main thread and between turns: it must be short and may not wait.
 * Throws where this build keeps the handler elsewhere.
 */
export function watchReads(
  uws: UwsLibrary,
  context: bigint,
  descriptors: Descriptors,
  look: (connection: NativeConnection) => void,
): Reads {
  const library = koffi.load(uws.file)
  const native = (signature: string) => library.func(signature) as unknown as Native
  const descriptorOfPoll = native('int us_poll_fd(uintptr_t poll)')
  const eventsOf = native('int us_poll_events(uintptr_t poll)')
  const changePoll = native('void us_poll_change(uintptr_t poll, void *loop, int events)')
  const closeSocket = native('void *us_socket_close(int ssl, uintptr_t s, int code, void *reason)')
  const original = library.symbol(DEFAULT_HANDLER) as bigint
  const words = new BigUint64Array(koffi.view(context, CONTEXT_BYTES))
  const at = words.indexOf(original)
  if (at < 0 || words.lastIndexOf(original) !== at)
    throw new Error('expected one read handler, got another number')
  const handler = koffi.register((socket: number | bigint) => {
    try {
      look({ socket, descriptor: descriptorOfPoll(socket) })
    } catch {
      // The library then reads, as it would have without a look.
    }
    return 0
  }, koffi.pointer(Question))
  words[at] = handler
  // Reading from it fails, whereupon the library closes its connection.
  const nothing = openSync('/dev/null', 'r')
  let isStopped = false
  return {
    isFlushed: ({ socket }) => (eventsOf(socket) & WRITABLE) === 0,
    quiet: ({ socket }) => changePoll(socket, null, eventsOf(socket) & WRITABLE),
    leaveInQuestion: ({ socket, descriptor }) => {
      changePoll(socket, null, 0)
      descriptors.replace(descriptor, nothing)
    },
    leave: ({ socket }) => {
      closeSocket(0, socket, 0, null)
    },
    stop: () => {
      if (isStopped) return
      isStopped = true
      words[at] = original
      koffi.unregister(handler)
      closeSync(nothing)
    },
  }
}
