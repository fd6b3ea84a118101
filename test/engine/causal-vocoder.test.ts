/** The causal vocoder at run time: against the reference, in pieces, in company, after failures. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { concatFloats, snrDb } from '../../src/core/float-arrays.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { type SourceNoise, ZERO_NOISE } from '../../src/engine/vocoder/harmonic-source.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { GivenSource } from '../../src/verify/given-source.ts'
import { fullRuntime, pushShakily } from '../helpers/failing-runs.ts'
import { goldenFloats, maxDifference, transposedRows } from '../helpers/npy.ts'
import { goldenDir3 } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ShakyRuntime } from '../helpers/shaky-runtime.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { convertTinyDit, loadTinyCausalVocoder, type TinyDit } from '../helpers/tiny-dit.ts'
import { cutMel, randomMel } from '../helpers/tiny-hift.ts'

const MELS = 80
const FRAME = 480
/** Look-ahead of the first convolution, and what the inverse transform still adds to. */
const HELD_BACK = 4 * FRAME + 4

const golden = (name: string) => goldenFloats(`hift/${name}`, goldenDir3).data
const mel120 = transposedRows(golden('mel120'), MELS)

let folder: string
let shaky: ShakyRuntime
let runtime: Runtime
let tiny: TinyDit
let vocoder: VocoderRunner
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-causal-'))
  shaky = new ShakyRuntime(await openStrictRuntime())
  runtime = shaky.runtime
  tiny = await convertTinyDit(folder)
  vocoder = await loadTinyCausalVocoder(runtime, tiny)
})
after(async () => {
  vocoder?.release()
  await rm(folder, { recursive: true, force: true })
})

const speakWhole = (mel: Float32Array, noise = vocoder.noise(1)) =>
  vocoder.push(vocoder.open(noise), mel, { ended: true })

const speakPieces = (pieces: readonly Float32Array[], noise = vocoder.noise(1)) => {
  const stream = vocoder.open(noise)
  return concatFloats(
    pieces.map((piece, i) => vocoder.push(stream, piece, { ended: i === pieces.length - 1 })),
  )
}

/** Noise of each harmonic `[samples, harmonics]`, merged by the layer's weights. */
function given(noise: Float32Array): SourceNoise {
  return (firstSample, merged, weights) => {
    for (let i = 0; i < merged.length; i++)
      for (const [h, weight] of weights.entries())
        merged[i]! += weight * noise[(firstSample + i) * weights.length + h]!
  }
}

describe('against the reference', () => {
  it('pitch', () => {
    assert.ok(maxDifference(vocoder.f0(mel120), golden('f0')) < 0.01)
  })

  it('the source: phases stand still within a frame, noise is uniform', () => {
    const f0 = golden('f0')
    const silent = vocoder.excitation(ZERO_NOISE).extend(f0, true)
    assert.ok(maxDifference(silent, golden('source_zero')) < 2e-3)
    const exact = golden('source_zero_f64')
    assert.ok(maxDifference(silent.subarray(-exact.length), exact) < 1e-4)
    const noisy = vocoder.excitation(given(golden('noise5'))).extend(f0.subarray(0, 5), true)
    assert.ok(maxDifference(noisy, golden('source_noise5')) < 1e-4)
  })

  it('the waveform of a given mel and source, and of a mel', () => {
    const excited = vocoder.openExcited(new GivenSource(golden('given_source'), FRAME))
    const decoded = vocoder.push(excited, mel120.subarray(0, 60 * MELS), { ended: true })
    assert.ok(maxDifference(decoded, golden('decode_given_source')) < 1e-4)
    const whole = speakWhole(mel120, ZERO_NOISE)
    assert.equal(whole.length, 120 * FRAME)
    assert.ok(snrDb(whole, golden('wave_zero')) > 40, `${snrDb(whole, golden('wave_zero'))} dB`)
    const five = speakWhole(mel120.subarray(0, 5 * MELS), given(golden('noise5')))
    assert.ok(snrDb(five, golden('wave_noise5')) > 40)
  })
})

describe('in pieces', () => {
  it('the samples are those of the whole, however the mel is cut', () => {
    const whole = speakWhole(mel120)
    const random = new SeededRandom(17)
    for (const largest of [1, 3, 10, 50, 119]) {
      const made = speakPieces(cutMel(random, mel120, MELS, largest))
      assert.equal(made.length, whole.length)
      const worst = maxDifference(made, whole)
      assert.ok(worst < 1e-5, `pieces of at most ${largest} frames: ${worst}`)
    }
    assert.ok(maxDifference(vocoder.synthesize(mel120, vocoder.noise(1)), whole) < 1e-5)
  })

  it('gives out all but what is held back, at every number of frames', () => {
    assert.equal(vocoder.heldBackSamples, HELD_BACK)
    const stream = vocoder.open(ZERO_NOISE)
    let given = 0
    for (let frames = 1; frames <= 40; frames++) {
      given += vocoder.push(stream, mel120.subarray((frames - 1) * MELS, frames * MELS)).length
      assert.equal(given, Math.max(0, frames * FRAME - HELD_BACK), `${frames} frames`)
      assert.equal(stream.samples, given)
      assert.equal(stream.frames, frames)
    }
    const rest = vocoder.push(stream, new Float32Array(0), { ended: true })
    assert.equal(rest.length, HELD_BACK)
    assert.throws(() => vocoder.push(stream, mel120), { code: 'INVALID_REQUEST' })
    assert.throws(() => vocoder.push(vocoder.open(ZERO_NOISE), new Float32Array(81)), {
      code: 'INVALID_REQUEST',
    })
  })

  it('no sample is lost or doubled in utterances of 0 to 60 frames', () => {
    const random = new SeededRandom(6)
    for (let frames = 1; frames <= 60; frames++) {
      const mel = mel120.subarray(0, frames * MELS)
      assert.equal(speakPieces(cutMel(random, mel, MELS, 1 + random.below(20))).length, frames * FRAME)
    }
    assert.equal(vocoder.push(vocoder.open(ZERO_NOISE), new Float32Array(0), { ended: true }).length, 0)
  })
})

