/** WAV reading: every layout against an independent decoder, and chunks in any order. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import oracle from '@audio/decode-wav'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { chunk, fmtBody, int16Bytes, type Layout, riff, wavOf } from './wav-files.ts'
import { assertRefused, four, fourSamples, limits, mono16, randomData, samplesOf } from './wav-reading.ts'

describe('layouts', () => {
  const kinds: readonly Pick<Layout, 'tag' | 'bits'>[] = [
    { tag: 'pcm', bits: 8 },
    { tag: 'pcm', bits: 16 },
    { tag: 'pcm', bits: 24 },
    { tag: 'pcm', bits: 32 },
    { tag: 'float', bits: 32 },
    { tag: 'float', bits: 64 },
    { tag: 'alaw', bits: 8 },
    { tag: 'mulaw', bits: 8 },
  ]

  it('decodes every sample type, plain and extensible, with 1–8 channels as the oracle does', () => {
    const random = new SeededRandom(81)
    for (const kind of kinds) {
      for (let channels = 1; channels <= 8; channels++) {
        for (const extensible of [false, true]) {
          const layout: Layout = {
            ...kind,
            channels,
            sampleRate: random.pick([8000, 11025, 16000, 44100, 48000, 192000]),
            ...(extensible ? { validBits: kind.bits === 32 && kind.tag === 'pcm' ? 24 : kind.bits } : {}),
          }
          const file = wavOf(layout, randomData(random, layout, 1 + random.below(300)))
          const { samples, sampleRate } = decodeWav(file, limits)
          assert.equal(sampleRate, layout.sampleRate)
          assertClose(samples, oracleMean(file, layout), `${JSON.stringify(layout)}`)
        }
      }
    }
  })

  it('scales integers by 2^(bits − 1), so that the lowest code is −1', () => {
    assert.deepEqual(samplesOf(wavOf(mono16, four)), fourSamples)
    const bits8 = wavOf({ ...mono16, bits: 8 }, Buffer.from([0, 128, 255]))
    assert.deepEqual(samplesOf(bits8), [-1, 0, 127 / 128])
    const bits24 = wavOf({ ...mono16, bits: 24 }, Buffer.from([0, 0, 0x80, 0, 0, 0x40, 0xff, 0xff, 0xff]))
    assert.deepEqual(samplesOf(bits24), [-1, 0.5, Math.fround(-1 / 0x800000)])
  })

  it('mixes channels down by their mean', () => {
    const stereo = { ...mono16, channels: 2 }
    assert.deepEqual(samplesOf(wavOf(stereo, int16Bytes([16384, 0, -16384, 16384]))), [0.25, 0])
  })

  it('reads bytes at any alignment', () => {
    const file = wavOf({ ...mono16, tag: 'float', bits: 64 }, Buffer.from(Float64Array.of(0.5, -0.25).buffer))
    for (let shift = 0; shift < 8; shift++) {
      const shifted = new Uint8Array(file.length + shift)
      shifted.set(file, shift)
      assert.deepEqual(samplesOf(shifted.subarray(shift)), [0.5, -0.25])
    }
  })

  it('reads RF64 with its length in ds64, and without', () => {
    const ds64 = Buffer.alloc(28)
    ds64.writeBigUInt64LE(BigInt(four.length), 8)
    const trailer = chunk('LIST', Buffer.from('INFO'))
    const data = chunk('data', four, { size: 0xffffffff })
    const fmt = chunk('fmt ', fmtBody(mono16))
    for (const outer of ['RF64', 'BW64']) {
      const file = riff(chunk('ds64', ds64), fmt, data, trailer)
      file.set(Buffer.from(outer))
      assert.deepEqual(samplesOf(file), fourSamples)
    }
    assert.deepEqual(samplesOf(riff(fmt, data)), fourSamples)
    ds64.writeBigUInt64LE(2n ** 63n, 8)
    assertRefused(
      riff(chunk('ds64', ds64), fmt, data),
      /^expected 9223372036854776000 bytes of samples, got 8$/,
    )
  })
})

describe('chunks', () => {
  const fmt = chunk('fmt ', fmtBody(mono16))

  it('an open or unknowable length means: to the end of the file', () => {
    for (const size of [0, 0xffffffff, 0xffffffff - 36, 0x7fffffff, 0x7ffff000, 0x80000000]) {
      assert.deepEqual(samplesOf(riff(fmt, chunk('data', four, { size }))), fourSamples)
    }
  })

  it('a length beyond the file is a truncated file, and refused', () => {
    assertRefused(riff(fmt, chunk('data', four, { size: 10 })), /^expected 10 bytes of samples, got 8$/)
  })

  it('skips chunks it does not know, of any size, before and after the samples', () => {
    const list = chunk('LIST', Buffer.from('INFOISFT\0\0\0\0'))
    const odd = chunk('junk', Buffer.from('abc'))
    assert.deepEqual(
      samplesOf(riff(chunk('JUNK', Buffer.alloc(0)), list, fmt, odd, chunk('data', four), list)),
      [...fourSamples],
    )
  })

  it('finds the next chunk after an odd one whose pad byte is missing or is not zero', () => {
    for (const id of ['data', 'LIST', 'cust']) {
      const rest = id === 'data' ? [] : [chunk('data', four)]
      const next = chunk(id, id === 'data' ? four : Buffer.from('INFO'))
      for (const filler of [Buffer.alloc(0), Buffer.from([0]), Buffer.from([0xff])]) {
        const odd = chunk('junk', Buffer.from('abc'), { pad: false })
        assert.deepEqual(
          samplesOf(riff(fmt, odd, filler, next, ...rest)),
          fourSamples,
          `${id} ${filler.length}`,
        )
      }
    }
  })

  it('ignores a last part of a sample, and bytes after the samples that are no chunks', () => {
    assert.deepEqual(
      samplesOf(riff(fmt, chunk('data', Buffer.concat([four, Buffer.from([9])])))),
      fourSamples,
    )
    assert.deepEqual(samplesOf(riff(fmt, chunk('data', four), Buffer.from('ID3?garbage'))), fourSamples)
  })

  it('takes the format also after the samples', () => {
    assert.deepEqual(samplesOf(riff(chunk('data', four), fmt)), fourSamples)
  })

  it('a file without samples is an empty recording', () => {
    assert.deepEqual(samplesOf(riff(fmt, chunk('data', Buffer.alloc(0)))), [])
  })
})

/**
 * The oracle divides positive integers by one less than negative ones, which no format asks for: its samples are turned
 * back into codes and scaled alike.
 */
function oracleMean(file: Uint8Array, { tag, bits }: Layout): number[] {
  const { channelData } = oracle(file)
  const full = 2 ** (bits - 1)
  const undo = (value: number) => (tag === 'pcm' && value > 0 ? (value * (full - 1)) / full : value)
  return Array.from(
    channelData[0]!,
    (_, i) => channelData.reduce((sum, channel) => sum + undo(channel[i]!), 0) / channelData.length,
  )
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, what)
  for (let i = 0; i < actual.length; i++) {
    assert(Math.abs(actual[i]! - expected[i]!) < 2e-7, `${what}: sample ${i}: ${actual[i]} vs ${expected[i]}`)
  }
}
