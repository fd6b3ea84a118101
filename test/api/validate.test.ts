import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { jobBodySchema } from '../../src/api/job-params.ts'
import {
  convertSchema,
  dictionaryBodySchema,
  normalizeBodySchema,
  speechBodySchema,
  voiceFormSchema,
  wsCommandSchema,
  wsInitSchema,
  zeroShotSchema,
} from '../../src/api/speech-params.ts'
import { checkText, parseForm, parseJson, parseValues } from '../../src/api/validate.ts'
import { countCharacters } from '../../src/core/characters.ts'
import type { TtsError } from '../../src/core/errors.ts'
import { canonicalVoiceId, isVoiceId } from '../../src/core/voice-id.ts'

function form(fields: Record<string, string>): Map<string, string> {
  return new Map(Object.entries({ tts_text: 'hello', prompt_text: 'calm', ...fields }))
}

test('a form of the documented fields becomes typed parameters with the documented defaults', () => {
  assert.deepEqual(parseForm(zeroShotSchema, form({})), {
    tts_text: 'hello',
    prompt_text: 'calm',
    stream: false,
    tts_model_name: 'default',
    speed: 1,
  })
})

test('texts of a form become booleans and numbers as clients spell them', () => {
  for (const yes of ['true', 'True', 'TRUE', '1', 'yes', 'on']) {
    assert.equal(parseForm(zeroShotSchema, form({ stream: yes })).stream, true, yes)
  }
  for (const no of ['false', 'False', '0', 'no', 'off']) {
    assert.equal(parseForm(zeroShotSchema, form({ stream: no })).stream, false, no)
  }
  for (const [text, value] of [
    ['0.5', 0.5],
    ['2', 2],
    ['1.', 1],
    [' 1.5 ', 1.5],
    ['1e0', 1],
  ] as const) {
    assert.equal(parseForm(zeroShotSchema, form({ speed: text })).speed, value)
  }
  assert.equal(parseForm(zeroShotSchema, form({ seed: '4294967295' })).seed, 4294967295)
})

