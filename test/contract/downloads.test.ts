/** Kept audio over both transports: what cannot be read on breaks off, and conditions are those of RFC 9110. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import type { JobAudio } from '../../src/core/job-port.ts'
import { sendFile } from '../../src/server/requests/file-response.ts'
import { openTransport } from '../../src/server/transport/open-transport.ts'
import { sendError } from '../../src/server/transport/respond.ts'
import { type RawAnswer, rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { TRANSPORTS } from '../helpers/test-server.ts'
import { start } from '../jobs/job-server.ts'

const BYTES = 200_000
/** No whole second. */
const FINISHED_MS = Date.UTC(2026, 4, 3, 2, 1, 7, 400)

const storeAway = () => new TtsError('STORAGE_FAILED', 'Store away', 'it is away', { status: 503 })

/** A server of one audio, which fails to be read from `failsAt` on. */
async function serve(t: TestContext, transport: (typeof TRANSPORTS)[number], failsAt = BYTES) {
  const audio: JobAudio = {
    ...{
      bytes: BYTES,
      sha256: 'ab',
      format: 'mp3',
      sampleRate: 24_000,
      title: 'Tea',
      finishedMs: FINISHED_MS,
    },
    open: async () => ({
      read: async (at, length) => {
        if (at >= failsAt) throw storeAway()
        return Buffer.alloc(length, 'a')
      },
      close: async () => {},
    }),
  }
  const faults: unknown[] = []
  const opened = await openTransport(
    transport,
    {
      host: '127.0.0.1',
      port: 0,
      maxWsMessageBytes: 1000,
      room: { accepted: () => {}, isTight: () => false },
    },
    {
      request: (exchange) =>
        void sendFile(exchange, audio, 5000)
          .catch((error: unknown) => void sendError(exchange, error))
          .catch((error: unknown) => faults.push(error)),
      upgrade: () => ({ accept: false, response: { status: 400, headers: [], body: '' } }),
      refused: () => {},
    },
    () => {},
  )
  t.after(() => opened.close())
  const ask = (headers = '', method = 'GET') =>
    rawRequest(opened.port, `${method} / HTTP/1.1\r\nHost: tts.test\r\n${headers}\r\n`, { quietMs: 250 })
  return { ask, faults }
}

const bodyOf = ({ bytes }: RawAnswer) => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)

for (const transport of TRANSPORTS) {
  test(`${transport}: a download that cannot be read on is cut, and has no second answer in it`, async (t) => {
    const { ask, faults } = await serve(t, transport, 100_000)
    const answer = await ask()
    assert.deepEqual(statusesOf(answer), [200])
    assert(answer.closed, 'the client must not wait for the rest')
    assert.equal(bodyOf(answer).toString().replaceAll('a', ''), '')
    assert(bodyOf(answer).length < BYTES)
    assert.deepEqual(faults, [])
  })

  test(`${transport}: a download of which nothing can be read is refused in words`, async (t) => {
    const { ask, faults } = await serve(t, transport, 0)
    const answer = await ask()
    assert.deepEqual(statusesOf(answer), [503])
    assert.match(bodyOf(answer).toString(), /STORAGE_FAILED/)
    assert.deepEqual(statusesOf(await ask('', 'HEAD')), [200], 'its head is known')
    assert.deepEqual(faults, [])
  })

  test(`${transport}: conditions of a download`, async (t) => {
    const { ask } = await serve(t, transport)
    const sameDate = new Date(FINISHED_MS).toUTCString()
    const before = new Date(FINISHED_MS - 5000).toUTCString()
    const cases: readonly (readonly [headers: string, status: number])[] = [
      ['If-None-Match: "x", W/"ab"', 304],
      ['If-None-Match: *', 304],
      ['If-None-Match: "x"', 200],
      [`If-Modified-Since: ${sameDate}`, 304],
      [`If-Modified-Since: ${before}`, 200],
      ['If-Modified-Since: yesterday', 200],
      [`If-None-Match: "x"\r\nIf-Modified-Since: ${sameDate}`, 200],
      ['If-Match: "x"', 412],
      ['If-Match: W/"ab"', 412],
      ['If-Match: "x", "ab"', 200],
      ['If-Match: *', 200],
      [`If-Unmodified-Since: ${before}`, 412],
      [`If-Unmodified-Since: ${sameDate}`, 200],
      [`If-Match: "ab"\r\nIf-Unmodified-Since: ${before}`, 200],
      ['If-Match: "ab"\r\nRange: bytes=0-9', 206],
      [`If-Range: ${sameDate}\r\nRange: bytes=0-9`, 206],
      [`If-Range: ${before}\r\nRange: bytes=0-9`, 200],
    ]
    for (const [headers, status] of cases)
      assert.deepEqual(statusesOf(await ask(`${headers}\r\n`)), [status], headers)
    const known = (await ask('If-None-Match: *\r\n', 'HEAD')).bytes.toString()
    assert.match(known, /^HTTP\/1\.1 304 /)
    assert.doesNotMatch(known, /content-length/i, 'a cache would take it for the length of what it has')
  })

  test(`${transport}: where a job is asked for lies behind the path of the proxy`, async (t) => {
    const { ask, create } = await start(t, { transport, set: ['server.basePath=/tts'] })
    const { job, headers } = await create({ input: 'Hello.' })
    assert.equal(headers.get('location'), `/tts/v1/jobs/${job.id}`)
    assert.equal((await ask(headers.get('location')!)).status, 200)
    await ask(`/v1/jobs/${job.id}`, { method: 'DELETE' })
  })
}
