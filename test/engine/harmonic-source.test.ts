import assert from 'node:assert/strict'
import { it } from 'node:test'
import { concatFloats } from '../../src/core/float-arrays.ts'
import {
  type HarmonicSettings,
  HarmonicSource,
  type SourceNoise,
  seededNoise,
  ZERO_NOISE,
} from '../../src/engine/vocoder/harmonic-source.ts'
import { goldenFloats, maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

const HARMONICS = 9
const f0 = goldenFloats('hift/f0').data
const base: HarmonicSettings = {
  sampleRate: 24_000,
  frameSamples: 480,
  amplitude: 0.1,
  voicedNoise: 0.003,
  voicedThreshold: 10,
  weights: Float32Array.from({ length: HARMONICS }, (_, h) => 0.3 - 0.05 * h),
  bias: 0.02,
}

it('each harmonic is the reference’s sine, silent where there is no voice', () => {
  const sines = goldenFloats('hift/sines_zero_first5').data
  for (let harmonic = 0; harmonic < HARMONICS; harmonic++) {
    const weights = new Float32Array(HARMONICS)
    weights[harmonic] = 1
    const made = new HarmonicSource({ ...base, weights, bias: 0 }, ZERO_NOISE)
      .extend(f0, true)
      .subarray(0, 2400)
    const expected = Float32Array.from(made, (_, i) => sines[i * HARMONICS + harmonic]!)
    // The merge's tanh is taken off again.
    assert(maxDifference(made.map(Math.atanh), expected) < 1e-4, `harmonic ${harmonic}`)
  }
  assert(
    f0.subarray(0, 5).some((hz) => hz > 10),
    'the stored frames have voice',
  )
})

it('frames that come in any cuts give the same samples, bit for bit', () => {
  const random = new SeededRandom(21)
  for (const noise of [ZERO_NOISE, seededNoise(7)]) {
    const whole = new HarmonicSource(base, noise).extend(f0, true)
    assert.equal(whole.length, f0.length * 480)
    for (let round = 0; round < 30; round++) {
      let source = new HarmonicSource(base, noise)
      const parts: Float32Array[] = []
      for (let at = 0; at < f0.length; ) {
        const count = 1 + random.below(40)
        const end = at + count >= f0.length
        // A fork that is given up leaves no trace.
        if (random.next() < 0.3) source.fork().extend(f0.subarray(0, 3), true)
        if (random.next() < 0.3) source = source.fork()
        parts.push(source.extend(f0.subarray(at, at + count), end))
        const frames = Math.min(f0.length, at + count)
        const made = parts.reduce((sum, { length }) => sum + length, 0)
        assert.equal(made, end ? frames * 480 : frames * 480 - 240, 'up to the last frame’s centre')
        at += count
      }
      assert.deepEqual(concatFloats(parts), whole)
    }
  }
})

it('noise has a third of the amplitude without voice, the voiced deviation with it, and follows the seed', () => {
  const noise = (hz: number, seed: number) => {
    const settings = { ...base, bias: 0, weights: new Float32Array(HARMONICS).fill(1 / 3) }
    const frames = new Float32Array(40).fill(hz)
    const noisy = new HarmonicSource(settings, seededNoise(seed)).extend(frames, true)
    const silent = new HarmonicSource(settings, ZERO_NOISE).extend(frames, true)
    return noisy.map((value, i) => Math.atanh(value) - Math.atanh(silent[i]!))
  }
  const deviation = (values: Float32Array) => Math.hypot(...values) / Math.sqrt(values.length)
  // Nine weights of ⅓ have norm 1.
  assert(Math.abs(deviation(noise(0, 1)) / (0.1 / 3) - 1) < 0.03)
  assert(Math.abs(deviation(noise(200, 1)) / 0.003 - 1) < 0.03)
  assert.deepEqual(noise(200, 5), noise(200, 5))
  assert.notDeepEqual(noise(200, 5), noise(200, 6))
})

it('each harmonic’s noise is merged by its weight', () => {
  const given = goldenFloats('hift/noise5').data
  const merging: SourceNoise = (first, merged, weights) => {
    for (let i = 0; i < merged.length; i++)
      for (let h = 0; h < HARMONICS; h++) merged[i]! += weights[h]! * given[(first + i) * HARMONICS + h]!
  }
  const silent = new HarmonicSource(base, ZERO_NOISE).extend(f0.subarray(0, 5), true).map(Math.atanh)
  const noisy = new HarmonicSource(base, merging).extend(f0.subarray(0, 5), true).map(Math.atanh)
  for (let i = 0; i < 2400; i += 7) {
    const voiced = f0[Math.floor(i / 480)]! > 10
    const sum = base.weights.reduce((all, weight, h) => all + weight * given[i * HARMONICS + h]!, 0)
    assert(Math.abs(noisy[i]! - silent[i]! - sum * (voiced ? 0.003 : 0.1 / 3)) < 1e-5, `sample ${i}`)
  }
})
