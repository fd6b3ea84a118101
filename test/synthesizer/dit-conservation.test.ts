/** Nothing is held for a listener who left and nobody is disturbed, with the DiT flow and the causal vocoder. */
import assert from 'node:assert/strict'
import { after, afterEach, before, it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import type { SpeechOptions } from '../../src/core/speech-port.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { maxDifference } from '../helpers/npy.ts'
import { goldenDir3 } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import {
  ask,
  assertAtRest,
  convertTiny,
  listen,
  openTiny,
  optionsOf,
  type TinyBundle,
} from '../helpers/tiny-synthesizer.ts'

const SENTENCE = 'The quick brown fox jumps over the lazy dog, and nobody is surprised at all.'
/** Speaks for longer than an audio ring holds. */
const LONG = Array.from({ length: 12 }, () => SENTENCE).join(' ')
/** Kernels may round the ends of longer matrices differently, and hops differ in length. */
const ROUNDING = 1e-5

let bundle: TinyBundle
let server: OpenSynthesizer
let expected: Float32Array
before(async () => {
  bundle = await convertTiny(goldenDir3)
  server = await openTiny(bundle, { slots: 6, maxQueued: 20 })
  expected = await listen(await ask(server, { text: SENTENCE, seed: 5 }))
})
afterEach(() => assertAtRest(server))
after(async () => {
  assert.equal(await server.close(5000), true)
  await bundle.remove()
})

const cancelled = (error: unknown) => error instanceof TtsError && error.code === 'CANCELLED'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
function assertSame(samples: Float32Array): void {
  assert.equal(samples.length, expected.length)
  assert(maxDifference(samples, expected) < ROUNDING)
}

it('a request cancelled at any moment frees all it holds, and disturbs nobody', async () => {
  const random = new SeededRandom(22)
  for (let round = 0; round < 16; round++) {
    const victim = await ask(server, {
      text: round % 3 === 0 ? LONG : SENTENCE,
      seed: round,
      priority: round % 4 === 0 ? 'batch' : 'stream',
    })
    const other = round % 5 === 0 ? ask(server, { text: SENTENCE, seed: 5 }).then(listen) : undefined
    await pause(random.below(round % 2 === 0 ? 40 : 250))
    if (random.next() < 0.5) await victim.next().catch(() => undefined)
    victim.cancel()
    await assert.rejects(victim.next(), cancelled)
    if (other !== undefined) assertSame(await other)
    await assertAtRest(server)
  }
})

it('one who does not listen pauses only himself', async () => {
  const slow = await ask(server, { text: LONG, seed: 9 })
  await slow.next()
  for (let i = 0; i < 4; i++) assertSame(await listen(await ask(server, { text: SENTENCE, seed: 5 })))
  const heard = await listen(slow)
  const quick = await ask(server, { text: LONG, seed: 9 })
  await quick.next()
  const again = await listen(quick)
  assert.equal(again.length, heard.length)
  assert(maxDifference(again, heard) < ROUNDING)
})

it('too little memory for everybody delays, and fails nobody', async (t) => {
  const tight = await openTiny(bundle, { slots: 6, tuning: { flowStateBytes: 3e6 } }, t)
  const asked = Array.from({ length: 6 }, () => ask(tight, { text: SENTENCE, seed: 5 }).then(listen))
  for (const samples of await Promise.all(asked)) assertSame(samples)
  await assertAtRest(tight)
})

it('live text is spoken to its end in every mode, also where the reference fails', async () => {
  const random = new SeededRandom(8)
  const styles: Partial<SpeechOptions>[] = [
    {},
    { mode: 'cross_lingual' },
    { mode: 'instruct', instruct: 'Please whisper this one slowly.' },
  ]
  for (const [seed, style] of styles.entries()) {
    const voice = await server.synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
    const stream = server.synthesizer.speakLive(optionsOf({ voice, seed, ...style }))
    voice.release()
    const heard = listen(stream)
    const text = `You are a helpful assistant.<|endofprompt|>${LONG.slice(0, 300)}`
    for (let at = 0; at < text.length; ) {
      const size = 1 + random.below(12)
      stream.append(text.slice(at, at + size))
      at += size
    }
    stream.finish()
    assert((await heard).length > 24_000, JSON.stringify(style))
  }
})

it('what stops in the middle ends with an error, never as the whole', async (t) => {
  const doomed = await openTiny(bundle, { devices: 'cpu:1,cpu:1' }, t)
  const streams = await Promise.all(
    Array.from({ length: 4 }, (_, i) => ask(doomed, { text: LONG, seed: i, priority: 'batch' })),
  )
  const outcomes = streams.map((stream) => listen(stream).catch((error: unknown) => error))
  await pause(100)
  assert.equal(await doomed.close(5000), true)
  for (const outcome of await Promise.all(outcomes)) assert(outcome instanceof TtsError)
})
