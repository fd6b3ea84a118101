/** B4: a control group with too little memory: the kernel ends the server, never its parent, which brings it back. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { startChild, untilReady } from '../helpers/child-server.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { until } from '../helpers/until.ts'

/** Of version 1 and 2 of the kernel's control groups: where groups are made, and what bounds one. */
const KINDS = [
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    kills: 'memory.oom_control',
  },
  { root: '/sys/fs/cgroup', limit: 'memory.max', used: 'memory.current', kills: 'memory.events' },
] as const
/** Beside what the server takes when it is ready. */
const SPARE_BYTES = 32 << 20
const UPLOADS = 12
const UPLOAD_BYTES = 40 << 20

interface Group {
  add(pid: number): void
  readonly usedBytes: number
  /** Processes that the kernel has ended for want of memory. */
  readonly kills: number
  limitTo(bytes: number): void
  /** Once its processes are gone. */
  remove(): Promise<void>
}

/** Undefined where this process may not make one with a bound of memory. */
function makeGroup(): Group | undefined {
  for (const { root, limit, used, kills } of KINDS) {
    const folder = join(root, `light-tts-test-${process.pid}`)
    try {
      mkdirSync(folder)
    } catch {
      continue
    }
    if (!existsSync(join(folder, limit))) {
      rmdirSync(folder)
      continue
    }
    const read = (file: string) => readFileSync(join(folder, file), 'utf8')
    return {
      add: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
      get usedBytes() {
        return Number(read(used))
      },
      get kills() {
        return Number(/^oom_kill (\d+)/m.exec(read(kills))?.[1] ?? 0)
      },
      limitTo: (bytes) => writeFileSync(join(folder, limit), String(bytes)),
      remove: () =>
        until(() => {
          try {
            rmdirSync(folder)
          } catch {}
          return !existsSync(folder)
        }, 'the control group to be empty'),
    }
  }
  return undefined
}

/** A form whose file never ends: what has come of it is held. */
function upload(port: number): Socket {
  const head = '--edge\r\nContent-Disposition: form-data; name="prompt_wav"; filename="a.wav"\r\n\r\nRIFF'
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(
      `POST /inference_zero_shot HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: ${2 * UPLOAD_BYTES}\r\n\r\n${head}`,
    )
    const piece = Buffer.alloc(1 << 20, 1)
    let left = UPLOAD_BYTES / piece.length
    const send = () => {
      while (left-- > 0) if (!socket.write(piece)) return void socket.once('drain', send)
    }
    send()
  })
  socket.on('error', () => {})
  return socket
}

test('the kernel ends a server that has too little memory, its parent lives and brings it back', async (t) => {
  const group = makeGroup()
  if (group === undefined)
    return t.skip('no control groups of memory here (needs root, and a kernel that lends them)')
  const server = await startChild('start.js', {
    cacheDir: testFolder(t),
    args: ['--set', 'limits.max_share_per_address=1', '--set', 'limits.max_file_size=100MB'],
  })
  t.after(async () => {
    server.process.kill('SIGTERM')
    await server.ended
    await group.remove()
  })
  const parent = server.process.pid!
  const childOf = () =>
    Number(readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')[0])
  const first = childOf()
  // Only what is taken from now on counts, so the bound is beyond that.
  group.add(parent)
  group.add(first)
  group.limitTo(group.usedBytes + SPARE_BYTES)
  const port = Number(new URL(server.url).port)
  const uploads = Array.from({ length: UPLOADS }, () => upload(port))
  t.after(() => {
    for (const each of uploads) each.destroy()
  })
  await until(() => group.kills > 0, 'the kernel to end a process')
  for (const each of uploads) each.destroy()
  await until(() => server.output().includes('starting it again'), 'the parent to notice')
  assert.match(server.output(), /ended by SIGKILL/)
  // A whole server takes more than what was left beside the first.
  group.limitTo(4e9)
  await untilReady(server)
  assert.notEqual(childOf(), first)
  assert.equal((await fetch(`${server.url}/health`)).status, 200)
  assert.equal(server.process.exitCode, null)
})
