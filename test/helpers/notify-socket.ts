/** The socket that a service manager listens on, as systemd opens it, read by calls of the C library. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { socketAddress } from '../../src/commands/service-manager.ts'
import { koffi } from '../../src/core/native-calls.ts'

const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 0o2000002
const MSG_DONTWAIT = 0x40

export interface NotifySocket {
  /** All that was told so far. */
  told(): readonly string[]
}

/** `address` is a path, or an abstract name behind `@`. */
export function listenForNews(t: Pick<TestContext, 'after'>, address: string): NotifySocket {
  const libc = koffi.load(null)
  const socket = libc.func('int socket(int domain, int type, int protocol)')
  const bind = libc.func('int bind(int fd, const void *address, uint32_t length)')
  const recv = libc.func('long recv(int fd, void *data, size_t bytes, int flags)')
  const close = libc.func('int close(int fd)')
  const fd = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)
  const to = socketAddress(address)
  assert.equal(bind(fd, to, to.length), 0)
  t.after(() => void close(fd))
  const all: string[] = []
  return {
    told: () => {
      const data = Buffer.alloc(256)
      for (;;) {
        const bytes = Number(recv(fd, data, data.length, MSG_DONTWAIT))
        if (bytes < 0) return all
        all.push(data.toString('utf8', 0, bytes))
      }
    },
  }
}
