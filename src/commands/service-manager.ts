/**
 * What a service manager such as systemd is told: that the server takes work, that it stops, and that its event loop turns.
 *
 * Protocol: datagrams of `NAME=value` to the Unix socket that `NOTIFY_SOCKET` names (sd_notify(3)). Node has no datagrams on
 * Unix sockets, so the C library is called.
 */
import { linuxFunctions } from '../core/native-calls.ts'

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000

export interface ServiceManager {
  /** It takes work. From here on the manager also hears that the event loop turns, where it asked for that. */
  ready(): void
  /** It takes nothing new and ends by itself. */
  stopping(): void
}

const NONE: ServiceManager = { ready: () => {}, stopping: () => {} }

/** Does nothing where no manager listens. `log` is told, once, where it cannot be reached. */
export function serviceManager(env: NodeJS.ProcessEnv, log: (line: string) => void): ServiceManager {
  const { NOTIFY_SOCKET: address = '', WATCHDOG_USEC: watchdog = '' } = env
  if (process.platform !== 'linux' || !/^[/@]./.test(address)) return NONE
  let isTold = false
  const tell = (state: string) => {
    if (sendDatagram(address, state) || isTold) return
    isTold = true
    log(`the service manager's socket ${address} takes nothing`)
  }
  const everyMs = Number(watchdog) / 2000
  return {
    ready: () => {
      tell('READY=1')
      if (everyMs > 0) setInterval(() => tell('WATCHDOG=1'), everyMs).unref()
    },
    stopping: () => tell('STOPPING=1'),
  }
}

interface SocketFunctions {
  socket(domain: number, type: number, protocol: number): number
  sendto(
    descriptor: number,
    data: Buffer,
    bytes: number,
    flags: number,
    to: Buffer,
    length: number,
  ): number | bigint
  close(descriptor: number): number
}

const sockets = linuxFunctions<SocketFunctions>((library) => ({
  socket: library.func('int socket(int domain, int type, int protocol)'),
  sendto: library.func(
    'long sendto(int fd, const void *data, size_t bytes, int flags, const void *to, uint32_t length)',
  ),
  close: library.func('int close(int fd)'),
}))

/** Never waits. False where the socket does not take it. */
function sendDatagram(address: string, text: string): boolean {
  const libc = sockets()
  if (libc === null) return false
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return false
  try {
    const [data, to] = [Buffer.from(text), socketAddress(address)]
    const sent = libc.sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length)
    return Number(sent) === data.length
  } finally {
    libc.close(fd)
  }
}

/** `struct sockaddr_un`: family, then a path that ends with a zero, or an abstract name that begins with one. */
export function socketAddress(address: string): Buffer {
  const isAbstract = address.startsWith('@')
  const name = Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`)
  const family = Buffer.alloc(2)
  family.writeUInt16LE(AF_UNIX)
  return Buffer.concat([family, name])
}
