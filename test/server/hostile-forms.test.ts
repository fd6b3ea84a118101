/** Forms with bad intent: each gets one answer, the server goes on, and nothing stays held. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PROMPT_WAV, startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const B = 'edge'
const part = (name: string, value: string | Uint8Array, more = '') =>
  Buffer.concat([
    Buffer.from(`--${B}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(value as never),
    Buffer.from('\r\n'),
  ])
const END = Buffer.from(`--${B}--\r\n`)
const FILE = part('prompt_wav', PROMPT_WAV, '; filename="a.wav"')
const TEXT = part('tts_text', 'Hello.')
const PROMPT = part('prompt_text', 'What it says.')
const GOOD = [TEXT, PROMPT, FILE, END]
const all = (...parts: Uint8Array[]) => Buffer.concat(parts)
const many = (count: number, make: (i: number) => Buffer) => Array.from({ length: count }, (_, i) => make(i))

interface Case {
  readonly body: Uint8Array
  readonly type?: string
  readonly headers?: Record<string, string>
  readonly status: number | readonly number[]
}

const CASES: Record<string, Case> = {
  'a good form': { body: all(...GOOD), status: 200 },
  'a quoted boundary': { body: all(...GOOD), type: `multipart/form-data; boundary="${B}"`, status: 200 },
  'text before and behind': { body: all(Buffer.from('hello\r\n'), ...GOOD, Buffer.from('bye')), status: 200 },
  'no boundary': { body: all(...GOOD), type: 'multipart/form-data', status: 400 },
  'an empty boundary': { body: all(...GOOD), type: 'multipart/form-data; boundary=', status: 400 },
  'a boundary of 100 KB': {
    body: all(...GOOD),
    type: `multipart/form-data; boundary=${'x'.repeat(7000)}`,
    status: [400, 431],
  },
  'another boundary': { body: all(...GOOD), type: 'multipart/form-data; boundary=other', status: 400 },
  'no closing boundary': { body: all(TEXT, PROMPT, FILE), status: 400 },
  'cut inside the file': { body: all(TEXT, PROMPT, FILE.subarray(0, 1500)), status: 400 },
  'cut inside a head': { body: all(TEXT, PROMPT, FILE.subarray(0, 30)), status: 400 },
  'an empty body': { body: Buffer.alloc(0), status: 400 },
  '5,000 fields': { body: all(...many(5000, (i) => part(`f${i}`, 'x')), ...GOOD), status: [400, 413] },
  '200 files': { body: all(...many(200, () => FILE), ...GOOD), status: [400, 413] },
  '1,000 headers in a part': {
    body: all(
      Buffer.from(
        `--${B}\r\nContent-Disposition: form-data; name="tts_text"\r\n${'X-A: b\r\n'.repeat(1000)}\r\nHello.\r\n`,
      ),
      PROMPT,
      FILE,
      END,
    ),
    status: [200, 400],
  },
  'a part head of 1 MB': {
    body: all(Buffer.from(`--${B}\r\nX: ${'y'.repeat(1e6)}\r\n\r\nz\r\n`), ...GOOD),
    status: [200, 400, 413],
  },
  'the text twice': { body: all(TEXT, ...GOOD), status: 400 },
  'the file twice': { body: all(FILE, ...GOOD), status: 400 },
  'the file as a field': { body: all(TEXT, PROMPT, part('prompt_wav', PROMPT_WAV), END), status: 400 },
  'a field as a file': {
    body: all(part('tts_text', 'Hi', '; filename="x"'), PROMPT, FILE, END),
    status: 400,
  },
  'no text': { body: all(PROMPT, FILE, END), status: 400 },
  'an empty text': { body: all(part('tts_text', ''), PROMPT, FILE, END), status: [400, 422] },
  'a field named __proto__': { body: all(part('__proto__', 'x'), ...GOOD), status: 400 },
  'an unknown field': { body: all(part('temperature', '1'), ...GOOD), status: 400 },
  'a name of 4 KB': { body: all(part('n'.repeat(4096), 'x'), ...GOOD), status: 400 },
  'a file name that climbs': {
    body: all(TEXT, PROMPT, part('prompt_wav', PROMPT_WAV, '; filename="../../../etc/passwd"'), END),
    status: 200,
  },
  'a file name with a zero byte': {
    body: all(TEXT, PROMPT, part('prompt_wav', PROMPT_WAV, '; filename="a\0b.wav"'), END),
    status: [200, 400],
  },
  'base64 as transfer encoding': {
    body: all(
      TEXT,
      PROMPT,
      Buffer.from(
        `--${B}\r\nContent-Disposition: form-data; name="prompt_wav"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nUklGRg==\r\n`,
      ),
      END,
    ),
    status: 400,
  },
  'an urlencoded form': {
    body: Buffer.from('tts_text=a&tts_text=b'),
    type: 'application/x-www-form-urlencoded',
    status: 400,
  },
  json: { body: Buffer.from('{"tts_text":"a"'), type: 'application/json', status: 400 },
  'a packed body': { body: all(...GOOD), headers: { 'Content-Encoding': 'gzip' }, status: 415 },
  'a file beyond the limit': {
    body: all(TEXT, PROMPT, part('prompt_wav', Buffer.alloc(3e6, 1), '; filename="a"'), END),
    status: 413,
  },
  'a part inside a part': {
    body: all(
      Buffer.from(
        `--${B}\r\nContent-Disposition: form-data; name="tts_text"\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\nHello.\r\n--in--\r\n`,
      ),
      Buffer.from('\r\n'),
      PROMPT,
      FILE,
      END,
    ),
    status: [200, 400],
  },
  'invalid UTF-8 as text': {
    body: all(part('tts_text', Uint8Array.of(0xff, 0xfe, 0x41)), PROMPT, FILE, END),
    status: [200, 400, 422],
  },
}

for (const transport of TRANSPORTS) {
  test(`${transport}: hostile forms`, async (t) => {
    const { url } = await startTestServer(t, { transport, set: ['limits.max_file_size=2MB'] })
    for (const [name, { body, type, headers, status }] of Object.entries(CASES)) {
      const answer = await fetch(`${url}/inference_zero_shot`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'Content-Type': type ?? `multipart/form-data; boundary=${B}`, ...headers },
      })
      const text = await answer.text()
      assert([status].flat().includes(answer.status), `${name}: ${answer.status} ${text.slice(0, 200)}`)
      if (answer.status === 200) continue
      const { message, detail, error_code } = JSON.parse(text)
      for (const said of [message, detail, error_code]) assert.equal(typeof said, 'string', name)
      assert.doesNotMatch(text, /node_modules|\.js:|\bError\b/, name)
    }
    const again = await fetch(`${url}/healthz`)
    assert.equal(again.status, 200)
    await again.text()
  })
}
