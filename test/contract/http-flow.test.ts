/** Both transports: back-pressure, clients that leave, slow clients, early answers, overlapping requests. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import test from 'node:test'
import { toInt16 } from '../../src/audio/pcm.ts'
import { rawRequest, readChunked, statusesOf } from '../helpers/raw-http.ts'
import { scriptedSamples } from '../helpers/script.ts'
import { settledCount } from '../helpers/settled-count.ts'
import { assertAtRest, startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const HEAD = 'POST /inference_zero_shot HTTP/1.1\r\nHost: tts.test\r\n'

async function encodeForm(changes: Record<string, string | Blob | null> = {}, headers = ''): Promise<Buffer> {
  const encoded = new Request('http://x/', { method: 'POST', body: zeroShotForm(changes) })
  const body = Buffer.from(await encoded.arrayBuffer())
  const type = `Content-Type: ${encoded.headers.get('content-type')}\r\nContent-Length: ${body.length}\r\n${headers}\r\n`
  return Buffer.concat([Buffer.from(HEAD + type), body])
}

for (const transport of TRANSPORTS) {
  test(`${transport}: a client that does not read pauses its own synthesis, and loses nothing`, async (t) => {
    // 6.4 MB of samples: more than sockets hold.
    const script = { samplesPerCharacter: 400_000, chunkSamples: 8000 }
    const { port, synthesizer } = await startTestServer(t, { transport, script })
    const text = 'a'.repeat(8)
    const socket = connect(port, '127.0.0.1')
    socket.pause()
    socket.write(await encodeForm({ tts_text: text, stream: 'true', seed: '7', response_format: 'pcm' }))
    const made = await settledCount(() => synthesizer.chunksMade)
    assert.ok(made < 350, `made ${made} of 400 chunks for a client that reads nothing`)
    const parts: Buffer[] = []
    socket.on('data', (chunk: Buffer) => parts.push(chunk))
    socket.resume()
    await new Promise<void>((resolve) => {
      const check = setInterval(() => {
        if (parts.at(-1)?.subarray(-5).toString('latin1') !== '0\r\n\r\n') return
        clearInterval(check)
        resolve()
      }, 20)
    })
    socket.destroy()
    const { body, complete } = readChunked(Buffer.concat(parts))
    assert.ok(complete)
    const expected = Buffer.from(toInt16(scriptedSamples(text, 7, script)).buffer)
    assert.ok(body.equals(expected), 'every sample arrived in order')
  })

  test(`${transport}: a client that leaves frees everything, whenever it leaves`, async (t) => {
    const started = await startTestServer(t, { transport, script: { chunkMs: 5, prepareMs: 20, slots: 1 } })
    const { port, metric } = started
    const form = await encodeForm({ tts_text: 'a'.repeat(200), stream: 'true' })
    const wholeForm = await encodeForm({ tts_text: 'a'.repeat(200) })
    const leaveAfter = async (bytes: Buffer, ms: number, how: 'end' | 'reset') => {
      const before = started.server.counts().exchanges
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(bytes)
      socket.resume()
      // A busy machine may read a whole head late; it counts from then.
      const hasHead = bytes.includes('\r\n\r\n')
      for (let i = 0; hasHead && started.server.counts().exchanges === before && i < 1000; i++) {
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      await new Promise((resolve) => setTimeout(resolve, ms))
      if (how === 'end') socket.destroy()
      else socket.resetAndDestroy()
    }
    const stages: [string, Buffer, number][] = [
      ['in the head', form.subarray(0, 40), 20],
      ['in the body', form.subarray(0, form.length - 1000), 20],
      ['while the voice is prepared', form, 5],
      ['before the first audio', wholeForm, 40],
      ['in the middle of the stream', form, 80],
    ]
    for (const [name, bytes, ms] of stages) {
      for (const how of ['end', 'reset'] as const) {
        await leaveAfter(bytes, ms, how)
        await assertAtRest(started).catch((error: Error) =>
          assert.fail(`${name}, by ${how}: ${error.message}`),
        )
      }
    }
    // While another holds the only slot, this one waits for it.
    const holder = connect(port, '127.0.0.1').on('error', () => {})
    holder.write(form)
    holder.resume()
    await until(() => started.synthesizer.active === 1, 'the slot is taken')
    const waiting = connect(port, '127.0.0.1').on('error', () => {})
    waiting.write(form)
    await until(() => started.synthesizer.queued === 1, 'the next waits')
    waiting.resetAndDestroy()
    // A place in the queue is given back while the holder speaks on.
    await until(() => started.synthesizer.queued === 0, 'its place is given back')
    assert.equal(started.synthesizer.active, 1)
    holder.destroy()
    await assertAtRest(started)
    const ended = await metric('light_tts_requests_total{transport="http",outcome="cancelled"}')
    assert.equal(ended, 2 * (stages.length - 1) + 2, 'each is counted as cancelled')
  })

  test(`${transport}: an early refusal reaches a client that is still sending`, async (t) => {
    const { port } = await startTestServer(t, { transport, set: ['limits.max_file_size=2MB'] })
    const body = Buffer.alloc(900_000, 1)
    const head = `${HEAD}Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`
    for (let i = 0; i < 20; i++) {
      const socket = connect(port, '127.0.0.1')
      const failed = new Promise<Error>((resolve) => socket.on('error', resolve))
      // Writes everything before it reads anything, as blocking clients do.
      socket.pause()
      const written = new Promise<'written'>((resolve) => {
        socket.write(head)
        socket.write(body, () => resolve('written'))
      })
      assert.equal(await Promise.race([written, failed]), 'written')
      const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve).resume())
      assert.match(first.toString(), /^HTTP\/1\.1 415 /)
      socket.destroy()
    }
    // Far too long: read in part, answered, closed.
    const big = await rawRequest(
      port,
      `${HEAD}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 50000000\r\n\r\n`,
      {
        quietMs: 1500,
        onConnect: (socket) => trickle(socket, Buffer.alloc(20_000), 10, 400),
      },
    )
    assert.deepEqual(statusesOf(big), [413])
    assert.ok(big.closed)
  })

  test(`${transport}: requests that overlap on one connection are answered in order`, async (t) => {
    const { port } = await startTestServer(t, { transport, script: { chunkMs: 5 } })
    const form = await encodeForm({ stream: 'true' })
    const next = Buffer.from('GET /health HTTP/1.1\r\nHost: tts.test\r\n\r\n')
    const answer = await rawRequest(port, Buffer.concat([form, next]), { quietMs: 400 })
    assert.deepEqual(statusesOf(answer), [200, 200])
  })
}

/** These wait for time to pass, so both transports wait together. */
test('slow clients', { concurrency: true }, async (t) => {
  await Promise.all(
    TRANSPORTS.flatMap((transport) => [
      t.test(
        `${transport}: an upload that stalls or trickles is cut, a slow but steady one is not`,
        async (t) => {
          const { port, metric } = await startTestServer(t, {
            transport,
            set: ['server.bodyStallMs=3000', 'server.minUploadBytesPerSecond=200'],
          })
          const form = await encodeForm({}, 'Connection: close\r\n')
          const split = form.length - 3000
          const upload = (piece: number, everyMs: number) =>
            rawRequest(port, form.subarray(0, split), {
              quietMs: 8000,
              onConnect: (socket) =>
                trickle(socket, form.subarray(split), everyMs, Math.ceil(3000 / piece), piece),
            })
          const [stalled, trickled, steady] = await Promise.all([
            upload(10, 20_000),
            upload(10, 200),
            upload(300, 500),
          ])
          assert.deepEqual(statusesOf(stalled), [408])
          assert.deepEqual(statusesOf(trickled), [408])
          assert.deepEqual(statusesOf(steady), [200])
          assert.equal(await metric('light_tts_upload_bytes'), 0)
        },
      ),
      t.test(`${transport}: slow heads and silent connections are gone after 15 s`, async (t) => {
        const { port } = await startTestServer(t, { transport })
        const startedAt = performance.now()
        const open = (write: (socket: Socket) => void) =>
          new Promise<number>((resolve) => {
            const socket = connect(port, '127.0.0.1', () => write(socket))
            socket.on('error', () => {})
            socket.on('close', () => resolve(performance.now() - startedAt))
            socket.resume()
          })
        const slow = await Promise.all([
          open(() => {}),
          open((socket) => {
            socket.write('GET /health HTTP/1.1\r\nX-Slow: ')
            trickle(socket, Buffer.alloc(40, 'a'), 500, 40, 1)
          }),
        ])
        for (const ms of slow) assert.ok(ms > 3000 && ms < 15_000, `closed after ${Math.round(ms)} ms`)
      }),
      t.test(
        `${transport}: a connection that was used and then stays silent is gone after 40 s`,
        async (t) => {
          const { port } = await startTestServer(t, { transport })
          const open = (write: (socket: Socket) => void) =>
            new Promise<boolean>((resolve) => {
              const socket = connect(port, '127.0.0.1', () => write(socket))
              socket.on('error', () => {})
              // Builds of uWebSockets.js wait for 10 or for 30 s.
              const limit = setTimeout(() => resolve(false), 40_000)
              socket.on('close', () => {
                clearTimeout(limit)
                resolve(true)
              })
              socket.resume()
            })
          const gone = await Promise.all([
            open((socket) => socket.write('GET /health HTTP/1.1\r\nHost: tts.test\r\n\r\n')),
            open((socket) =>
              socket.write('POST /query_tts_model HTTP/1.1\r\nHost: tts.test\r\nContent-Length: 1\r\n\r\na'),
            ),
          ])
          assert.deepEqual(gone, [true, true])
        },
      ),
    ]),
  )
})

function trickle(socket: Socket, bytes: Buffer, everyMs: number, times: number, piece = bytes.length): void {
  let at = 0
  let sent = 0
  const timer = setInterval(() => {
    if (socket.destroyed || sent === times) {
      clearInterval(timer)
      return
    }
    socket.write(piece === bytes.length ? bytes : bytes.subarray(at, at + piece))
    at += piece
    sent++
  }, everyMs)
}
