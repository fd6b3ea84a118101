/** Nothing is held for a listener that left, and no other is disturbed: the DiT flow, the causal vocoder. */
import assert from 'node:assert/strict'
import { after, afterEach, before, it } from 'node:test'
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
import { cancelAtAnyMoment, LONG, SENTENCE, stopInTheMiddle } from './listeners-that-leave.ts'

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

function assertSame(samples: Float32Array): void {
  assert.equal(samples.length, expected.length)
  assert(maxDifference(samples, expected) < ROUNDING)
}

it('a request cancelled at any moment frees all it holds, and disturbs nobody', async () => {
  await cancelAtAnyMoment(server, { seed: 22, rounds: 16, besideEvery: 5 }, assertSame)
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
  await stopInTheMiddle(doomed, { count: 4, afterMs: 100 })
})