test('a value out of range or of the wrong kind is a 422 that says what was expected and what came', () => {
  const wrong: [string, string, RegExp][] = [
    ['speed', '0', /speed: expected at least 0\.5, got 0$/],
    ['speed', '-1', /at least 0\.5, got -1/],
    ['speed', '2.01', /at most 2, got 2\.01/],
    ['speed', '1000000000', /at most 2/],
    ['speed', 'NaN', /expected a number, got "NaN"/],
    ['speed', 'fast', /expected a number, got "fast"/],
    ['speed', '0x1', /expected a number/],
    ['speed', ' ', /expected a number, got " "/],
    ['stream', 'maybe', /expected a boolean, got "maybe"/],
    ['seed', '-1', /at least 0/],
    ['seed', '1.5', /expected an integer, got 1\.5/],
    ['seed', '18446744073709551616', /seed: expected/],
    ['response_format', 'wma', /one of wav, pcm, mp3, opus, flac, aac, mulaw, json, srt, vtt, got "wma"/],
    ['sample_rate', '7999', /at least 8000/],
    ['prompt_mode', 'x', /one of auto, transcript, style/],
    ['voice', 'x'.repeat(201), /voice: expected at most 200 characters/],
    ['tts_model_name', 'x'.repeat(1000), /at most 256 characters, got "x{63}…$/],
  ]
  for (const [name, value, detail] of wrong) {
    assert.throws(() => parseForm(zeroShotSchema, form({ [name]: value })), {
      code: 'INVALID_PARAMETER',
      status: 422,
      detail,
    })
  }
})

test('what a form left empty and what JSON calls null is missing where it may be', () => {
  const empty = { speed: '', seed: '', voice: '', language: '', dictionary: '', response_format: '' }
  assert.deepEqual(parseForm(zeroShotSchema, form(empty)), parseForm(zeroShotSchema, form({})))
  assert.equal(parseForm(zeroShotSchema, form({ prompt_text: '' })).prompt_text, '')
  const values = { tts_text: 'a', speed: null, seed: null, voice: null, dictionary: null, prompt_text: null }
  assert.deepEqual(parseValues(zeroShotSchema, values), parseValues(zeroShotSchema, { tts_text: 'a' }))
  assert.throws(() => parseValues(zeroShotSchema, { tts_text: null }), {
    code: 'INVALID_PARAMETER',
    detail: 'tts_text: expected a string, got null',
  })
  assert.throws(() => parseValues(zeroShotSchema, { tts_text: ['a'] }), {
    detail: 'tts_text: expected a string, got an array',
  })
})

test('every fault is named at once', () => {
  assert.throws(() => parseForm(zeroShotSchema, form({ speed: '9', seed: 'x', stream: 'y' })), {
    detail: /stream: .*; speed: .*; seed: /,
  })
})

test('a missing field is a 400 and an unknown one too, whatever its name', () => {
  assert.throws(() => parseForm(zeroShotSchema, new Map([['prompt_text', 'x']])), {
    code: 'MISSING_PARAMETER',
    status: 400,
    detail: 'tts_text: expected a value, got none',
  })
  for (const name of ['sped', '__proto__', 'constructor', 'toString']) {
    assert.throws(() => parseForm(zeroShotSchema, form({ [name]: 'x' })), {
      code: 'INVALID_REQUEST',
      status: 400,
      detail: new RegExp(`expected only tts_text, .* got "${name}"`),
    })
    parseForm(zeroShotSchema, form({ [name]: 'x' }), { ignoreUnknown: true })
  }
  assert.equal(({} as Record<string, unknown>).x, undefined)
})

test('speech in OpenAI’s shape may be as slow as theirs, and is refused beyond what the filter is good for', () => {
  const speedOf = (speed: number) => parseValues(speechBodySchema, { input: 'a', speed }).speed
  for (const speed of [0.25, 0.5, 1, 2]) assert.equal(speedOf(speed), speed)
  assert.throws(() => speedOf(0.24), { code: 'INVALID_PARAMETER', detail: /at least 0\.25, got 0\.24$/ })
  assert.throws(() => speedOf(2.01), { code: 'INVALID_PARAMETER', detail: /at most 2, got 2\.01$/ })
})

test('text to speak never appears in a refusal', () => {
  const secret = 'my secret text'
  for (const body of [
    { input: 5, voice: secret },
    { input: { secret }, voice: 'a' },
    { input: secret, speed: 9 },
  ]) {
    try {
      parseValues(speechBodySchema, body)
      assert.fail('accepted')
    } catch (error) {
      const { detail } = error as { detail: string }
      if (!('voice' in body) || body.voice === 'a') assert.ok(!detail.includes(secret), detail)
    }
  }
})

test('whatever JSON a socket sends is taken or refused, and nothing else happens', () => {
  const strange = [
    '{"__proto__":{"polluted":true}}',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    '{"tts_text":"a","tts_text":5}',
    '{"speed":1e999}',
    '{"seed":-0}',
    '"\\ud800"',
    '\ufeff{}',
    '{} trailing',
    'null',
    '[]',
    '7',
    `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join(',')}}`,
  ]
  const take = (text: string) => {
    for (const schema of [wsInitSchema, wsCommandSchema]) {
      try {
        parseValues(schema, parseJson(text))
      } catch (error) {
        const { code, detail } = error as { code: string; detail: string }
        assert.ok(['INVALID_REQUEST', 'INVALID_PARAMETER', 'MISSING_PARAMETER'].includes(code), String(error))
        assert.ok(detail.length < 1024)
      }
    }
  }
  for (const text of strange) take(text)
  fc.assert(fc.property(fc.json(), take), { numRuns: 300 })
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('a new voice’s id is one for the API exactly where it is one for the library', () => {
  const taken = (id: string) => voiceFormSchema.shape.id.safeParse(id).success
  for (const id of ['anna', 'a.b', 'a-', 'a_', '张', 'é', 'e\u0301'])
    assert.deepEqual([taken(id), isVoiceId(canonicalVoiceId(id))], [true, true], id)
  for (const id of ['', '.a', '-a', 'a b', 'a/b', '..', 'a'.repeat(65)]) assert(!taken(id), id)
  const id = fc.string({ unit: fc.constantFrom(...'aZ9.-_ /~+é张\u0301😀'), maxLength: 66 })
  fc.assert(
    fc.property(id, (text) => {
      assert.equal(taken(text), isVoiceId(canonicalVoiceId(text)), JSON.stringify(text))
    }),
    { seed: 7, numRuns: 2000 },
  )
})

test('characters are code points, and the limit counts them', () => {
  assert.equal(countCharacters('你好'), 2)
  assert.equal(countCharacters('😀a'), 2)
  assert.equal(countCharacters('\ud800'), 1)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(countCharacters(text), [...text].length)
    }),
  )
  checkText('tts_text', '好'.repeat(1000), 1000)
  assert.throws(() => checkText('tts_text', '好'.repeat(1001), 1000), {
    code: 'TEXT_TOO_LONG',
    status: 422,
    message: 'Text too long',
    detail: 'Maximum text length is 1000 characters',
  })
  for (const blank of ['', '  \n\t', '\u3000']) {
    assert.throws(() => checkText('tts_text', blank, 1000), { code: 'MISSING_PARAMETER', status: 400 })
  }
})

