/** Row 4: a form near the limit, however it is encoded, takes the main thread in pieces: others are served in between. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { RequestHead } from '../../src/server/transport/transport.ts'
import { UwsExchange } from '../../src/server/transport/uws-exchange.ts'
import type { UwsResponse } from '../../src/server/transport/uws-library.ts'
import { linuxOnly, longestTurn, sendFromThread } from '../helpers/main-thread-cpu.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

/** Below the default `limits.max_file_size`. */
const FILE_BYTES = 45e6
/** CPU ms: a tenth of a second was too much for probes. */
const LONGEST_TURN = 100
/** Of a body, each so long in the hands of its reader. */
const PIECES = 20
const PIECE_MS = 6
const JSON_TYPE = 'application/json'
const PAIRS_TYPE = 'application/x-www-form-urlencoded'
const MULTIPART_TYPE = 'multipart/form-data; boundary=b'

const part = (name: string, value: string | Buffer, more = '') =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(value as string),
    Buffer.from('\r\n'),
  ])
const END = Buffer.from('--b--')

const json = (value: Buffer, name = 'prompt_wav') =>
  Buffer.concat([Buffer.from(`{"voice":"anna","${name}":"`), value, Buffer.from('"}')])
const pairs = (value: Buffer, name = 'prompt_wav') =>
  Buffer.concat([Buffer.from(`tts_text=Hi.&prompt_text=a&${name}=`), value])
/** So many bytes of a text again and again. */
const filled = (bytes: number, text: string) => Buffer.alloc(bytes - (bytes % text.length), text)
const DIGITS = 'A/+b'

/** Forms of which the first three are as large as forms get. */
const FORMS: Record<string, [type: string, body: () => Buffer, said: RegExp]> = {
  JSON: [JSON_TYPE, () => json(filled((FILE_BYTES * 4) / 3, DIGITS)), /MISSING_PARAMETER/],
  urlencoded: [PAIRS_TYPE, () => pairs(filled((FILE_BYTES * 4) / 3, DIGITS)), /UNSUPPORTED_AUDIO/],
  multipart: [
    MULTIPART_TYPE,
    () => Buffer.concat([part('prompt_wav', filled(FILE_BYTES, 'A'), '; filename="a"'), END]),
    /MISSING_PARAMETER/,
  ],
  'JSON with escapes': [JSON_TYPE, () => json(filled(10e6, 'A\\/+b\\n')), /MISSING_PARAMETER/],
  'JSON with another long text': [JSON_TYPE, () => json(filled(10e6, 'a'), 'tts_text'), /a larger one/],
  'urlencoded with escapes': [PAIRS_TYPE, () => pairs(filled(10e6, 'A%2Fb+')), /UNSUPPORTED_AUDIO/],
  'urlencoded without base64': [PAIRS_TYPE, () => pairs(filled(10e6, '%zz%2B')), /got other text/],
  'urlencoded with another long text': [
    PAIRS_TYPE,
    () => pairs(filled(10e6, '+'), 'dictionary'),
    /of at most 65536/,
  ],
  'multipart with base64': [
    MULTIPART_TYPE,
    () => Buffer.concat([part('prompt_wav', filled(8e6, DIGITS)), END]),
    /MISSING_PARAMETER/,
  ],
  'multipart with more base64': [
    MULTIPART_TYPE,
    () => Buffer.concat([part('prompt_wav', filled(8.8e6, DIGITS)), END]),
    /send it as a file/,
  ],
  'multipart with another long text': [
    MULTIPART_TYPE,
    () => Buffer.concat([part('tts_text', filled(20e6, 'a')), END]),
    /of at most 65536/,
  ],
}

function post(type: string, body: Buffer): Buffer {
  const head = `POST /inference_zero_shot HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n`
  return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
}

for (const transport of TRANSPORTS) {
  test(`${transport}: no turn of the event loop takes a tenth of a second for a form`, {
    skip: linuxOnly,
  }, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const slow: string[] = []
    for (const [name, [type, body, said]] of Object.entries(FORMS)) {
      const client = sendFromThread(port, [{ bytes: post(type, body()), until: 'error_code' }])
      const worst = await longestTurn(client)
      const [answer] = await client
      assert.match(answer!, said, name)
      if (worst > LONGEST_TURN) slow.push(`${name}: ${worst} ms`)
    }
    assert.deepEqual(slow, [])
  })
}

test('uws: pieces of a body that the library reads in one turn are taken in several, in order', async () => {
  const calls: string[] = []
  let give: (chunk: ArrayBuffer, last: boolean) => void = () => {}
  const response = {
    onAborted: () => response,
    onData: (listener: typeof give) => {
      give = listener
      return response
    },
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
  }
  const headers = [['content-length', String(PIECES)]] as const
  const head: RequestHead = { method: 'POST', path: '/', query: '', version: '1.1', headers, peer: '' }
  const exchange = new UwsExchange(response as unknown as UwsResponse, head, () => {})
  const taken: number[] = []
  let isOver = false
  exchange.readBody((chunk, last) => {
    taken.push(chunk[0]!)
    isOver = last
    for (const since = performance.now(); performance.now() - since < PIECE_MS; );
  })
  // Nothing else of the process has its turn meanwhile.
  for (let i = 0; i < PIECES; i++) give(Uint8Array.of(i).buffer, i === PIECES - 1)
  assert(taken.length <= 3, `${taken.length} in the first turn`)
  assert.equal(exchange.missingBytes, 0)
  assert.equal(exchange.bodyEnded, false)
  assert.deepEqual(calls, ['pause'])
  await until(() => isOver, 'all is taken')
  assert.deepEqual(
    taken,
    Array.from({ length: PIECES }, (_, i) => i),
  )
  assert.deepEqual(calls, ['pause', 'resume'])
  assert.equal(exchange.bodyEnded, true)
})
