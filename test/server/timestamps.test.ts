/** Words and sentences with their times, on every route: one answer, subtitles, events, sockets. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { WebSocket } from 'ws'
import { startTestServer } from '../helpers/test-server.ts'

/** The scripted voice says a character in 50 ms. */
const TEXT = 'Hello big world. Bye.'
const WORDS = [
  { text: 'Hello', start: 0, end: 0.25, from: 0, to: 5 },
  { text: 'big', start: 0.3, end: 0.45, from: 6, to: 9 },
  { text: 'world.', start: 0.5, end: 0.8, from: 10, to: 16 },
  { text: 'Bye.', start: 0.85, end: 1.05, from: 17, to: 21 },
].map(({ start, end, ...word }) => ({ ...word, start, end }))
const near = (words: readonly (typeof WORDS)[number][]) =>
  words.map(({ start, end, ...word }) => ({
    ...word,
    start: Number(start.toFixed(6)),
    end: Number(end.toFixed(6)),
  }))

/** Asks in the shape of OpenAI's route, and in that of the document's. */
async function ask(url: string, fields: Record<string, string | boolean>) {
  const openAi = fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    body: JSON.stringify({ input: TEXT, voice: 'anna', ...fields }),
  })
  const form = new FormData()
  for (const [name, value] of Object.entries({ tts_text: TEXT, voice: 'anna', ...fields }))
    form.set(name, String(value))
  const document = fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form })
  return Promise.all([openAi, document])
}

test('json holds audio and words, or sentences; timestamps alone ask for it', async (t) => {
  const { url } = await startTestServer(t)
  for (const fields of [
    { response_format: 'json' },
    { timestamps: 'word' },
    { response_format: 'JSON', stream: true },
  ])
    for (const answer of await ask(url, fields)) {
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type')!, /^application\/json/)
      const body = (await answer.json()) as Record<string, unknown> & { words: typeof WORDS; audio: string }
      assert.deepEqual(near(body.words), WORDS)
      assert.equal(body['format'], 'wav')
      assert.equal(body['duration'], 1.05)
      const audio = Buffer.from(body.audio, 'base64')
      assert.equal(audio.toString('latin1', 0, 4), 'RIFF')
      const rate = body['sample_rate'] as number
      assert.equal(audio.readUInt32LE(24), rate)
      assert.equal(audio.length, 44 + 2 * Math.round(1.05 * rate))
    }
  for (const answer of await ask(url, { response_format: 'json', timestamps: 'sentence' })) {
    const { words, sentences } = (await answer.json()) as { words?: unknown; sentences: typeof WORDS }
    assert.equal(words, undefined)
    assert.deepEqual(
      sentences.map(({ text }) => text),
      ['Hello big world.', 'Bye.'],
    )
  }
  for (const answer of await ask(url, { response_format: 'json', timestamps: 'none' }))
    assert.deepEqual(Object.keys((await answer.json()) as object).sort(), [
      'audio',
      'duration',
      'format',
      'sample_rate',
    ])
})

test('srt and vtt are subtitles by sentence, or by word', async (t) => {
  const { url } = await startTestServer(t)
  const cues =
    '1\n00:00:00,000 --> 00:00:00,800\nHello big world.\n\n2\n00:00:00,850 --> 00:00:01,050\nBye.\n'
  for (const answer of await ask(url, { response_format: 'srt' })) {
    assert.match(answer.headers.get('content-type')!, /^application\/x-subrip/)
    assert.equal(await answer.text(), cues)
  }
  for (const answer of await ask(url, { response_format: 'vtt', timestamps: 'sentence' }))
    assert.equal(await answer.text(), `WEBVTT\n\n${cues.replaceAll(',', '.')}`)
  for (const answer of await ask(url, { response_format: 'srt', timestamps: 'word' }))
    assert.equal((await answer.text()).match(/-->/g)?.length, 4)
})

test('events tell each word before the audio that it begins in, sentences before that they end in', async (t) => {
  const { url } = await startTestServer(t)
  for (const timestamps of ['word', 'sentence'])
    for (const answer of await ask(url, {
      timestamps,
      stream_format: 'sse',
      response_format: 'pcm',
    })) {
      const events = (await answer.text())
        .split('\n\n')
        .filter((line) => line !== '')
        .map(
          (line) =>
            JSON.parse(line.replace('data: ', '')) as {
              type: string
              audio?: string
              start: number
              end: number
              text: string
            },
        )
      const bytesPerSecond = 2 * Number(answer.headers.get('x-audio-sample-rate'))
      let heard = 0
      const told: string[] = []
      for (const { type, audio, start, end, text } of events) {
        if (audio !== undefined) heard += Buffer.from(audio, 'base64').length / bytesPerSecond
        if (type !== `speech.${timestamps}`) continue
        told.push(text)
        assert((timestamps === 'word' ? start : end) >= heard - 1e-9, `${text} at ${start}, heard ${heard}`)
      }
      assert.equal(events.at(-1)?.type, 'speech.audio.done')
      assert.deepEqual(told, timestamps === 'word' ? TEXT.split(' ') : ['Hello big world.', 'Bye.'])
    }
})

test('audio alone holds no times, events hold audio: 422 names what does', async (t) => {
  const { url } = await startTestServer(t)
  for (const [fields, expected] of [
    [
      { timestamps: 'word', response_format: 'mp3' },
      /response_format json, srt or vtt, or stream_format sse/,
    ],
    [{ response_format: 'srt', stream_format: 'sse' }, /expected audio with stream_format sse, got srt/],
    [{ timestamps: 'phrase' }, /expected one of none, word, sentence/],
  ] as const)
    for (const answer of await ask(url, fields)) {
      assert.equal(answer.status, 422)
      assert.match(JSON.stringify(await answer.json()), expected)
    }
})

test('a socket tells words before their audio, with contexts by their ids', async (t) => {
  const { wsUrl } = await startTestServer(t)
  for (const contexts of [false, true]) {
    const socket = new WebSocket(wsUrl)
    const told: Record<string, unknown>[] = []
    let heard = 0
    socket.on('message', (data: Buffer, isBinary) => {
      const event = isBinary ? undefined : (JSON.parse(data.toString()) as Record<string, unknown>)
      if (isBinary) heard += data.length / 32_000
      if (event?.['event'] === 'audio')
        heard += Buffer.from(event['audio'] as string, 'base64').length / 32_000
      if (event?.['event'] !== 'word') return
      assert((event['start'] as number) >= heard - 1e-9)
      told.push(event)
    })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('open', resolve))
    socket.send(JSON.stringify({ voice: 'anna', timestamps: 'word', contexts }))
    const id = contexts ? { context_id: 'a' } : {}
    socket.send(JSON.stringify({ ...id, tts_text: TEXT, finish: true }))
    if (contexts) socket.send(JSON.stringify({ finish: true }))
    assert.equal(await closed, 1000)
    assert.deepEqual(
      told.map(({ text, from, to }) => ({ text, from, to })),
      WORDS.map(({ text, from, to }) => ({ text, from, to })),
    )
    assert(
      told.every((event) => event['utterance'] === 1 && event['context_id'] === (contexts ? 'a' : undefined)),
    )
  }
})
