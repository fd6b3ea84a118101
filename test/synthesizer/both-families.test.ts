/** Both families served by one process at once: every stream is what it is alone, in every mode, and converted too. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { SpeechOptions, SpeechStream } from '../../src/core/speech-port.ts'
import { ModelShelf } from '../../src/speech/model-shelf.ts'
import { maxDifference } from '../helpers/npy.ts'
import { goldenDir, goldenDir3 } from '../helpers/paths.ts'
import {
  assertAtRest,
  convertTiny,
  listen,
  openTiny,
  optionsOf,
  type TinyBundle,
} from '../helpers/tiny-synthesizer.ts'

/** Hops differ in length with what else there is to do, and kernels round the ends of longer matrices differently. */
const ROUNDING = 1e-5

/** However busy the machine is, no thread is taken for hung. */
const PATIENT = { hungAfterMs: 300_000 }

let bundles: TinyBundle[]
before(async () => {
  bundles = [await convertTiny(goldenDir), await convertTiny(goldenDir3)]
})
after(() => Promise.all(bundles.map((bundle) => bundle.remove())))

const ASKS: readonly Partial<SpeechOptions>[] = [
  {},
  { mode: 'zero_shot', priority: 'batch' },
  { mode: 'cross_lingual' },
  { mode: 'instruct', instruct: 'Please whisper this one slowly.' },
  { instruct: '请用广东话表达。', speed: 1.2 },
]

it('streams of both at once are what each is alone', async (t) => {
  const audio = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  const one = async (shelf: ModelShelf, model: string, ask: Partial<SpeechOptions> | 'convert') => {
    const voice = await shelf.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, model)
    const options = optionsOf({ voice, seed: 7, model, ...(ask === 'convert' ? {} : ask) })
    let stream: SpeechStream
    try {
      stream =
        ask === 'convert'
          ? shelf.convert(await shelf.prepareSource(audio, model), options)
          : shelf.speak('Now, the gate is open.', options)
    } finally {
      voice.release()
    }
    return listen(stream)
  }
  const asks = [...ASKS, 'convert'] as const
  const alone = new Map<string, Float32Array>()
  for (const [i, bundle] of bundles.entries()) {
    const opened = await openTiny(bundle, { devices: 'cpu:1', also: PATIENT }, t)
    const shelf = new ModelShelf(['v'])
    shelf.put('v', opened.synthesizer)
    for (const [k, ask] of asks.entries()) alone.set(`${i} ${k}`, await one(shelf, 'v', ask))
    await assertAtRest(opened)
  }
  // What is asked for makes a difference in each family.
  for (const i of [0, 1]) {
    const spoken = ASKS.map((_, k) => `${alone.get(`${i} ${k}`)!.slice(0, 2000)}`)
    assert.equal(new Set([spoken[0], spoken[2], spoken[3], spoken[4]]).size, 4, `family ${i}`)
    // 78 tokens of 40 ms.
    assert.equal(alone.get(`${i} ${ASKS.length}`)!.length, 78 * 960)
  }
  const opened = [
    await openTiny(bundles[0]!, { devices: 'cpu:2', also: PATIENT }, t),
    await openTiny(bundles[1]!, { devices: 'cpu:2', also: PATIENT }, t),
  ]
  const shelf = new ModelShelf(['v2', 'v3'])
  shelf.put('v2', opened[0]!.synthesizer)
  shelf.put('v3', opened[1]!.synthesizer)
  assert.deepEqual(
    ['v2', 'v3'].map((name) => shelf.abilities(name)?.family),
    ['cosyvoice2', 'cosyvoice3'],
  )
  // Each says the marks that it has.
  const said = (model?: string) => shelf.normalizeText('报道[j][ǐ]予好评。', {}, undefined, model).text
  assert.deepEqual(
    [said(), said('v2'), said('v3')].map((text) => text.includes('[j][ǐ]')),
    [false, false, true],
  )
  const asked = asks.flatMap((ask, k) =>
    ['v2', 'v3'].map(async (model, i) => ({ key: `${i} ${k}`, samples: await one(shelf, model, ask) })),
  )
  for (const { key, samples } of await Promise.all(asked)) {
    const expected = alone.get(key)!
    assert.equal(samples.length, expected.length, key)
    assert.ok(maxDifference(samples, expected) < ROUNDING, key)
  }
  for (const each of opened) await assertAtRest(each)
})
