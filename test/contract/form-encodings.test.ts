/** A synthesis asked for as multipart, as JSON and urlencoded: the same fields, limits, errors and bytes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PROMPT_WAV, startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'

const WAV = Buffer.from(PROMPT_WAV)
const base64 = WAV.toString('base64')
/** Bytes whose base64 has every digit of the alphabet that forms give another meaning. */
const AWKWARD = Buffer.concat([WAV, Buffer.from([0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff])])
const FIELDS = {
  tts_text: '你好 & "hello" 100%',
  prompt_text: 'a=b',
  seed: 7,
  stream: false,
  response_format: 'pcm',
}

type Body = Record<string, unknown> | string | Uint8Array

for (const transport of TRANSPORTS) {
  test(`${transport}: JSON and urlencoded forms speak the same bytes as multipart`, async (t) => {
    const { url } = await startTestServer(t, { transport })
    const post = async (init: RequestInit) => {
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', ...init })
      assert.equal(answer.status, 200, await answer.clone().text())
      return Buffer.from(await answer.arrayBuffer())
    }
    const multipart = (wav: Uint8Array<ArrayBuffer>) => ({
      body: zeroShotForm({
        ...Object.fromEntries(Object.entries(FIELDS).map(([name, value]) => [name, String(value)])),
        prompt_wav: new Blob([wav]),
      }),
    })
    const json = (fields: object) => ({
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(fields),
    })
    const pairs = (fields: object) => ({
      body: new URLSearchParams(
        Object.entries(fields).map(([name, value]) => [name, String(value)] as [string, string]),
      ),
    })
    const expected = await post(multipart(WAV))
    for (const prompt_wav of [
      base64,
      `data:audio/wav;base64,${base64}`,
      `data:;base64,${base64}`,
      base64.replace(/(.{76})/g, '$1\r\n'),
      base64.replace(/=+$/, ''),
    ]) {
      for (const encode of [json, pairs]) {
        assert.ok((await post(encode({ ...FIELDS, prompt_wav }))).equals(expected))
      }
    }
    // In a form's part without a file name.
    const fields = Object.entries(FIELDS).map(([name, value]) => [name, String(value)])
    for (const prompt_wav of [base64, `data:audio/wav;base64,${base64}`])
      assert.ok(
        (await post({ body: zeroShotForm({ ...Object.fromEntries(fields), prompt_wav }) })).equals(expected),
      )
    const awkward = await post(multipart(AWKWARD))
    for (const text of [AWKWARD.toString('base64'), AWKWARD.toString('base64url')]) {
      for (const encode of [json, pairs])
        assert.ok((await post(encode({ ...FIELDS, prompt_wav: text }))).equals(awkward))
    }
    const unescaped = new URLSearchParams(
      Object.entries(FIELDS).map(([k, v]) => [k, String(v)] as [string, string]),
    ).toString()
    const careless = await post({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `${unescaped}&prompt_wav=${AWKWARD.toString('base64')}`,
    })
    assert.ok(careless.equals(awkward), 'a plus sign that nobody escaped')
    const nothing = { voice: null, speed: null, sample_rate: null, dictionary: null, text_format: null }
    assert.ok((await post(json({ ...FIELDS, prompt_wav: base64, ...nothing }))).equals(expected))
    const { prompt_text: _, ...named } = { ...FIELDS, voice: 'anna' }
    assert.ok((await post(json(named))).equals(await post(pairs(named))))
  })

  test(`${transport}: a page's form sends every field: what was left empty was not sent`, async (t) => {
    const { url } = await startTestServer(t, { transport })
    const empty = {
      prompt_text: '',
      stream: '',
      speed: '',
      seed: '',
      sample_rate: '',
      language: '',
      dictionary: '',
    }
    const fields = {
      tts_text: 'Good morning.',
      voice: 'anna',
      response_format: '',
      prompt_mode: '',
      ...empty,
    }
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    const withText = new FormData()
    for (const [name, value] of form) withText.append(name, value)
    withText.append('prompt_wav', '')
    form.append('prompt_wav', new Blob([]), '')
    const pairs = new URLSearchParams({ ...fields, prompt_wav: '' })
    for (const body of [form, withText, pairs]) {
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body })
      assert.equal(answer.status, 200, await answer.clone().text())
      await answer.arrayBuffer()
    }
    const recorded = zeroShotForm({ voice: '', prompt_wav: new Blob([WAV]) })
    const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: recorded })
    assert.equal(answer.status, 200, await answer.clone().text())
    await answer.arrayBuffer()
    const refused = await fetch(`${url}/inference_zero_shot`, {
      method: 'POST',
      body: zeroShotForm({ prompt_wav: new Blob([]) }),
    })
    assert.equal(refused.status, 400)
    assert.doesNotMatch(await refused.text(), /MISSING/, 'a file with a name and no bytes was meant')
  })

  test(`${transport}: what is wrong with such a form is said as for multipart`, async (t) => {
    const { url, metric } = await startTestServer(t, { transport, set: ['limits.max_file_size=100000'] })
    const whole = { ...FIELDS, prompt_wav: base64 }
    const big = Buffer.alloc(100_001).toString('base64')
    const table: [Body, status: number, code: string][] = [
      [{ ...whole, tts_text: undefined }, 400, 'MISSING_PARAMETER'],
      [{ ...whole, prompt_wav: undefined }, 400, 'MISSING_PARAMETER'],
      [{ ...whole, tts_text: ' ' }, 400, 'MISSING_PARAMETER'],
      [{ ...whole, tts_text: 5 }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, speed: 9 }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, speed: '1' }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, stream: 'true' }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, nonsense: 1 }, 400, 'INVALID_REQUEST'],
      [{ ...whole, voice: 'anna' }, 400, 'INVALID_REQUEST'],
      [{ ...whole, tts_model_name: 'nope' }, 404, 'MODEL_NOT_FOUND'],
      [{ ...whole, tts_text: 'a'.repeat(1001) }, 422, 'TEXT_TOO_LONG'],
      [{ ...whole, prompt_wav: null }, 400, 'MISSING_PARAMETER'],
      [{ ...whole, tts_text: null }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, prompt_wav: [1, 2] }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, prompt_wav: `${base64}!` }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, prompt_wav: 'data:audio/wav,RIFF' }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, prompt_wav: 'https://elsewhere/voice.wav' }, 422, 'INVALID_PARAMETER'],
      [{ ...whole, prompt_wav: big }, 413, 'FILE_TOO_LARGE'],
      ['{"tts_text":"a","__proto__":{"voice":"anna"}}', 400, 'INVALID_REQUEST'],
      ['[]', 400, 'INVALID_REQUEST'],
      ['"text"', 400, 'INVALID_REQUEST'],
      ['null', 400, 'INVALID_REQUEST'],
      ['', 400, 'INVALID_REQUEST'],
      ['{"tts_text":', 400, 'INVALID_REQUEST'],
      ['['.repeat(200_000), 400, 'INVALID_REQUEST'],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'INVALID_REQUEST'],
      [' '.repeat(1_300_000), 413, 'FILE_TOO_LARGE'],
    ]
    for (const [body, status, code] of table) {
      const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const answer = await fetch(`${url}/inference_zero_shot`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text as string,
      })
      const refusal = (await answer.json()) as { error_code: string }
      assert.deepEqual([answer.status, refusal.error_code], [status, code], String(text).slice(0, 80))
    }
    for (const [body, status, code] of [
      ['tts_text=a&tts_text=b', 400, 'INVALID_REQUEST'],
      ['tts_text=a&speed=fast&voice=anna', 422, 'INVALID_PARAMETER'],
      [Array.from({ length: 40 }, (_, i) => `a${i}=1`).join('&'), 400, 'INVALID_REQUEST'],
      ['', 400, 'MISSING_PARAMETER'],
    ] as const) {
      const answer = await fetch(`${url}/inference_zero_shot`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
      const refusal = (await answer.json()) as { error_code: string }
      assert.deepEqual([answer.status, refusal.error_code], [status, code], body.slice(0, 80))
    }
    const other = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: 'x' })
    assert.equal(other.status, 415)
    assert.equal(await metric('light_tts_upload_bytes'), 0)
  })
}
