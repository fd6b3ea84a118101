/** Forms in JSON and urlencoded text are read the same however their bytes are cut. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { TtsError } from '../../src/core/errors.ts'
import { decodeFile } from '../../src/server/requests/base64-file.ts'
import { JsonForm } from '../../src/server/requests/json-form.ts'
import { UrlencodedForm } from '../../src/server/requests/urlencoded-form.ts'

const MAX = 10_000
const FILES = ['prompt_wav', 'ref_audio']
const PROPERTY = { seed: 4, numRuns: 400 }

interface Form {
  write(chunk: Uint8Array): void
  end(): { readonly files: Map<string, Uint8Array> }
}

/** What a form says of bytes that come in pieces of these lengths, again and again; a refusal by its words. */
function read<F extends Form>(form: F, text: string | Buffer, lengths: readonly number[]) {
  const bytes = Buffer.from(text as string)
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const length = lengths[i % lengths.length] ?? bytes.length
      form.write(bytes.subarray(at, at + length))
      at += length
    }
    return form.end() as ReturnType<F['end']>
  } catch (error) {
    assert(error instanceof TtsError, String(error))
    return `${error.code} ${error.detail}`
  }
}

const json = (text: string | Buffer, ...lengths: number[]) => read(new JsonForm(FILES, MAX), text, lengths)
const pairs = (text: string | Buffer, ...lengths: number[]) =>
  read(new UrlencodedForm(FILES, MAX), text, lengths)

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 })
const recording = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const spelled = fc.oneof(
  recording,
  recording.map((text) => `data:audio/wav;base64,${text}`),
  recording.map((text) => text.replace(/(.{5})/g, '$1\r\n')),
  recording.map((text) => text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')),
  fc.constantFrom('', '=', 'A', 'AA==AA==', 'AAA===', 'data:,x', 'http://a', 'x"\\', 'ü', '\ud800'),
)
/** JSON of a string, any of its characters escaped. */
const escaped = (text: string, which: readonly boolean[]) =>
  `"${[...text]
    .map((c, i) => {
      if (c === '/' && which[i % which.length]) return '\\/'
      if (which[i % which.length] && c.length === 1)
        return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
      return JSON.stringify(c).slice(1, -1)
    })
    .join('')}"`

it('JSON in pieces is what the whole is, with the last of repeated names', () => {
  const value = fc.oneof(spelled, fc.constantFrom(null, 5, true, {}, [], { prompt_wav: 'AAAA' }))
  const name = fc.constantFrom('prompt_wav', 'ref_audio', 'tts_text', 'a"b\\', '')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 5 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      cuts,
      fc.constantFrom('', ' ', '\n'),
      (fields, which, lengths, blank) => {
        const body = `{${fields
          .map(
            ([key, one]) =>
              `${escaped(key, which)}${blank}:${typeof one === 'string' ? escaped(one, which) : JSON.stringify(one)}`,
          )
          .join(`${blank},`)}}`
        assert.deepEqual(json(body, ...lengths), json(body))
        // Against the whole text, parsed at once.
        const whole = JSON.parse(body) as Record<string, unknown>
        const files = new Map<string, Uint8Array>()
        let fault: string | undefined
        for (const field of FILES) {
          if (!Object.hasOwn(whole, field)) continue
          const text = whole[field]
          delete whole[field]
          if (text === '' || text === null) continue
          try {
            files.set(field, decodeFile(field, text, MAX))
          } catch (error) {
            fault ??= `${(error as TtsError).code} ${(error as TtsError).detail}`
          }
        }
        const seen = json(body, ...lengths)
        if (fault !== undefined) assert.equal(seen, fault)
        else {
          assert(typeof seen !== 'string', String(seen))
          assert.deepEqual({ ...seen.values }, whole)
          assert.deepEqual(
            [...seen.files].map(([field, bytes]) => [field, Buffer.from(bytes).toString('hex')]),
            [...files].map(([field, bytes]) => [field, Buffer.from(bytes).toString('hex')]),
          )
        }
      },
    ),
    PROPERTY,
  )
})

