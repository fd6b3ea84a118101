/** What clients of OpenAI's speech API and of those like it send: names, blanks, capitals, long texts, recordings. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { PROMPT_WAV, startTestServer, type TestServerOptions } from '../helpers/test-server.ts'

async function start(t: TestContext, options: TestServerOptions = {}) {
  const { url, synthesizer } = await startTestServer(t, options)
  const speak = async (more: object) => {
    const answer = await fetch(`${url}/v1/audio/speech`, {
      method: 'POST',
      body: JSON.stringify({ input: 'Hello.', ...more }),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  /** The voice that the last request was spoken with. */
  const voice = () => {
    const last = synthesizer.prepared.at(-1)
    return last?.kind === 'stored' ? last.id : 'recording'
  }
  return { url, synthesizer, speak, voice }
}

const STORED = [
  { id: 'bella', language: 'en-GB', gender: 'female' },
  { id: 'clara', language: 'en', gender: 'female' },
  { id: 'dan', language: 'en', gender: 'male' },
  { id: '小美', language: 'zh', gender: 'female' },
] as const

async function store(synthesizer: Awaited<ReturnType<typeof start>>['synthesizer']) {
  const recording = { kind: 'recording', audio: PROMPT_WAV, promptText: 'a', promptMode: 'auto' } as const
  for (const { id, ...facts } of STORED) await synthesizer.storeVoice(id, recording, facts)
}

test('OpenAI’s names mean a stored voice of the text’s language and the name’s sex', async (t) => {
  const { synthesizer, speak, voice } = await start(t)
  await store(synthesizer)
  const heard = async (name: string, input: string, more: object = {}) => {
    assert.equal((await speak({ voice: name, input, ...more })).status, 200)
    return voice()
  }
  assert.equal(await heard('onyx', 'Good morning.'), 'dan')
  assert.notEqual(await heard('alloy', 'Good morning.'), await heard('coral', 'Good morning.'))
  for (const name of ['alloy', 'coral', 'marin', 'nova', 'sage', 'shimmer'])
    assert.match(await heard(name, 'Good morning.'), /^(bella|clara)$/, name)
  assert.equal(await heard('shimmer', '今天天气真不错。'), '小美')
  // No man speaks Chinese here: the language goes before the sex. A tag goes before the script.
  assert.match(await heard('onyx', '今天天气真不错。'), /^(anna|小美)$/)
  assert.match(await heard('alloy', '2026', { language: 'zh-CN' }), /^(anna|小美)$/)
  assert.equal((await speak({ voice: 'nobody' })).status, 404)
  assert.equal((await speak({ voice: 'toString' })).status, 404)
  assert.equal((await speak({ voice: { id: '小美' } })).status, 200)
})

test('aliases of the configuration go before OpenAI’s, stored voices before both, on every route', async (t) => {
  const set = ['openai.voices.alloy=dan', 'openai.voices.narrator=clara', 'openai.voices.dan=bella']
  const { url, synthesizer, speak, voice } = await start(t, { set })
  await store(synthesizer)
  for (const [name, expected] of [
    ['alloy', 'dan'],
    ['narrator', 'clara'],
    ['dan', 'dan'],
  ]) {
    assert.equal((await speak({ voice: name })).status, 200)
    assert.equal(voice(), expected)
    const body = new URLSearchParams({ tts_text: 'Hello.', voice: name! })
    assert.equal((await fetch(`${url}/inference_zero_shot`, { method: 'POST', body })).status, 200)
    assert.equal(voice(), expected)
  }
  const { voices } = (await (await fetch(`${url}/v1/audio/voices`)).json()) as {
    voices: { id: string; name: string; gender: string | null; alias_of?: string }[]
  }
  const of = (id: string) => voices.find((each) => each.id === id)
  assert.deepEqual(
    [of('小美')?.name, of('小美')?.gender, of('小美')?.alias_of],
    ['小美', 'female', undefined],
  )
  assert.equal(of('alloy')?.alias_of, 'dan')
  assert.equal(of('narrator')?.alias_of, 'clara')
  assert.equal(of('dan')?.alias_of, undefined)
  assert.equal(voices.filter(({ id }) => id === 'dan').length, 1)
})

test('a model that is not served is the only one that is, unless the server is strict', async (t) => {
  for (const model of ['tts-1-hd', 'gpt-4o-mini-tts', 'kokoro', '', null]) {
    const { speak } = await start(t)
    assert.equal((await speak({ model, voice: 'anna' })).status, 200, String(model))
  }
  const { url, speak } = await start(t, { set: ['openai.strictModel=true'] })
  assert.equal((await speak({ model: 'kokoro', voice: 'anna' })).status, 404)
  const ids = async (path: string) => {
    const answer = await fetch(url + path)
    return [answer.status, ((await answer.json()) as { id?: string }).id]
  }
  assert.deepEqual(await ids('/v1/models/CosyVoice2'), [200, 'CosyVoice2'])
  assert.deepEqual(await ids('/v1/models/default'), [200, 'CosyVoice2'])
  assert.deepEqual(await ids('/v1/models/other%2Fone'), [404, undefined])
  const { models } = (await (await fetch(`${url}/v1/audio/models`)).json()) as { models: unknown[] }
  assert.deepEqual(models, [{ id: 'CosyVoice2', name: 'CosyVoice2' }])
})

