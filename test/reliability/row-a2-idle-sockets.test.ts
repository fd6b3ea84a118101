/** A2: a thousand sockets that say nothing: what they cost in memory and in pings, and that all of it comes back. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { WebSocket } from 'ws'
import { freePort } from '../../bench/server/free-port.ts'
import { isWhole, listenOverSocket } from '../cluster/listeners.ts'
import type { NodeOrder } from '../cluster/scripted-node.ts'
import { repoRoot } from '../helpers/paths.ts'
import { TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const SOCKETS = 1000
const ROUNDS = 3
const MAX_KIB_EACH = 50
/** 3 % of a core for 1,000 sockets that are pinged every 20 s. */
const MAX_MS_PER_PING = 0.6

const skip = process.platform === 'linux' ? false : 'needs /proc'

for (const transport of TRANSPORTS) {
  test(`${transport}: a thousand idle sockets cost at most 50 KiB and 0.6 ms a ping each, and leave nothing`, {
    skip,
  }, async (t) => {
    const port = await freePort()
    const set = [
      'limits.rate_limit=off',
      'limits.max_websockets=1100',
      'server.wsPingMs=1500',
      `server.transport=${transport}`,
    ]
    const order: NodeOrder = { port, set, script: {} }
    const entry = join(repoRoot, 'dist/test/cluster/scripted-node.js')
    // How far V8 lets young objects grow is no socket's, and differs by the version of Node.
    const child = spawn(process.execPath, ['--max-semi-space-size=4', entry, JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    t.after(() => child.kill('SIGKILL'))
    await once(child, 'message')
    const url = `http://127.0.0.1:${port}`
    const residentKib = () =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1])
    const cpuMs = () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) * 10
    }
    const held = async () =>
      Number(/^light_tts_websockets (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())![1])
    const pings: number[] = []
    const open = async (count: number) => {
      const sockets: WebSocket[] = []
      for (let i = 0; i < count; i += 100)
        sockets.push(
          ...(await Promise.all(
            Array.from({ length: 100 }, async () => {
              const socket = new WebSocket(`ws://127.0.0.1:${port}/inference_zero_shot_bistream`)
              const number = pings.push(0) - 1
              socket.on('ping', () => pings[number]!++)
              socket.on('error', () => {})
              await once(socket, 'open')
              socket.send(JSON.stringify({ voice: 'anna' }))
              return socket
            }),
          )),
        )
      return sockets
    }
    // What the first hundred make the process load is not theirs.
    for (const socket of await open(100)) socket.terminate()
    await until(async () => (await held()) === 0, 'the first sockets to be gone')
    pings.length = 0
    const before = residentKib()
    const sockets = await open(SOCKETS)
    await until(async () => (await held()) === SOCKETS, 'all sockets')
    const cpuBefore = cpuMs()
    const pinged = () => pings.reduce((sum, count) => sum + count, 0)
    const pingsBefore = pinged()
    await until(() => pings.every((count) => count >= ROUNDS), 'pings of every socket')
    const each = (residentKib() - before) / SOCKETS
    const perPing = (cpuMs() - cpuBefore) / (pinged() - pingsBefore)
    t.diagnostic(`${each.toFixed(1)} KiB each, ${perPing.toFixed(3)} ms of CPU a ping`)
    assert(each <= MAX_KIB_EACH, `${each} KiB each`)
    assert(perPing <= MAX_MS_PER_PING, `${perPing} ms a ping`)
    assert(isWhole(await listenOverSocket(url, 'Hello.').heard), 'another is served beside them')
    for (const socket of sockets) socket.terminate()
    await until(async () => (await held()) === 0, 'all to be gone')
  })
}
