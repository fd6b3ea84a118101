/** WAV reading: every layout against an independent decoder, every hostile row of the plan, and mutated files. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import oracle from '@audio/decode-wav'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { TtsError } from '../../src/core/errors.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { workOf } from '../helpers/work.ts'
import { chunk, fmtBody, int16Bytes, type Layout, riff, wavOf } from './wav-files.ts'

const limits = { maxSeconds: 30 }
const mono16: Layout = { tag: 'pcm', bits: 16, channels: 1, sampleRate: 16000 }
const four = int16Bytes([0, 16384, -32768, 32767])
const fourSamples = [0, 0.5, -1, 32767 / 32768]

function samplesOf(file: Uint8Array): number[] {
  return [...decodeWav(file, limits).samples]
}

function refusal(file: Uint8Array): TtsError {
  try {
    decodeWav(file, limits)
  } catch (error) {
    assert(error instanceof TtsError, `expected a TtsError, got ${error}`)
    return error
  }
  throw new assert.AssertionError({ message: 'expected a refusal, got a recording' })
}

function assertRefused(file: Uint8Array, detail: RegExp): void {
  const { code, message, detail: got } = refusal(file)
  assert.deepEqual([code, message], ['UNSUPPORTED_AUDIO', 'Unsupported audio format'])
  assert.match(got, detail)
}

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

describe('hostile files', () => {
  const fmt = chunk('fmt ', fmtBody(mono16))
  const data = chunk('data', four)

  it('what is no WAV gets the documented answer, word for word', () => {
    const whole = wavOf(mono16, four)
    const others: Record<string, Uint8Array> = {
      empty: new Uint8Array(0),
      short: whole.subarray(0, 11),
      mp3: Buffer.from('ID3\x04\0\0\0\0\0\0\0\0\0'),
      ogg: Buffer.from('OggS\0\x02\0\0\0\0\0\0\0\0\0'),
      flac: Buffer.from('fLaC\0\0\0\x22\0\0\0\0\0'),
      aiff: Buffer.from('FORM\0\0\0\x10AIFFCOMM'),
      text: Buffer.from('this is no sound at all, it is text'),
      avi: Buffer.from('RIFF\x10\0\0\0AVI LIST'),
      rifx: Buffer.from('RIFX\0\0\0\x10WAVEfmt '),
    }
    for (const [name, file] of Object.entries(others)) {
      const { code, status, message, detail } = refusal(file)
      assert.deepEqual(
        { code, status, message, detail },
        {
          code: 'UNSUPPORTED_AUDIO',
          status: 400,
          message: 'Unsupported audio format',
          detail: 'Only WAV format is supported',
        },
        name,
      )
    }
  })

  it('a header cut anywhere is refused', () => {
    const file = wavOf(mono16, four)
    for (let length = 12; length < 44; length++) assertRefused(file.subarray(0, length), /^expected .*, got /)
  })

  it('impossible formats are refused with expected and got', () => {
    const cases: readonly (readonly [Layout, Parameters<typeof fmtBody>[1], RegExp])[] = [
      [{ ...mono16, sampleRate: 0 }, {}, /sample rate of 8000–192000 Hz, got 0 Hz$/],
      [{ ...mono16, sampleRate: 1 }, {}, /got 1 Hz$/],
      [{ ...mono16, sampleRate: 7999 }, {}, /got 7999 Hz$/],
      [{ ...mono16, sampleRate: 192001 }, {}, /got 192001 Hz$/],
      [{ ...mono16, sampleRate: 1e9 }, {}, /got 1000000000 Hz$/],
      [{ ...mono16, channels: 0 }, {}, /1–8 channels, got 0$/],
      [{ ...mono16, channels: 9 }, {}, /1–8 channels, got 9$/],
      [{ ...mono16, channels: 65535 }, {}, /1–8 channels, got 65535$/],
      [{ ...mono16, bits: 0 }, {}, /format 0x0001 of 0 bits$/],
      [{ ...mono16, bits: 7 }, {}, /of 7 bits$/],
      [{ ...mono16, bits: 12 }, {}, /of 12 bits$/],
      [{ ...mono16, bits: 64 }, {}, /of 64 bits$/],
      [{ ...mono16, tag: 'float', bits: 16 }, {}, /format 0x0003 of 16 bits$/],
      [{ ...mono16, tag: 'mulaw' }, {}, /format 0x0007 of 16 bits$/],
      [mono16, { block: 0 }, /blocks of 2 bytes \(1 × 16 bits\), got 0$/],
      [mono16, { block: 1 }, /got 1$/],
      [mono16, { block: 65535 }, /got 65535$/],
      [{ ...mono16, bits: 4 }, { tag: 2 }, /got ADPCM of 4 bits$/],
      [{ ...mono16, bits: 4 }, { tag: 0x11 }, /got ADPCM of 4 bits$/],
      [mono16, { tag: 0x55 }, /got mp3 of 16 bits$/],
      [mono16, { bytes: 15 }, /at least 16 bytes, got 15$/],
      [{ ...mono16, validBits: 16 }, { bytes: 39 }, /at least 40 bytes, got 39$/],
      [{ ...mono16, validBits: 17 }, {}, /at most 16 valid bits in a 16-bit container, got 17$/],
      [{ ...mono16, validBits: 16 }, { guidTail: 0 }, /got another GUID$/],
    ]
    for (const [layout, lies, detail] of cases) {
      assertRefused(riff(chunk('fmt ', fmtBody(layout, lies)), data), detail)
    }
  })

  it('doubled, missing and endless chunks are refused', () => {
    assertRefused(riff(fmt, fmt, data), /one fmt chunk, got two/)
    assertRefused(riff(fmt, data, data), /one data chunk, got two/)
    assertRefused(riff(data), /a fmt chunk, got none/)
    assertRefused(riff(fmt), /a data chunk, got none/)
    assertRefused(
      riff(chunk('fmt ', fmtBody(mono16), { size: 0xffffffff }), data),
      /fmt chunk of 4294967295 bytes/,
    )
    assertRefused(
      riff(fmt, chunk('junk', Buffer.from('ab'), { size: 0xffffffff }), data),
      /data chunk, got none/,
    )
    assertRefused(riff(fmt, chunk('data', four, { size: 0 }).subarray(0, 7)), /data chunk, got none/)
  })

  it('samples that are no numbers, or on no scale, are refused wherever they are; very small ones are not', () => {
    const float32 = (values: number[], channels = 1) =>
      wavOf({ ...mono16, tag: 'float', bits: 32, channels }, Buffer.from(Float32Array.from(values).buffer))
    assertRefused(float32([0, Number.NaN]), /^expected finite samples, got NaN at sample 1$/)
    assertRefused(float32([Number.POSITIVE_INFINITY]), /got Infinity at sample 0$/)
    assertRefused(float32([0, Number.POSITIVE_INFINITY, 0, 0], 2), /got Infinity at sample 0$/)
    assertRefused(float32([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 2), /got NaN at sample 0$/)
    const beyondFloat32 = Buffer.from(Float64Array.of(1e300).buffer)
    assertRefused(wavOf({ ...mono16, tag: 'float', bits: 64 }, beyondFloat32), /got Infinity at sample 0$/)
    assertRefused(float32([0, 1e30]), /^expected samples within ±65536, got 1\S*e\+\d\d at sample 1$/)
    assertRefused(float32([-70_000]), /got -70000 at sample 0$/)
    const denormal = 2 ** -149
    assert.deepEqual(samplesOf(float32([32_768, -denormal])), [32_768, -denormal])
  })

  it('a recording over the limit is refused from its header, before any memory is taken', () => {
    const rate = 8000
    const long = (frames: number) => wavOf({ ...mono16, bits: 8, sampleRate: rate }, new Uint8Array(frames))
    assert.equal(decodeWav(long(30 * rate), limits).samples.length, 30 * rate)
    const slightly = refusal(long(30 * rate + 1))
    assert.deepEqual(
      [slightly.code, slightly.message, slightly.detail],
      ['AUDIO_TOO_LONG', 'Audio too long', 'expected at most 30 s, got 30.01 s'],
    )
    // 40 MB of 8-bit samples would become 160 MB.
    const huge = long(40e6)
    const before = process.memoryUsage().arrayBuffers
    assert.match(refusal(huge).detail, /^expected at most 30 s, got 5000 s$/)
    assert(process.memoryUsage().arrayBuffers - before < 1e6)
  })

  it('a file of nothing but tiny chunks is walked in linear time', () => {
    const tiny = riff(Buffer.alloc(8e6, chunk('junk', Buffer.alloc(0))), fmt, data)
    assert(workOf(() => assert.deepEqual(samplesOf(tiny), fourSamples)) < 2000)
  })

  it('mutated files end in a refusal or in finite samples, never in another error', () => {
    const random = new SeededRandom(8)
    let decoded = 0
    for (let i = 0; i < 20000; i++) {
      const layout: Layout = {
        ...random.pick<Pick<Layout, 'tag' | 'bits'>>([
          { tag: 'pcm', bits: 16 },
          { tag: 'pcm', bits: 24 },
          { tag: 'float', bits: 32 },
          { tag: 'mulaw', bits: 8 },
        ]),
        channels: 1 + random.below(3),
        sampleRate: random.pick([8000, 16000, 48000]),
        ...(random.below(2) === 0 ? {} : { validBits: 8 }),
      }
      const file = mutate(
        random,
        riff(
          chunk('LIST', randomBytes(random, random.below(9))),
          chunk('fmt ', fmtBody(layout)),
          chunk('data', randomData(random, layout, 20)),
        ),
      )
      try {
        const { samples, sampleRate } = decodeWav(file, { maxSeconds: 0.001 })
        assert(sampleRate >= 8000 && samples.length <= sampleRate / 1000 && samples.every(Number.isFinite))
        decoded++
      } catch (error) {
        assert(error instanceof TtsError, String(error))
        assert(['UNSUPPORTED_AUDIO', 'AUDIO_TOO_LONG'].includes(error.code), error.code)
      }
    }
    assert(decoded > 1000, `only ${decoded} of the mutated files were still readable`)
  })
})

function randomBytes(random: SeededRandom, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)))
}

function randomData(random: SeededRandom, { tag, bits, channels }: Layout, frames: number): Buffer {
  const count = frames * channels
  if (tag !== 'float') return randomBytes(random, (count * bits) / 8)
  const values = Array.from({ length: count }, () => random.next() * 2 - 1)
  return Buffer.from(bits === 32 ? Float32Array.from(values).buffer : Float64Array.from(values).buffer)
}

function mutate(random: SeededRandom, file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file)
  for (let i = random.below(4); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256)
  if (random.below(4) === 0) return bytes.subarray(0, random.below(bytes.length + 1))
  if (random.below(4) > 0) return bytes
  const at = random.below(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), randomBytes(random, random.below(5)), bytes.subarray(at)])
}

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