it('text that is no JSON is refused wherever it is cut', () => {
  const broken = [
    '{"prompt_wav":"AAAA',
    '{"prompt_wav":"AA\nAA"}',
    '{"prompt_wav":"AA\\xAA"}',
    '{"prompt_wav":"AA\\u00"}',
    '{"prompt_wav":"AAAA"x}',
    '{"prompt_wav":"AAAA"',
    '{"prompt_wav":"AAAA"}}',
    '{"prompt_wav" "AAAA"}',
    '{"a":1,"prompt\\wav":"AAAA"}',
    '["prompt_wav":"AAAA"]',
    '{"prompt_wav":"AAAA\\"}',
    '',
  ]
  for (const text of broken)
    for (let length = 1; length < 8; length++)
      assert.match(String(json(text, length)), /^INVALID_REQUEST expected a JSON object/, text)
  const list = '[{"prompt_wav":"AAAA"}]'
  for (let length = 1; length < 8; length++) assert.match(String(json(list, length)), /got another value/)
  assert.match(String(json(Buffer.from('{"a":"\xff"}', 'latin1'), 3)), /UTF-8/)
  assert.match(String(json(Buffer.from('{"prompt_wav":"\xff"}', 'latin1'), 3)), /base64/)
})

it('urlencoded text in pieces is what the whole is', () => {
  const name = fc.constantFrom('prompt_wav', 'prompt%5Fwav', 'ref_audio', 'tts_text', 'b%20', '')
  const text = fc.oneof(spelled, fc.constantFrom('你好 & "hello" 100%', '%', '%4', '%zz', '?', 'a+b'))
  const value = fc.oneof(
    text.filter((each) => each !== '\ud800').map(encodeURIComponent),
    text.map((each) => each.replaceAll('&', '')),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), cuts, (fields, lengths) => {
      const body = fields.map(([key, one]) => (one === '' ? key : `${key}=${one}`)).join('&')
      const whole = pairs(body)
      assert.deepEqual(pairs(body, ...lengths), whole)
      if (typeof whole === 'string') return
      const expected = new URLSearchParams(`&${body}`)
      for (const [key, one] of whole.fields) assert.equal(one, expected.get(key), key)
      for (const [key, bytes] of whole.files) {
        const plain = (expected.get(key) ?? '').replace(/^data:audio\/wav;base64,/, '').replaceAll(' ', '+')
        assert.deepEqual(Buffer.from(bytes), Buffer.from(plain, 'base64'), key)
      }
    }),
    PROPERTY,
  )
})

it('what is larger than a form, or than a file, is refused as soon as it is known', () => {
  const large = 'A'.repeat(20_000)
  assert.match(String(json(`{"prompt_wav":"${large}"}`, 1000)), /^FILE_TOO_LARGE/)
  assert.match(String(pairs(`prompt_wav=${large}`, 1000)), /^FILE_TOO_LARGE/)
  assert.match(String(json(`{"tts_text":"${'a'.repeat(2e6)}"}`, 60_000)), /got a larger one/)
  assert.match(String(json(`{${' '.repeat(70_000)}}`, 60_000)), /got a larger one/)
  assert.match(String(json(`{"tts_text":"${'\\"'.repeat(20_000)}"}`, 60_000)), /got a larger one/)
  assert.match(String(pairs(`tts_text=${'+'.repeat(2e6)}`, 60_000)), /of at most 65536 bytes/)
  assert.match(String(pairs(`${'a'.repeat(300_000)}=x`, 60_000)), /of at most 65536 bytes/)
  assert.match(String(pairs('a=b&'.repeat(31), 10)), /at most 30 fields/)
  const texts = { tts_text: '"\\'.repeat(2000), dictionary: { a: 'b' }, prompt_text: 'é'.repeat(1000) }
  const form = JSON.stringify({ prompt_wav: 'A/'.repeat(5000), ...texts }, undefined, 2)
  for (const text of [form, form.replaceAll('/', '\\/')]) {
    const read = json(text, 777)
    assert(typeof read !== 'string', String(read))
    assert.deepEqual(read.values, texts)
    assert.equal(read.files.get('prompt_wav')!.length, 7500)
  }
})
