/** Row 21: sound beyond every scale, and one word without end, are the client's faults and are told so. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { TtsError } from '../../src/core/errors.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { checkPromptRoom } from '../../src/voice/prompt-room.ts'
import { convertTiny, openTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

let bundle: TinyBundle
let tiny: OpenSynthesizer
before(async () => {
  bundle = await convertTiny()
  tiny = await openTiny(bundle)
})
after(async () => {
  assert(await tiny.close(10_000))
  await bundle.remove()
})

const ask = (sound: (i: number) => number) =>
  tiny.synthesizer.prepareVoice(
    {
      kind: 'recording',
      audio: encodeWav(
        Float32Array.from({ length: 32_000 }, (_, i) => sound(i)),
        16_000,
        'float32',
      ),
      promptText: '',
      promptMode: 'style',
    },
    'default',
  )
const isTheClients = (error: unknown) =>
  error instanceof TtsError && error.status >= 400 && error.status < 500

it('samples beyond every scale are refused before a voice is made of them, one alone too', async () => {
  for (const size of [1e30, 1e38, 1e10, 70_000]) {
    await assert.rejects(
      ask((i) => (i % 2 === 0 ? size : -size)),
      isTheClients,
    )
    await assert.rejects(
      ask((i) => (i === 7000 ? size : 0.2 * Math.sin(i / 20))),
      isTheClients,
    )
  }
})

it('a transcript and a recording that leave no room for speech are refused, asked for and to store', async () => {
  const audio = encodeWav(
    Float32Array.from({ length: 29 * 16_000 }, (_, i) => 0.2 * Math.sin(i / 20)),
    16_000,
    'int16',
  )
  for (const promptText of [
    'so long a transcript '.repeat(47),
    '很长的文字'.repeat(200),
    '🦊'.repeat(1000),
  ]) {
    const request = { kind: 'recording', audio, promptText, promptMode: 'transcript' } as const
    for (const tried of [
      tiny.synthesizer.prepareVoice(request, 'default'),
      tiny.synthesizer.storeVoice('long', request),
    ])
      await assert.rejects(
        tried,
        (error) => isTheClients(error) && /expected .* got/.test(String((error as TtsError).detail)),
      )
  }
  assert.deepEqual(tiny.synthesizer.held().voices, 0)
})

it('a voice stored for a model with longer rows is refused by name, not failed', async () => {
  assert.throws(() => checkPromptRoom(900, 750, 1024), isTheClients)
  assert.doesNotThrow(() => checkPromptRoom(1000, 750, 2560))
  assert.doesNotThrow(() => checkPromptRoom(0, 0, 64))
})

it('floats on the scale of 16-bit files are a voice like others', async () => {
  const voice = await ask((i) => 20_000 * Math.sin(i / 20))
  assert.deepEqual(voice.warnings?.includes('level'), true)
  voice.release()
})

it('ten thousand letters without a blank end in speech or in the client’s 4xx, live and whole', async () => {
  const voice = await ask((i) => 0.2 * Math.sin(i / 20))
  const options = {
    voice,
    model: 'default',
    speed: 1,
    seed: 1,
    priority: 'stream',
    sampling: 'ras',
    timeoutMs: 60_000,
  } as const
  for (const letter of ['a', '好', 'ab', '1']) {
    const text = letter.repeat(Math.floor(10_000 / letter.length))
    // What is live has no limit of length here; the whole has, which is the client's fault as well.
    try {
      const live = tiny.synthesizer.speakLive(options)
      try {
        live.append(text)
        live.finish()
        await live.next()
      } finally {
        live.cancel()
      }
    } catch (error) {
      assert(isTheClients(error), `${letter}: ${String(error)}`)
    }
    assert.throws(() => tiny.synthesizer.speak(text, options), isTheClients)
  }
  voice.release()
})
