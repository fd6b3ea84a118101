/** Row 7: a short text that is said for minutes is bounded by its speech, not by its characters. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test, { it } from 'node:test'
import { WebSocket } from 'ws'
import { estimateSpeechSeconds } from '../../src/api/speech-seconds.ts'
import { TtsError } from '../../src/core/errors.ts'
import type { SpeechOptions } from '../../src/core/speech-port.ts'
import { PROMPT_WAV, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'
import { convertTiny, openTiny, optionsOf } from '../helpers/tiny-synthesizer.ts'
import { ask, besieged } from './invariant.ts'

const ENGLISH = 'The quick brown fox jumps over the lazy dog, and nobody is surprised. '
  .repeat(15)
  .slice(0, 1000)
const CHINESE = '今天天气很好，我们一起去公园散步吧。'.repeat(60).slice(0, 1000)
const COSTLY = ['1.'.repeat(500), '9'.repeat(1000), '$9,999,999.99 '.repeat(71), '99.9% '.repeat(166)]

it('what any thousand characters of a language take is allowed, what is read out as numbers counts as words', () => {
  assert(Math.abs(estimateSpeechSeconds(ENGLISH) - 60) < 15)
  assert(Math.abs(estimateSpeechSeconds(CHINESE) - 225) < 30)
  for (const text of COSTLY) assert(estimateSpeechSeconds(text) > 300, text.slice(0, 12))
  assert.equal(estimateSpeechSeconds(' \n,'), 0)
})

it('signs that are said as words count as words', () => {
  for (const text of ['≈≤≥±'.repeat(250), '∑∏∫'.repeat(333)])
    assert(estimateSpeechSeconds(text) > 300, text.slice(0, 4))
  assert(estimateSpeechSeconds('-9 '.repeat(333)) > 250)
  assert(estimateSpeechSeconds('well-known and/or new '.repeat(45)) < 100)
})

it('what a text comes to with its dictionary, pauses and speed is bounded too', async (t) => {
  const bundle = await convertTiny()
  t.after(() => bundle.remove())
  const tiny = await openTiny(bundle, { also: { maxSpeechSeconds: 300 } })
  t.after(() => tiny.close(5000))
  const voice = await tiny.synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
  const say = (text: string, more: Partial<SpeechOptions> = {}) =>
    tiny.synthesizer.speak(text, { ...optionsOf({ voice, seed: 1 }), ...more })
  const isTooLong = (error: unknown) => error instanceof TtsError && error.code === 'TEXT_TOO_LONG'
  const words = { dictionary: { a: 'one two three four five six seven eight nine ten' } }
  assert.throws(() => say('a '.repeat(500), { text: words }), isTooLong)
  assert.throws(() => say(`<speak>a${'<break time="10s"/>'.repeat(45)}b</speak>`), isTooLong)
  say('Good morning.').cancel()
  voice.release()
})

for (const transport of TRANSPORTS) {
  test(`${transport}: a text of more speech than allowed is refused at the door, on every route`, async (t) => {
    const { url, wsUrl, synthesizer } = await besieged(t, { transport, script: { samplesPerCharacter: 8 } })
    const json = { 'content-type': 'application/json' }
    for (const text of COSTLY) {
      const answers = await Promise.all([
        ask(`${url}/inference_zero_shot`, { body: zeroShotForm({ tts_text: text }) }),
        ask(`${url}/v1/audio/speech`, {
          body: JSON.stringify({ input: text, voice: 'anna' }),
          headers: json,
        }),
      ])
      for (const { status, body } of answers) {
        assert.equal(status, 422)
        assert.match(body.toString(), /at most 300 s of speech, got one of about \d+ s/)
      }
    }
    const socket = new WebSocket(wsUrl)
    await once(socket, 'open')
    socket.send(JSON.stringify({ prompt_text: 'Hello there.', tts_model_name: 'default' }))
    socket.send(PROMPT_WAV)
    socket.send(JSON.stringify({ tts_text: COSTLY[0] }))
    const [code] = await once(socket, 'close')
    assert.equal(code, 1008)
    assert.deepEqual(synthesizer.spoken, [])
    assert.equal(
      (await ask(`${url}/inference_zero_shot`, { body: zeroShotForm({ tts_text: CHINESE }) })).status,
      200,
    )
  })

  test(`${transport}: the rate counts seconds of speech, each synthesis brings a minute`, async (t) => {
    const { url, wsUrl } = await besieged(t, {
      transport,
      set: ['limits.rate_limit=10/hour'],
      script: { samplesPerCharacter: 8 },
    })
    const say = (text: string, from: string) =>
      ask(`${url}/inference_zero_shot`, { body: zeroShotForm({ tts_text: text }), from })
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await say('1.'.repeat(350), '127.0.0.3')).status)
    assert.deepEqual(statuses, [200, 200, 429, 429])
    for (let i = 0; i < 8; i++) assert.equal((await say(ENGLISH, '127.0.0.4')).status, 200)

    const socket = new WebSocket(wsUrl, { localAddress: '127.0.0.5' })
    await once(socket, 'open')
    socket.send(JSON.stringify({ prompt_text: 'Hello there.', tts_model_name: 'default' }))
    socket.send(PROMPT_WAV)
    for (let i = 0; i < 4; i++) socket.send(JSON.stringify({ tts_text: '1.'.repeat(350) }))
    const [code] = await once(socket, 'close')
    assert.equal(code, 1013)
  })
}