test('null and empty text mean not given; formats may be written in capitals', async (t) => {
  const { speak, voice } = await start(t)
  for (const blank of ['', null]) {
    const fields = ['voice', 'model', 'response_format', 'speed', 'stream_format', 'seed', 'sample_rate']
    const answer = await speak(Object.fromEntries(fields.map((name) => [name, blank])))
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.headers.get('x-audio-format'), 'mp3')
    assert.equal(voice(), 'anna')
  }
  assert.equal((await speak({ response_format: 'WAV' })).headers.get('x-audio-format'), 'wav')
  const aac = await speak({ response_format: 'AAC' })
  assert.equal(aac.headers.get('content-type'), 'audio/aac')
  assert(aac.text.startsWith('\ufffd\ufffd'), 'sync word of ADTS')
  const wma = await speak({ response_format: 'wma' })
  assert.equal(wma.status, 422)
  assert.match(
    wma.text,
    /response_format: expected one of wav, pcm, mp3, opus, flac, aac, mulaw, json, srt, vtt, got \\"wma\\"/,
  )
  assert.match((await speak({ speed: 9 })).text, /speed: expected at most \d, got 9/)
})

test('texts of OpenAI’s 4096 characters are spoken, in any script; one more is too long', async (t) => {
  const { speak } = await start(t, { script: { samplesPerCharacter: 1 } })
  for (const sign of ['a', '好']) {
    assert.equal((await speak({ input: sign.repeat(4096), response_format: 'pcm' })).status, 200, sign)
    const answer = await speak({ input: sign.repeat(4097) })
    assert.equal(answer.status, 422)
    assert.match(answer.text, /Maximum text length is 4096 characters/)
  }
})

test('the last event tells the usage', async (t) => {
  const { speak } = await start(t)
  const { text } = await speak({ stream_format: 'sse', response_format: 'pcm', speed: 2 })
  const events = text
    .trim()
    .split('\n\n')
    .map((line) => JSON.parse(line.replace(/^data: /, '')) as { type: string; usage?: object })
  // The scripted synthesizer says 2 tokens a text, and 50 ms a character at any speed.
  assert.deepEqual(events.at(-1), {
    type: 'speech.audio.done',
    usage: { input_tokens: 2, output_tokens: 15, total_tokens: 17 },
  })
})

test('stream: false sends every format whole, true a WAV with an open length', async (t) => {
  const { url } = await start(t)
  for (const [stream, open] of [
    [false, false],
    [true, true],
  ]) {
    const body = JSON.stringify({ input: 'Hello.', response_format: 'wav', stream })
    const answer = await fetch(`${url}/v1/audio/speech`, { method: 'POST', body })
    const bytes = Buffer.from(await answer.arrayBuffer())
    assert.equal(bytes.readUInt32LE(40) === 0xffff_ffff, open, String(stream))
  }
})

test('a recording in ref_audio is the voice; its words are used where they are sent', async (t) => {
  const { speak, synthesizer } = await start(t)
  const base64 = Buffer.from(PROMPT_WAV).toString('base64')
  const said = async (more: object) => {
    const answer = await speak({ voice: 'alloy', ...more })
    const last = synthesizer.prepared.at(-1)
    return [answer.status, last?.kind === 'recording' ? [last.promptText, last.promptMode] : last?.kind]
  }
  const ref_audio = `data:audio/wav;base64,${base64}`
  assert.deepEqual(await said({ ref_audio, ref_text: 'What she says.' }), [200, ['What she says.', 'auto']])
  assert.deepEqual(await said({ ref_audio: base64 }), [200, ['', 'style']])
  assert.equal((await said({ ref_audio: `DATA:audio/wav;BASE64,${base64}` }))[0], 200)
  assert.deepEqual(await said({ ref_audio, ref_text: 'Hm.', x_vector_only_mode: true }), [
    200,
    ['Hm.', 'style'],
  ])
  assert.deepEqual(await said({ ref_audio, ref_text: 'Hm.', prompt_mode: 'transcript' }), [
    200,
    ['Hm.', 'transcript'],
  ])
  assert.match((await speak({ ref_text: 'Hm.' })).text, /ref_audio: expected a value, got none/)
  assert.equal((await speak({ ref_text: '' })).status, 200, 'an empty text is none')
  const address = await speak({ ref_audio: 'http://169.254.169.254/a.wav', ref_text: 'Hm.' })
  assert.equal(address.status, 422)
  assert.match(address.text, /got an address, which is not fetched/)
})
