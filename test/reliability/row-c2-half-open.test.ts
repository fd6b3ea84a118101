/** C2: clients whose network ends without a word, as with a pulled cable. Nothing of theirs is held for long. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { Cables, isApart, runApart, skipWithoutNetworks } from '../cluster/apart.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

/** What a client does before its cable is pulled; says `ready` once it has. `place` is `host:port`. */
const CLIENT = `
const { connect } = require('node:net')
const [host, port] = process.env.PLACE.split(':')
const open = (text) => new Promise((resolve) => {
  const socket = connect(Number(port), host, () => socket.write(text))
  socket.once('data', () => resolve(socket))
})
const post = (body, length) => 'POST /v1/audio/speech HTTP/1.1\\r\\nHost: a\\r\\nContent-Type: application/json\\r\\nContent-Length: ' + length + '\\r\\n\\r\\n' + body
const speech = JSON.stringify({ input: 'a'.repeat(500), voice: 'anna', response_format: 'pcm' })
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
Promise.all([
  // Between two requests.
  open('GET /liveness HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'),
  // While it hears.
  open(post(speech, speech.length)),
  // A socket that waits for text.
  open('GET /inference_zero_shot_bistream HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: ' + key + '\\r\\n\\r\\n'),
]).then(() => {
  // While it sends; there is no answer to wait for.
  const socket = connect(Number(port), host, () => socket.write(post('{"input": "', 5000), () => process.stdout.write('ready')))
})
process.stdin.resume()
`

/** Connections of a port that the system takes for open. */
function openConnections(port: number): number {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readFileSync(path, 'utf8').split('\n'))
  const rows = tables.map((line) => line.trim().split(/\s+/))
  return rows.filter(([, local = '', , state]) => local.endsWith(ending) && state === '01').length
}

if (isApart) {
  const cables = new Cables()
  for (const [number, transport] of TRANSPORTS.entries())
    test(`a client whose cable is pulled holds nothing after the limits of its connections (${transport})`, async (t) => {
      const { server, port } = await startTestServer(t, {
        transport,
        script: { chunkMs: 50 },
        set: [
          ...['server.host=0.0.0.0', 'server.writeStallMs=1000', 'server.bodyStallMs=1000'],
          ...['server.wsPingMs=500', 'server.wsInitTimeoutMs=60000', 'server.wsIdleTimeoutMs=60000'],
        ],
      })
      const client: ChildProcess = spawn(
        'unshare',
        ['--net', 'sh', '-c', 'read go && exec "$0" -e "$1"', process.execPath, CLIENT],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
          env: { ...process.env, PLACE: `10.77.${number + 1}.1:${port}` },
        },
      )
      t.after(() => client.kill('SIGKILL'))
      await once(client, 'spawn')
      const home = cables.join(client.pid!)
      client.stdin!.write('go\n')
      const [word] = await once(client.stdout!, 'data')
      assert.equal(String(word), 'ready')
      await until(
        () => server.counts().uploadBytes > 0 && server.counts().websockets === 1,
        'all of its connections',
      )
      assert.equal(openConnections(port), 4)
      cables.pull(home)
      client.kill('SIGKILL')
      const pulledMs = performance.now()
      await until(() => openConnections(port) === 0, 'its connections to be given up')
      t.diagnostic(`all given up after ${Math.round(performance.now() - pulledMs)} ms`)
      const { exchanges, websockets, uploadBytes } = server.counts()
      assert.deepEqual([exchanges, websockets, uploadBytes], [0, 0, 0])
    })
} else
  test('clients whose cable is pulled, in networks of their own', { skip: skipWithoutNetworks }, (t) => {
    for (const line of runApart(import.meta.url).match(/^# all given up.*$/gm) ?? []) t.diagnostic(line)
  })
