/** Instructions, modes and voice conversion on the wire: every route and encoding, and what a model cannot do. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { toInt16 } from '../../src/audio/pcm.ts'
import { openRawWebSocket, wsFrame } from '../helpers/raw-websocket.ts'
import { DEFAULT_ABILITIES, scriptedSamples } from '../helpers/script.ts'
import { PROMPT_WAV, startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'

const STANDARD = 'You are a helpful assistant.<|endofprompt|>'
const JSON_TYPE = { 'content-type': 'application/json' }
const file = () => new Blob([Buffer.from(PROMPT_WAV)])
const base64 = Buffer.from(PROMPT_WAV).toString('base64')

function form(fields: Record<string, string | Blob>): FormData {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') body.set(name, value)
    else body.set(name, value, 'a.wav')
  return body
}

for (const transport of TRANSPORTS) {
  test(`${transport}: how to speak is handed on from every route and encoding`, async (t) => {
    const { url, port, synthesizer } = await startTestServer(t, { transport })
    const style = { instruct: '用四川话说', mode: 'instruct' }
    const spokenAs = () => {
      const { options } = synthesizer.spoken.at(-1)!
      return { instruct: options.instruct, mode: options.mode }
    }
    const asked = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: zeroShotForm(style) })
    assert.equal(asked.status, 200)
    await asked.arrayBuffer()
    assert.deepEqual(spokenAs(), style)
    const fields = { tts_text: '你好', prompt_wav: base64, ...style }
    for (const [headers, body] of [
      [JSON_TYPE, JSON.stringify(fields)],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, new URLSearchParams(fields).toString()],
    ] as const) {
      // With a mode that does not hear the recording's words, its text may be missing.
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', headers, body })
      assert.equal(answer.status, 200)
      await answer.arrayBuffer()
      assert.deepEqual(spokenAs(), style)
      assert.equal((synthesizer.prepared.at(-1) as { promptMode: string }).promptMode, 'style')
    }
    const body = JSON.stringify({ input: 'Hi.', voice: 'anna', instructions: 'Whisper.', mode: 'auto' })
    const speech = await fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: JSON_TYPE, body })
    assert.equal(speech.status, 200)
    await speech.arrayBuffer()
    assert.deepEqual(spokenAs(), { instruct: 'Whisper.', mode: 'auto' })

    const ws = await openRawWebSocket(port)
    ws.send(
      Buffer.concat([
        wsFrame(1, JSON.stringify({ ...style })),
        wsFrame(2, PROMPT_WAV),
        wsFrame(1, JSON.stringify({ tts_text: '你好', finish: true })),
      ]),
    )
    assert.equal(await ws.closed, 1000)
    assert.deepEqual(
      { instruct: synthesizer.live.at(-1)!.instruct, mode: synthesizer.live.at(-1)!.mode },
      style,
    )
    // A text that is said to describe the style is an instruction; one that is said is not.
    for (const [promptMode, expected] of [
      ['style', 'Sadly.'],
      ['transcript', undefined],
    ] as const) {
      const body = zeroShotForm({ prompt_text: 'Sadly.', prompt_mode: promptMode })
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body })
      assert.equal(answer.status, 200)
      await answer.arrayBuffer()
      assert.equal(synthesizer.spoken.at(-1)!.options.promptInstruction, expected)
    }
  })

  test(`${transport}: a model that takes no instructions says so with 422, and is not asked for a voice`, async (t) => {
    const abilities = {
      ...DEFAULT_ABILITIES,
      instructions: false,
      instructsZeroShot: false,
      modes: ['zero_shot' as const, 'cross_lingual' as const],
    }
    const { url, port, synthesizer } = await startTestServer(t, { transport, script: { abilities } })
    const speech = (fields: object) =>
      fetch(`${url}/v1/audio/speech`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify({ input: 'Hi.', voice: 'anna', ...fields }),
      })
    const zeroShot = (fields: Record<string, string>) =>
      fetch(`${url}/inference_zero_shot`, { method: 'POST', body: zeroShotForm(fields) })
    for (const asked of [
      () => zeroShot({ instruct: 'Whisper.' }),
      () => zeroShot({ mode: 'instruct', instruct: 'Whisper.' }),
      () => speech({ instructions: 'Whisper.' }),
      () => speech({ mode: 'instruct' }),
    ]) {
      const answer = await asked()
      const { error_code, detail } = (await answer.json()) as { error_code: string; detail: string }
      assert.equal(answer.status, 422)
      assert.equal(error_code, 'INVALID_PARAMETER')
      assert.match(detail, /takes no instructions/)
      assert.doesNotMatch(detail, /Whisper/)
    }
    assert.equal(synthesizer.prepared.length, 0)
    const ws = await openRawWebSocket(port)
    ws.send(wsFrame(1, JSON.stringify({ prompt_text: 'x', instruct: 'Whisper.' })))
    assert.equal(await ws.closed, 1008)
    // What asks for nothing in particular is understood by every model.
    for (const answer of [
      await zeroShot({ instruct: STANDARD, mode: 'cross_lingual' }),
      await speech({ instructions: '' }),
      await speech({ instructions: null }),
    ]) {
      assert.equal(answer.status, 200)
      await answer.arrayBuffer()
    }
    const unknown = await zeroShot({ mode: 'sing' })
    assert.equal(unknown.status, 422)
    assert.match(
      ((await unknown.json()) as { detail: string }).detail,
      /mode: expected one of auto, zero_shot/,
    )
  })

  test(`${transport}: what each model can do is listed`, async (t) => {
    const { url } = await startTestServer(t, { transport })
    const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: Record<string, unknown>[] }
    const { id, instructions, modes, marks, languages, voice_conversion: converts } = data[0]!
    assert.deepEqual(
      { id, instructions, modes, marks, languages, converts },
      {
        id: 'CosyVoice2',
        instructions: true,
        modes: ['auto', 'zero_shot', 'instruct', 'cross_lingual'],
        marks: ['[breath]'],
        languages: ['zh', 'en'],
        converts: true,
      },
    )
  })

  test(`${transport}: voices are those of a model`, async (t) => {
    const { url } = await startTestServer(t, { transport })
    const list = async (query: string) => {
      const answer = await fetch(`${url}/v1/voices${query}`)
      const { voices = [] } = (await answer.json()) as { voices?: { id: string; model: string }[] }
      return [answer.status, voices.map(({ id, model }) => `${id} of ${model}`)]
    }
    const fields = { id: 'mine', prompt_text: 'x', prompt_wav: file() }
    const store = (more: Record<string, string>) =>
      fetch(`${url}/v1/voices`, { method: 'POST', body: form({ ...fields, ...more }) })
    assert.equal((await store({ model: 'other' })).status, 404)
    const stored = await store({ model: 'CosyVoice2' })
    assert.equal(stored.status, 201)
    assert.equal(((await stored.json()) as { model: string }).model, 'CosyVoice2')
    const both = ['anna of CosyVoice2', 'mine of CosyVoice2']
    assert.deepEqual(await list(''), [200, both])
    assert.deepEqual(await list('?model=default'), [200, both])
    assert.deepEqual(await list('?model=other'), [404, []])
    const forget = (query: string) => fetch(`${url}/v1/voices/mine${query}`, { method: 'DELETE' })
    assert.equal((await forget('?model=other')).status, 404)
    assert.equal((await forget('?model=CosyVoice2')).status, 200)
  })

  test(`${transport}: a recording is converted: formats, streaming, voices, encodings`, async (t) => {
    const { url, synthesizer } = await startTestServer(t, { transport })
    const convert = (body: FormData | string, headers = {}) =>
      fetch(`${url}/v1/audio/convert`, { method: 'POST', body, headers })
    const expected = Buffer.from(toInt16(scriptedSamples('x'.repeat(20), 5)).buffer)
    const pcm = { response_format: 'pcm', sample_rate: '16000', seed: '5', voice: 'anna' }
    for (const name of ['source_wav', 'file', 'audio']) {
      for (const body of [
        form({ [name]: file(), ...pcm }),
        form({ [name]: file(), ...pcm, stream: 'false' }),
        JSON.stringify({ [name]: base64, ...pcm, sample_rate: 16_000, seed: 5 }),
      ]) {
        const answer = await convert(body, typeof body === 'string' ? JSON_TYPE : {})
        assert.equal(answer.status, 200, name)
        assert.ok(Buffer.from(await answer.arrayBuffer()).equals(expected))
      }
    }
    assert.equal(synthesizer.spoken.at(-1)!.options.priority, 'stream')
    for (const [format, type] of [
      ['wav', 'audio/wav'],
      ['mp3', 'audio/mpeg'],
      ['opus', 'audio/ogg;codecs=opus'],
      ['flac', 'audio/flac'],
      ['mulaw', 'audio/basic'],
    ] as const) {
      const rate: Record<string, string> = format === 'mulaw' ? { sample_rate: '8000' } : {}
      const answer = await convert(
        form({ source_wav: file(), voice: 'anna', response_format: format, ...rate }),
      )
      assert.equal(answer.status, 200, format)
      assert.equal(answer.headers.get('content-type'), type)
      assert.ok((await answer.arrayBuffer()).byteLength > 0)
    }
    const usual = await convert(form({ source_wav: file() }))
    assert.equal(usual.headers.get('content-type'), 'audio/mpeg', 'first stored voice, mp3')
    await usual.arrayBuffer()
    const events = await convert(form({ source_wav: file(), stream_format: 'sse' }))
    assert.match(await events.text(), /speech\.audio\.delta[\s\S]*speech\.audio\.done/)
    const own = await convert(form({ source_wav: file(), prompt_wav: file() }))
    assert.equal(own.status, 200)
    await own.arrayBuffer()
    assert.equal((synthesizer.prepared.at(-1) as { promptMode: string }).promptMode, 'style')
  })

  test(`${transport}: what cannot be converted is refused as for speech`, async (t) => {
    const { url } = await startTestServer(t, {
      transport,
      set: ['limits.max_file_size=20000', 'openai.strictModel=true'],
    })
    const convert = async (fields: Record<string, string | Blob>) => {
      const answer = await fetch(`${url}/v1/audio/convert`, { method: 'POST', body: form(fields) })
      const body = (await answer.json()) as { error_code: string; detail: string }
      return [answer.status, body.error_code, body.detail] as const
    }
    const source_wav = file()
    const refused: [Record<string, string | Blob>, number, string][] = [
      [{ voice: 'anna' }, 400, 'MISSING_PARAMETER'],
      [{ source_wav, file: file() }, 400, 'INVALID_REQUEST'],
      [{ source_wav, other_wav: file() }, 400, 'INVALID_REQUEST'],
      [{ source_wav, voice: 'anna', prompt_wav: file() }, 400, 'INVALID_REQUEST'],
      [{ source_wav, tts_text: 'Hi.' }, 400, 'INVALID_REQUEST'],
      [{ source_wav, voice: 'nobody' }, 404, 'VOICE_NOT_FOUND'],
      [{ source_wav, model: 'other' }, 404, 'MODEL_NOT_FOUND'],
      [{ source_wav, speed: '3' }, 422, 'INVALID_PARAMETER'],
      [{ source_wav, response_format: 'wma' }, 422, 'INVALID_PARAMETER'],
      [{ source_wav: new Blob(['no sound at all']) }, 400, 'UNSUPPORTED_AUDIO'],
      [{ source_wav: new Blob([Buffer.alloc(30_000, 1)]) }, 413, 'FILE_TOO_LARGE'],
    ]
    for (const [fields, status, code] of refused) {
      const [gotStatus, gotCode, detail] = await convert(fields)
      assert.deepEqual([gotStatus, gotCode], [status, code], `${Object.keys(fields)}: ${detail}`)
    }
  })
}
