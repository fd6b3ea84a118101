/** Resampling: parity with torchaudio for prompts; purity, exact lengths and any chunking for output. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { outputResampler, Resampler, resampleLikeReference } from '../../src/audio/resample.ts'
import { referenceKernel } from '../../src/audio/resample-kernel.ts'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { goldenFloats, maxDifference } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { concat, cut, noise, rms, sine, snrDb } from './signals.ts'

function input(name: string): { samples: Float32Array; sampleRate: number } {
  return decodeWav(readFileSync(join(goldenDir, 'inputs', `${name}.wav`)), { maxSeconds: 30 })
}

function resampled(samples: Float32Array, from: number, to: number): Float32Array {
  const resampler = outputResampler(from, to)
  assert(resampler !== undefined)
  return concat([resampler.push(samples), resampler.finish()])
}

describe('like the reference', () => {
  for (const [name, to, expected] of [
    ['prompt_16k', 24000, 'resample_16000_24000'],
    ['prompt_24k', 16000, 'resample_24000_16000'],
    ['prompt_44k1', 16000, 'resample_44100_16000'],
    ['prompt_48k', 24000, 'resample_48000_24000'],
    ['stereo_24k', 16000, 'stereo_24k_to_16k'],
  ] as const) {
    it(`${name} at ${to} Hz equals torchaudio within 1e-5`, () => {
      const { samples, sampleRate } = input(name)
      const got = resampleLikeReference(samples, sampleRate, to)
      assert.equal(got.length, Math.ceil((samples.length * to) / sampleRate))
      // Of some results only the beginning is stored.
      const { data } = goldenFloats(`features/${expected}`)
      assert(data.length >= 8000 && data.length <= got.length)
      const difference = maxDifference(got.subarray(0, data.length), data)
      assert(difference < 1e-5, `largest difference ${difference}`)
    })
  }

  it('takes rates without a common divisor, from the lowest to the highest', () => {
    for (const [from, to] of [
      [8001, 24000],
      [191999, 16000],
    ] as const) {
      const got = resampleLikeReference(sine(1000, from, from / 4), from, to)
      const middle = got.subarray(200, -200)
      assert(snrDb(middle, sine(1000, to, got.length).subarray(200, -200)) > 50)
    }
  })

  it('leaves a recording that has the rate already as it is', () => {
    const samples = sine(440, 16000, 100)
    assert.equal(resampleLikeReference(samples, 16000, 16000), samples)
  })
})

describe('for output', () => {
  const rates = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 23999]

  it('is bit-identical for any chunking', () => {
    const random = new SeededRandom(3)
    const samples = noise(random, 5000)
    for (const to of rates) {
      const whole = resampled(samples, 24000, to)
      for (let round = 0; round < 6; round++) {
        const resampler = outputResampler(24000, to)!
        const parts = cut(random, samples, random.pick([3, 50, 960, 4000])).map((part) =>
          resampler.push(part),
        )
        assert.deepEqual(concat([...parts, resampler.finish()]), whole, `to ${to}`)
      }
    }
  })

  it('gives ⌈n · to / from⌉ samples for every n', () => {
    for (const to of rates) {
      for (const length of [0, 1, 2, 3, 47, 48, 49, 97, 480, 1001]) {
        const got = resampled(new Float32Array(length), 24000, to).length
        assert.equal(got, Math.ceil((length * to) / 24000), `${length} samples to ${to} Hz`)
      }
    }
  })

  it('keeps a tone below 0.42 of the lower rate within 80 dB, in place and in height', () => {
    for (const to of rates) {
      for (const share of [0.01, 0.2, 0.4]) {
        const frequency = share * Math.min(24000, to)
        const got = resampled(sine(frequency, 24000, 12000), 24000, to)
        const expected = sine(frequency, to, got.length)
        const edge = 200
        const snr = snrDb(got.subarray(edge, -edge), expected.subarray(edge, -edge))
        assert(snr > 80, `${frequency} Hz to ${to} Hz: ${snr.toFixed(1)} dB`)
      }
    }
  })

  it('puts what would alias below −90 dB from 0.52 of the lower rate on', () => {
    for (const [frequency, to] of [
      [8320, 16000],
      [11000, 16000],
      [4160, 8000],
      [11500, 22050],
    ] as const) {
      const got = resampled(sine(frequency, 24000, 12000), 24000, to)
      const left = 20 * Math.log10(rms(got.subarray(200, -200)) / (0.5 / Math.SQRT2))
      assert(left < -90, `${frequency} Hz at ${to} Hz: ${left.toFixed(1)} dB`)
    }
  })

  it('loses 1 dB at 0.45 of the lower rate, not more', () => {
    const got = resampled(sine(7200, 24000, 12000), 24000, 16000)
    const left = 20 * Math.log10(rms(got.subarray(200, -200)) / (0.5 / Math.SQRT2))
    assert(left > -1 && left < 0, `${left.toFixed(2)} dB`)
  })

  it('holds back no more input than half its kernel', () => {
    const resampler = outputResampler(24000, 16000)!
    // 32 zero crossings at 16 kHz are 48 samples at 24 kHz.
    assert.equal(resampler.push(new Float32Array(24000)).length, Math.ceil(((24000 - 48) * 2) / 3))
  })

  it('is not needed where the rates agree', () => {
    assert.equal(outputResampler(24000, 24000), undefined)
  })
})

it('a stream far into its life computes as exactly as at its start', () => {
  const resampler = new Resampler(referenceKernel(44100, 16000))
  const second = sine(441, 44100, 44100)
  const seconds = Array.from({ length: 20 }, () => resampler.push(second))
  assert.equal(concat(seconds).length, Math.ceil((20 * 44100 - 18) * (160 / 441)))
  assert.deepEqual(seconds[19], seconds[2])
})
