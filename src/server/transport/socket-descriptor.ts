/**
 * What Node does not offer for a connection. Its descriptor, a look at bytes without taking them, a copy of the
 * descriptor, small reads; for a listener, accepting once bytes are there. Linux only; calls of libc through koffi.
 */
import type { Server, Socket } from 'node:net'
import { koffi } from '../../core/native-calls.ts'

const SOL_SOCKET = 1
const SO_RCVBUF = 8
/**
 * The kernel holds up to twice as much. A read of half a megabyte makes uWebSockets.js read on in the same turn, paused or
 * not.
 */
const RECEIVE_BYTES = 192 * 1024
const MSG_PEEK = 0x02
const MSG_DONTWAIT = 0x40
const IPPROTO_TCP = 6
const TCP_DEFER_ACCEPT = 9
/** A connection that stays silent is accepted after so long; from then on the HTTP server's own time-outs count. */
const DEFER_S = 1

type Recv = (descriptor: number, into: Buffer, bytes: number, flags: number) => number
type Dup2 = (from: number, to: number) => number
type SetSockOpt = (descriptor: number, level: number, option: number, value: Buffer, bytes: number) => number

export interface Descriptors {
  /** What has arrived and not been read; empty where nothing has. The buffer is used again by the next call. */
  peek(descriptor: number): Buffer
  /** Takes at most so many of the bytes that have arrived. */
  take(descriptor: number, bytes: number): Buffer
  /** Another name for the same connection; below 0 where the system refuses. */
  copy(descriptor: number): number
  /** Makes `to` another name for what `from` names. False where the system refuses. */
  replace(to: number, from: number): boolean
  /** One read of the connection brings a few hundred kilobytes at most. */
  boundReads(descriptor: number): void
  /** Connections of this listener are accepted once their first bytes are there. */
  deferAccept(descriptor: number): void
}

/** Throws where libc has no such functions. */
export function openDescriptors(): Descriptors {
  if (process.platform !== 'linux') throw new Error(`expected linux, got ${process.platform}`)
  const libc = koffi.load(null)
  const recv = libc.func('int64_t recv(int fd, void *into, size_t bytes, int flags)') as unknown as Recv
  const dup2 = libc.func('int dup2(int from, int to)') as unknown as Dup2
  const dup = libc.func('int dup(int from)') as unknown as (from: number) => number
  const setsockopt = libc.func(
    'int setsockopt(int fd, int level, int option, void *value, uint32_t bytes)',
  ) as unknown as SetSockOpt
  const window = Buffer.alloc(PEEK_BYTES)
  const set = (descriptor: number, level: number, option: number, value: number) => {
    const word = Buffer.alloc(128)
    word.writeInt32LE(value)
    setsockopt(descriptor, level, option, word, 4)
  }
  return {
    peek: (descriptor) => {
      const got = recv(descriptor, window, window.length, MSG_PEEK | MSG_DONTWAIT)
      return window.subarray(0, Math.max(0, Number(got)))
    },
    take: (descriptor, bytes) => {
      const into = Buffer.alloc(bytes)
      return into.subarray(0, Math.max(0, Number(recv(descriptor, into, bytes, MSG_DONTWAIT))))
    },
    copy: (descriptor) => dup(descriptor),
    replace: (to, from) => dup2(from, to) === to,
    boundReads: (descriptor) => set(descriptor, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES),
    deferAccept: (descriptor) => set(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_S),
  }
}

/** Enough for a head and to see whether more than its body follows. */
export const PEEK_BYTES = 64 * 1024

/** The number under which the kernel knows a socket or listener; undefined once it has closed. */
export function descriptorOf(socket: Socket | Server): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null }
  const descriptor = handle?.fd
  return descriptor === undefined || descriptor < 0 ? undefined : descriptor
}
