/** The clock cuts utterances into hops; their samples must not tell where. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { concatFloats } from '../../src/core/float-arrays.ts'
import type { HiftHyperParameters } from '../../src/core/hyper-parameters.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { convertTinyDit, loadTinyCausalVocoder } from '../helpers/tiny-dit.ts'
import { cutMel, openVocoderOf, randomHiftWeights, randomMel, SMALL_HIFT } from '../helpers/tiny-hift.ts'
import { digest } from '../helpers/tiny-synthesizer.ts'

const FRAMES = 100
/** Sums as long as a large model's, and stages whose channels are no multiple of 16. */
const WIDE: HiftHyperParameters = { ...SMALL_HIFT, mel: 80, channels: 288, nFft: 16 }

let folder: string
let runtime: Runtime
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-steady-'))
  runtime = await openStrictRuntime()
})
after(() => rm(folder, { recursive: true, force: true }))

const VOCODERS: Readonly<Record<string, () => Promise<VocoderRunner>>> = {
  windowed: () => openVocoderOf(runtime, join(folder, 'wide'), WIDE, randomHiftWeights(WIDE, 4)),
  causal: async () => loadTinyCausalVocoder(runtime, await convertTinyDit(join(folder, 'causal'))),
}

for (const [name, open] of Object.entries(VOCODERS))
  describe(name, () => {
    let vocoder: VocoderRunner
    before(async () => {
      vocoder = await open()
    })
    after(() => vocoder.release())

    const speak = (pieces: readonly Float32Array[]) => {
      const stream = vocoder.open(vocoder.noise(7))
      const samples = concatFloats(
        pieces.map((piece, i) => vocoder.push(stream, piece, { ended: i === pieces.length - 1 })),
      )
      assert(
        samples.some((value) => Math.abs(value) > 0.01),
        'there is sound',
      )
      return digest(samples)
    }

    it('two hops of any lengths are bit for bit the whole', () => {
      const mel = randomMel(new SeededRandom(1), FRAMES, 80)
      const whole = speak([mel])
      for (let frames = 1; frames < FRAMES; frames++) {
        const cut = frames * 80
        assert.equal(speak([mel.subarray(0, cut), mel.subarray(cut)]), whole, `cut behind ${frames}`)
      }
    })

    it('so are hops of random lengths', () => {
      const random = new SeededRandom(2)
      const mel = randomMel(random, FRAMES, 80)
      const whole = speak([mel])
      for (const longest of [3, 10, 40, 80])
        assert.equal(speak(cutMel(random, mel, 80, longest)), whole, `hops of up to ${longest}`)
    })
  })
