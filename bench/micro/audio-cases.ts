/** Rings, resampler, WAV reading and encoders: what happens to every sample on its way out. */
import assert from 'node:assert/strict'
import type { AudioFormat } from '../../src/audio/encoders/audio-encoder.ts'
import type { MicroCase } from './micro-case.ts'

const RATE = 24_000
/** A second of two gliding tones, well inside full scale. */
const SECOND = Float32Array.from(
  { length: RATE },
  (_, i) => 0.4 * Math.sin(i * (0.02 + i * 1e-7)) + 0.2 * Math.sin(i * 0.11),
)

const ring: MicroCase = {
  name: 'ring',
  what: '1 s of samples through an audio ring, 20 ms at a time',
  open: async (load) => {
    const { createRing, RingReader, RingWriter } =
      await load<typeof import('../../src/audio/ring.ts')>('src/audio/ring.ts')
    const buffer = createRing(Float32Array, 4800)
    const writer = new RingWriter(Float32Array, buffer)
    const reader = new RingReader(Float32Array, buffer)
    const out = new Float32Array(RATE)
    const run = () => {
      for (let at = 0; at < RATE; at += 480) {
        writer.push(SECOND.subarray(at, at + 480))
        reader.pop(out.subarray(at, at + 480))
      }
    }
    return {
      run,
      check: () => {
        out.fill(0)
        run()
        assert.deepEqual(out, SECOND)
      },
    }
  },
}

const resample: MicroCase = {
  name: 'resample',
  what: '1 s from 24 kHz to 16 kHz in pieces of 200 ms',
  open: async (load) => {
    const { outputResampler } =
      await load<typeof import('../../src/audio/resample.ts')>('src/audio/resample.ts')
    const run = (input = SECOND) => {
      const resampler = outputResampler(RATE, 16_000)!
      const parts: Float32Array[] = []
      for (let at = 0; at < RATE; at += 4800) parts.push(resampler.push(input.subarray(at, at + 4800)))
      parts.push(resampler.finish())
      return parts
    }
    return {
      run,
      check: () => {
        const tone = (rate: number) =>
          Float32Array.from({ length: rate }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rate))
        const got = run(tone(RATE)).flatMap((part) => [...part])
        const expected = tone(16_000)
        assert.equal(got.length, 16_000)
        for (let i = 1000; i < 15_000; i++)
          assert(Math.abs(got[i]! - expected[i]!) < 2e-3, `sample ${i} is ${got[i]}`)
      },
    }
  },
}

const wavParse: MicroCase = {
  name: 'wav-parse',
  what: '10 s of 16-bit mono WAV to samples',
  open: async (load) => {
    const { encodeWav } =
      await load<typeof import('../../src/audio/wav-writer.ts')>('src/audio/wav-writer.ts')
    const { decodeWav } =
      await load<typeof import('../../src/audio/wav-reader.ts')>('src/audio/wav-reader.ts')
    const samples = new Float32Array(10 * RATE)
    for (let at = 0; at < samples.length; at += RATE) samples.set(SECOND, at)
    const file = encodeWav(samples, RATE)
    const run = () => decodeWav(file, { maxSeconds: 60 })
    return {
      run,
      check: () => {
        const { sampleRate, samples: got } = run()
        assert.equal(sampleRate, RATE)
        assert.equal(got.length, samples.length)
        for (let i = 0; i < got.length; i++) assert(Math.abs(got[i]! - samples[i]!) < 1 / 16_000)
      },
    }
  },
}

/** Bytes that a second may become, and how the stream must begin. */
const ENCODED: Readonly<
  Record<AudioFormat, { readonly begin: string; readonly least: number; readonly most: number }>
> = {
  wav: { begin: 'RIFF', least: 48_044, most: 48_044 },
  pcm: { begin: '', least: 48_000, most: 48_000 },
  mulaw: { begin: '', least: 24_000, most: 24_000 },
  mp3: { begin: '', least: 4000, most: 24_000 },
  opus: { begin: 'OggS', least: 1000, most: 24_000 },
  flac: { begin: 'fLaC', least: 5000, most: 48_000 },
  aac: { begin: '\u00ff\u00f1', least: 4000, most: 12_000 },
}

const encoders = (Object.keys(ENCODED) as AudioFormat[]).map(
  (format): MicroCase => ({
    name: `encode-${format}`,
    what: `1 s of samples to ${format} at 24 kHz, in pieces of 200 ms`,
    open: async (load) => {
      const { openEncoder } = await load<typeof import('../../src/audio/encoders/open-encoder.ts')>(
        'src/audio/encoders/open-encoder.ts',
      )
      const run = async () => {
        const encoder = await openEncoder({ format, inputRate: RATE, sampleRate: RATE })
        const parts = [encoder.start()]
        for (let at = 0; at < RATE; at += 4800)
          parts.push(await encoder.encode(SECOND.subarray(at, at + 4800)))
        parts.push(await encoder.finish())
        return parts
      }
      return {
        run,
        check: async () => {
          const bytes = Buffer.concat(await run())
          const { begin, least, most } = ENCODED[format]
          assert.equal(bytes.toString('latin1', 0, begin.length), begin)
          assert(bytes.length >= least && bytes.length <= most, `${bytes.length} bytes`)
          if (format === 'pcm') {
            for (let i = 0; i < RATE; i++)
              assert(Math.abs(bytes.readInt16LE(2 * i) / 32768 - SECOND[i]!) < 1e-4)
          }
        },
      }
    },
  }),
)

export const AUDIO_CASES: readonly MicroCase[] = [ring, resample, wavParse, ...encoders]