describe('in company', () => {
  it('utterances of any age whose hops are as long share runs, and each gets what it gets alone', () => {
    const random = new SeededRandom(15)
    const mels = [3, 2, 1].map((hops) => randomMel(random, 20 * (hops + 1), MELS))
    const hop = 20 * MELS
    const hops = mels.map((mel) =>
      Array.from({ length: mel.length / hop }, (_, i) => mel.subarray(i * hop, (i + 1) * hop)),
    )
    const alone = hops.map((pieces, i) => speakPieces(pieces, vocoder.noise(i)))
    const streams = mels.map((_, i) => vocoder.open(vocoder.noise(i)))
    const made = mels.map((): Float32Array[] => [])
    let shared = 0
    for (let turn = 0; turn < 4; turn++) {
      const here = streams.flatMap((stream, i) => {
        const mel = hops[i]![turn - i]
        return mel === undefined ? [] : [{ i, request: { stream, mel, ended: turn === 3 } }]
      })
      const keys = [...new Set(here.map(({ request }) => vocoder.key(request)))]
      for (const key of keys) {
        const group = here.filter(({ request }) => vocoder.key(request) === key)
        if (group.length > 1) shared++
        const samples = vocoder.pushTogether(group.map(({ request }) => request))
        for (const [at, each] of samples.entries()) made[group[at]!.i]!.push(each)
      }
    }
    assert.ok(shared >= 2, `${shared} runs were shared`)
    for (const [i, parts] of made.entries()) {
      const worst = maxDifference(concatFloats(parts), alone[i]!)
      assert.ok(worst < 1e-5, `utterance ${i}: ${worst}`)
    }
    const [one, other] = [vocoder.open(ZERO_NOISE), vocoder.open(ZERO_NOISE)]
    const longer = { stream: other, mel: mel120.subarray(0, 30 * MELS), ended: false }
    assert.throws(
      () => vocoder.begin({ stream: one, mel: mel120.subarray(0, 20 * MELS), ended: false }, longer),
      /not in step/,
    )
  })

  it('utterances in turns are bit for bit what they are alone', () => {
    const random = new SeededRandom(9)
    const mels = [0, 1].map(() => randomMel(random, 70, MELS))
    const pieces = mels.map((mel) => cutMel(random, mel, MELS, 25))
    const alone = pieces.map((each) => speakPieces(each))
    const streams = mels.map(() => vocoder.open(vocoder.noise(1)))
    const made = mels.map((): Float32Array[] => [])
    for (let turn = 0; turn < Math.max(...pieces.map(({ length }) => length)); turn++)
      for (const i of [0, 1]) {
        const mel = pieces[i]![turn]
        if (mel === undefined) continue
        const ended = turn === pieces[i]!.length - 1
        made[i]!.push(vocoder.push(streams[i]!, mel, { ended }))
      }
    for (const i of [0, 1]) assert.deepEqual(concatFloats(made[i]!), alone[i])
  })
})

it('work that was given up or failed is as if it had never begun', () => {
  const random = new SeededRandom(31)
  const pieces = cutMel(random, mel120, MELS, 30)
  const expected = speakPieces(pieces)
  assert.deepEqual(pushShakily(vocoder, vocoder.open(vocoder.noise(1)), pieces, shaky), expected)
})

it('a run that cannot be bound leaves the utterance as it was', async () => {
  const full = fullRuntime(runtime)
  const other = await loadTinyCausalVocoder(full.runtime, tiny)
  const stream = other.open(ZERO_NOISE)
  const first = other.push(stream, mel120.subarray(0, 50 * MELS))
  full.isFull = true
  assert.throws(() => other.push(stream, mel120.subarray(50 * MELS), { ended: true }), /no memory today/)
  full.isFull = false
  const rest = other.push(stream, mel120.subarray(50 * MELS), { ended: true })
  assert.ok(maxDifference(concatFloats([first, rest]), speakWhole(mel120, ZERO_NOISE)) < 1e-5)
  other.release()
})

it('says what a stream keeps', () => {
  // Contexts of every causal layer twice, four frames of mel, a frame of source and its margin.
  const beside = 4 * (4 * MELS + FRAME + 8)
  assert.ok(vocoder.stateBytes > beside)
  assert.equal((vocoder.stateBytes - beside) % 8, 0)
})

it('in half precision the samples stay close', async () => {
  const half = await loadTinyCausalVocoder(runtime, await convertTinyDit(join(folder, 'half'), 'fp16'))
  const made = half.push(half.open(ZERO_NOISE), mel120, { ended: true })
  assert.ok(snrDb(made, speakWhole(mel120, ZERO_NOISE)) > 20)
  half.release()
})
