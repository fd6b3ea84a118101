/** Bodies of JSON: very many values are refused before they are made, what the largest request holds is not; secrets, numbers as text. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { jobBodySchema } from '../../src/api/job-params.ts'
import { hasFewValues } from '../../src/api/json-size.ts'
import { dictionaryBodySchema, normalizeBodySchema, speechBodySchema } from '../../src/api/speech-params.ts'
import { parseJson, parseValues } from '../../src/api/validate.ts'
import { TtsError } from '../../src/core/errors.ts'

const refusal = (code: string, detail: RegExp) => (error: unknown) =>
  error instanceof TtsError && error.code === code && detail.test(error.detail)

const entries = (count: number, entry: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => entry(i))

test('as many signs are counted as stand outside of strings', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
      const signs = text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/[^[{,:]/g, '').length
      assert.equal(hasFewValues(text, signs), true)
      assert.equal(signs === 0 || !hasFewValues(text, signs - 1), true)
    }),
  )
  for (const text of ['"', '"\\"', '"\\\\\\"[[[[', '"[[[[']) assert.equal(hasFewValues(text, 0), true, text)
})

test('the largest bodies that are taken are taken', () => {
  const chapters = entries(2000, (i) => `{"title":"${i}, [:{","input":"\\"${i}\\\\"}`)
  assert.equal(parseValues(jobBodySchema, parseJson(`{"chapters":[${chapters}]}`)).chapters?.length, 2000)
  const words = entries(5000, (i) => `"w${i}":"a, b"`)
  const { dictionary } = parseValues(dictionaryBodySchema, parseJson(`{"dictionary":{${words}}}`))
  assert.equal(Object.keys(dictionary).length, 5000)
})

test('bodies of very many values are refused in words', () => {
  for (const body of [
    `{"chapters":[${entries(300_000, () => '0')}]}`,
    `{${entries(300_000, (i) => `"k${i}":0`)}}`,
    `{"dictionary":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
  ])
    assert.throws(() => parseJson(body), refusal('INVALID_REQUEST', /at most 20000 commas/))
  const unknown = `{"input":"a",${entries(9000, (i) => `"k${i}":0`)}}`
  assert.throws(
    () => parseValues(jobBodySchema, parseJson(unknown)),
    refusal('INVALID_REQUEST', /^expected only [^"]*got ("k\d+"(, )?){8}$/),
  )
})

test('too many words are told by their number, whatever else is wrong with them', () => {
  const words = Object.fromEntries(entries(5001, (i) => `w${i}`).map((word) => [word, '']))
  assert.throws(
    () => parseValues(dictionaryBodySchema, { dictionary: words }),
    refusal('INVALID_PARAMETER', /^dictionary: expected at most 5000 words, got /),
  )
  assert.throws(
    () => parseValues(normalizeBodySchema, { input: 'a', dictionary: JSON.stringify(words) }),
    refusal('INVALID_PARAMETER', /^dictionary: expected at most 200 words, got /),
  )
})

test('numbers and booleans of a JSON body are text only where that is taken, and then as in a form', () => {
  const body = { input: '7', speed: '1.5', seed: ' 3 ', stream: 'True', sample_rate: '16000' }
  const {
    input,
    speed,
    seed,
    stream,
    sample_rate: rate,
  } = parseValues(speechBodySchema, body, { mayBeText: true })
  assert.deepEqual([input, speed, seed, stream, rate], ['7', 1.5, 3, true, 16_000])
  assert.throws(
    () => parseValues(speechBodySchema, body),
    refusal('INVALID_PARAMETER', /^speed: expected a number/),
  )
  for (const [field, value, got] of [
    ['speed', '0x1', '"0x1"'],
    ['speed', 'NaN', '"NaN"'],
    ['speed', '1,5', '"1,5"'],
    ['speed', Number.POSITIVE_INFINITY, 'Infinity'],
    ['seed', '1.5', '"1.5"'],
    ['stream', 'maybe', '"maybe"'],
    ['stream', 1, '1'],
  ] as const)
    assert.throws(
      () => parseValues(speechBodySchema, { input: 'a', [field]: value }, { mayBeText: true }),
      (error) =>
        error instanceof TtsError &&
        error.detail.startsWith(`${field}: expected`) &&
        error.detail.endsWith(`got ${got}`),
      `${field} ${value}`,
    )
})

test('a secret of a webhook that is no key in base64 is refused', () => {
  const taken = (secret: string) =>
    jobBodySchema.safeParse({ input: 'a', webhook: { url: 'https://example.org/', secret } }).success
  for (const secret of [
    'whsec_!!!!!!!!!!!!!!!!!!!!!!',
    'whsec_YWJjZGVmZw==',
    'whsec_YWJj ZGVmZ2hpamtsbW5vcA==',
  ])
    assert.equal(taken(secret), false, secret)
  for (const secret of ['a secret of my own', `whsec_${Buffer.alloc(24, 7).toString('base64')}`])
    assert.equal(taken(secret), true, secret)
})
