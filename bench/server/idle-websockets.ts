/**
 * What an idle WebSocket costs the server. `node dist/bench/server/idle-websockets.js [--sockets N]`; last line JSON.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { freePort } from './free-port.ts'

/** Sockets of the first sessions. */
const WARM_UP = 20

const { sockets } = benchCommand('memory that an idle WebSocket costs the server')
  .option('--sockets <n>', 'sockets to hold open', positive, 200)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ sockets: number }>()

const port = await freePort()
const entry = fileURLToPath(new URL('../../src/commands/serve.js', import.meta.url))
const settings = [
  'limits.rate_limit=off',
  'limits.max_share_per_address=1',
  `limits.max_websockets=${Math.max(WARM_UP, sockets) + 10}`,
  'log.level=error',
]
const child = spawn(
  process.execPath,
  [entry, '--port', String(port), ...settings.flatMap((one) => ['--set', one])],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)
try {
  await ready()
  // What the first sessions load is not theirs.
  for (const socket of await openAll(WARM_UP)) socket.close()
  await sleep(1500)
  const before = residentKib()
  const open = await openAll(sockets)
  await sleep(1500)
  const after = residentKib()
  for (const socket of open) socket.close()
  const each = (after - before) / sockets
  console.log(`${sockets} idle WebSockets: ${each.toFixed(1)} KiB each`)
  report('idle-websockets', { sockets, before_kib: before, after_kib: after, kib_each: each })
} finally {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function openAll(count: number): Promise<WebSocket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/inference_zero_shot_bistream`)
      await once(socket, 'open')
      socket.send(JSON.stringify({ voice: 'james' }))
      return socket
    }),
  )
}

/** Resident memory of the server. */
function residentKib(): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1])
}

async function ready(): Promise<void> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/readiness`).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return
    await sleep(100)
  }
}
