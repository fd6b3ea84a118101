/** Hostile WAV files: what is none, what is cut, what claims the impossible, and mutants of good ones. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { TtsError } from '../../src/core/errors.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { workOf } from '../helpers/work.ts'
import { chunk, fmtBody, type Layout, riff, wavOf } from './wav-files.ts'
import {
  assertRefused,
  four,
  fourSamples,
  limits,
  mono16,
  randomBytes,
  randomData,
  refusal,
  samplesOf,
} from './wav-reading.ts'

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

function mutate(random: SeededRandom, file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file)
  for (let i = random.below(4); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256)
  if (random.below(4) === 0) return bytes.subarray(0, random.below(bytes.length + 1))
  if (random.below(4) > 0) return bytes
  const at = random.below(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), randomBytes(random, random.below(5)), bytes.subarray(at)])
}
