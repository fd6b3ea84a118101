import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { buildHift } from '../../../src/convert/models/hift.ts'
import { snrDb } from '../../../src/core/float-arrays.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { ZERO_NOISE } from '../../../src/engine/vocoder/harmonic-source.ts'
import type { VocoderRunner } from '../../../src/engine/vocoder/vocoder-runner.ts'
import { openCosyVoice2 } from '../../../src/families/cosyvoice2/checkpoint.ts'
import { GivenSource } from '../../../src/verify/given-source.ts'
import { goldenFloats, maxDifference } from '../../helpers/npy.ts'
import { goldenDir } from '../../helpers/paths.ts'
import {
  goldenMel,
  openTinyVocoder,
  openVocoderOf,
  randomHiftWeights,
  SMALL_HIFT,
} from '../../helpers/tiny-hift.ts'

let folder: string
let vocoder: VocoderRunner
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-hift-'))
  vocoder = await openTinyVocoder(await openRuntime(), folder)
})
after(async () => {
  vocoder.release()
  await rm(folder, { recursive: true, force: true })
})

const golden = (name: string) => goldenFloats(`hift/${name}`).data

function decode(mel: Float32Array, source: Float32Array): Float32Array {
  const stream = vocoder.openExcited(new GivenSource(source, vocoder.frameSamples))
  return vocoder.push(stream, mel, { ended: true })
}

it('F0 is the reference’s within 1e-2 Hz', () => {
  assert(maxDifference(vocoder.f0(goldenMel), golden('f0')) < 1e-2)
})

it('samples from a given mel and a given source are the reference’s within 1e-4', () => {
  const made = decode(goldenMel.subarray(0, 60 * 80), golden('given_source'))
  assert(maxDifference(made, golden('decode_given_source')) < 1e-5)
  assert(maxDifference(decode(goldenMel, golden('source_zero')), golden('wave_zero')) < 1e-5)
})

it('samples from a given mel are the reference’s within 40 dB', () => {
  const made = vocoder.push(vocoder.open(ZERO_NOISE), goldenMel, { ended: true })
  assert(snrDb(made, golden('wave_zero')) > 50)
})

it('with the first samples of the source given, the rest as it follows from the mel', () => {
  const mel = goldenMel.subarray(40 * 80, 80 * 80)
  const source = vocoder.excitation(ZERO_NOISE).extend(vocoder.f0(mel), true)
  source.set(golden('given_source').subarray(0, 3840))
  assert(snrDb(decode(mel, source), golden('wave_cache_source')) > 50)
})

/** A vocoder whose every spectrum has this magnitude in one bin and next to none in others, before the limit. */
async function speakTone(magnitude: number, audioLimit: number): Promise<Float32Array> {
  const hyper = { ...SMALL_HIFT, audioLimit }
  const weights = randomHiftWeights(hyper, 3, (key, values) => {
    // Without a kernel only the bias is left: logarithms of magnitudes, then phases.
    if (key === 'conv_post.parametrizations.weight.original0') values.fill(0)
    if (key === 'conv_post.bias') values.fill(-20, 0, hyper.nFft / 2 + 1)[2] = Math.log(magnitude)
  })
  const at = join(folder, `tone-${magnitude}-${audioLimit}`)
  const tone = await openVocoderOf(await openRuntime(), at, hyper, weights)
  const mel = new Float32Array(5 * hyper.mel)
  const samples = tone.push(tone.open(ZERO_NOISE), mel, { ended: true })
  tone.release()
  return samples
}

it('magnitudes are limited to 100', async () => {
  const [half, full, more] = await Promise.all([50, 100, 5000].map((one) => speakTone(one, 1e6)))
  assert(
    maxDifference(
      full!,
      half!.map((value) => 2 * value),
    ) < 1e-3,
  )
  assert(maxDifference(more!, full!) < 1e-3)
})

it('samples are limited to the yaml’s audio limit, on both sides', async () => {
  const loud = await speakTone(100, 0.99)
  assert.equal(Math.max(...loud), Math.fround(0.99))
  assert.equal(Math.min(...loud), Math.fround(-0.99))
})

it('every weight of the vocoder is used', async () => {
  const checkpoint = await openCosyVoice2(goldenDir)
  buildHift(checkpoint.parameters.hift, checkpoint.hift, folder)
  assert.deepEqual(checkpoint.hift.unused(), [])
  await checkpoint.close()
})

it('in half precision samples stay close, and F0 is as exact', async () => {
  const half = await openTinyVocoder(await openRuntime(), join(folder, 'half'), { dtype: 'float16' })
  assert(maxDifference(half.f0(goldenMel), golden('f0')) < 1e-2)
  const made = half.push(half.open(ZERO_NOISE), goldenMel, { ended: true })
  assert(snrDb(made, golden('wave_zero')) > 25, `${snrDb(made, golden('wave_zero'))} dB`)
  half.release()
})