test('a dictionary that is none is refused by what is wrong in it, also where it came as text of a form', () => {
  for (const [dictionary, detail] of [
    [{ '': 'x' }, 'dictionary: expected at least 1 characters in a key, got ""'],
    [{ ['k'.repeat(65)]: 'x' }, /^dictionary: expected at most 64 characters in a key, got "k+…$/],
    [{ a: ' ' }, 'dictionary.a: expected at least 1 characters, got " "'],
    ['{"a":5}', 'dictionary.a: expected a string, got 5'],
    ['{"a":', 'dictionary: expected an object, got "{\\"a\\":"'],
    [['a'], 'dictionary: expected an object, got ["a"]'],
    [{ a: '\ud83d' }, 'dictionary.a: expected text in UTF-8, got "\\ud83d"'],
    [{ '\ufffd': 'x' }, 'dictionary: expected text in UTF-8 in a key, got "\ufffd"'],
  ] as const)
    assert.throws(() => parseValues(normalizeBodySchema, { input: 'x', dictionary }), {
      code: 'INVALID_PARAMETER',
      detail,
    })
})

test('whatever is wrong with a field, the refusal says what was expected', () => {
  const schemas = {
    zeroShotSchema,
    speechBodySchema,
    normalizeBodySchema,
    voiceFormSchema,
    wsInitSchema,
    wsCommandSchema,
    jobBodySchema,
    convertSchema,
    dictionaryBodySchema,
  }
  const odd = [
    7,
    -1,
    1e300,
    0.5,
    true,
    '',
    'x'.repeat(2000),
    [],
    ['a'],
    {},
    { id: '' },
    { id: 5 },
    [[]],
    null,
  ]
  for (const [name, schema] of Object.entries(schemas))
    for (const field of Object.keys(schema.shape))
      for (const value of odd)
        try {
          parseValues(schema, { [field]: value })
        } catch (error) {
          const { detail } = error as TtsError
          assert.doesNotMatch(detail, /a valid value/, `${name}.${field} of ${JSON.stringify(value)}`)
          assert.match(detail, /expected .+, got /)
        }
})

test('text that was not UTF-8 is refused in words that say so, a byte order mark is taken', () => {
  for (const bad of ['\ud800 half', 'half \udc00', Buffer.from('c4e3bac3', 'hex').toString('utf8')])
    assert.throws(() => checkText('tts_text', bad, 100), { code: 'INVALID_REQUEST', detail: /UTF-8/ })
  checkText('tts_text', 'whole 😀 你好', 100)
  assert.deepEqual(parseJson('\ufeff{"a":1}'), { a: 1 })
})
