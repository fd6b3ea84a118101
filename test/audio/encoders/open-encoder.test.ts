/** Encoders by decoding what they made: exact length, in place, and the same bytes whatever the company or the cut. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import decodeAac from '@audio/decode-aac'
import decodeFlac from '@audio/decode-flac'
import decodeMp3 from '@audio/decode-mp3'
import decodeOpus from '@audio/decode-opus'
import {
  AUDIO_FORMATS,
  checkOutput,
  type EncoderSpec,
  formatFacts,
} from '../../../src/audio/encoders/audio-encoder.ts'
import { openEncoder } from '../../../src/audio/encoders/open-encoder.ts'
import { MULAW_TO_LINEAR } from '../../../src/audio/g711.ts'
import { toInt16 } from '../../../src/audio/pcm.ts'
import { outputResampler } from '../../../src/audio/resample.ts'
import { decodeWav } from '../../../src/audio/wav-reader.ts'
import { TtsError } from '../../../src/core/errors.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'
import { concat, cut, noise, snrDb } from '../signals.ts'
import { encodeAll, encodeParts, INPUT_RATE, voice } from './encode-all.ts'
import { opusPackets } from './ogg-page.ts'

function at(rate: number, samples = voice): Float32Array {
  const resampler = outputResampler(INPUT_RATE, rate)
  return resampler === undefined ? samples : concat([resampler.push(samples), resampler.finish()])
}

/** ADTS tells no length: its decoded audio begins late and ends with a whole frame. */
const EXACT = AUDIO_FORMATS.filter((format) => format !== 'aac')
type ExactFormat = (typeof EXACT)[number]

/** What a decoder gives back, per format. */
async function decoded(format: ExactFormat, bytes: Uint8Array, rate: number): Promise<Float32Array> {
  switch (format) {
    case 'wav':
      return decodeWav(bytes, { maxSeconds: 30 }).samples
    case 'pcm':
      return Float32Array.from(new Int16Array(bytes.slice().buffer), (value) => value / 32768)
    case 'mulaw':
      return Float32Array.from(bytes, (code) => MULAW_TO_LINEAR[code]! / 32768)
    case 'mp3':
    case 'opus':
    case 'flac': {
      const decode = { mp3: decodeMp3, opus: decodeOpus, flac: decodeFlac }[format]
      const { channelData, sampleRate } = await decode(bytes)
      assert.equal(sampleRate, rate)
      return channelData[0]!
    }
    default:
      return format satisfies never
  }
}

/** Lowest SNR that a codec's loss is allowed to leave. */
const SNR: Readonly<Record<ExactFormat, number>> = {
  wav: 70,
  pcm: 70,
  flac: 70,
  mulaw: 30,
  mp3: 15,
  opus: 12,
}

describe('what is decoded', () => {
  for (const format of EXACT) {
    for (const sampleRate of [8000, 16000, 22050, 24000, 44100, 48000]) {
      it(`${format} at ${sampleRate} Hz is the input, exactly as long, where the length was known`, async () => {
        const bytes = await encodeAll({ format, sampleRate, totalSamples: voice.length })
        // Opus always decodes at 48 kHz; at 8 kHz it carries only what 8 kHz can.
        const rate = format === 'opus' ? 48000 : sampleRate
        const expected = format === 'opus' ? at(48000, roundTrip(sampleRate)) : at(rate)
        const got = await decoded(format, bytes, rate)
        if (format === 'opus') assert(Math.abs(got.length - expected.length) < 48000 / sampleRate + 2)
        else assert.equal(got.length, expected.length)
        const length = Math.min(got.length, expected.length)
        const snr = snrDb(got.subarray(0, length), expected.subarray(0, length))
        assert(snr > SNR[format], `${snr.toFixed(1)} dB`)
      })
    }
  }

  it('is exactly as long in Ogg Opus at 24 and 48 kHz, known length or not, for any number of samples', async () => {
    for (const length of [0, 1, 323, 324, 325, 479, 480, 481, 960, 24_000, 33_333]) {
      for (const totalSamples of [undefined, length]) {
        for (const sampleRate of [24000, 48000]) {
          const spec = {
            format: 'opus',
            sampleRate,
            ...(totalSamples === undefined ? {} : { totalSamples }),
          } as const
          const bytes = await encodeAll(spec, voice.subarray(0, length))
          const { channelData } = await decodeOpus(bytes)
          assert.equal(channelData[0]?.length ?? 0, 2 * length, `${length} samples at ${sampleRate} Hz`)
        }
      }
    }
  })

  it('is exactly as long in MP3 of known length, for any number of samples', async () => {
    for (const length of [1, 575, 576, 577, 1152, 9999, 24_000]) {
      for (const sampleRate of [8000, 24000, 44100]) {
        const bytes = await encodeAll(
          { format: 'mp3', sampleRate, totalSamples: length },
          voice.subarray(0, length),
        )
        const { channelData } = await decodeMp3(bytes)
        assert.equal(
          channelData[0]!.length,
          Math.ceil((length * sampleRate) / INPUT_RATE),
          `${length} samples`,
        )
      }
    }
  })

  it('begins 1105 samples late in MP3 of unknown length, and is whole', async () => {
    const { channelData } = await decodeMp3(await encodeAll({ format: 'mp3', sampleRate: 24000 }))
    const got = channelData[0]!.subarray(1105, 1105 + voice.length)
    assert(snrDb(got, voice) > SNR.mp3)
  })

  it('is whole in AAC, up to the end of a frame, for any number of samples', async () => {
    for (const sampleRate of [8000, 16000, 22050, 24000, 44100, 48000]) {
      for (const length of [1, 1023, 1024, 1025, voice.length]) {
        const piece = voice.subarray(0, length)
        const bytes = await encodeAll({ format: 'aac', sampleRate }, piece)
        const { channelData, sampleRate: rate } = await decodeAac(bytes)
        // This decoder doubles low rates, for a band that might be there in another form of AAC.
        const times = sampleRate > 24_000 ? 1 : 2
        assert.equal(rate, times * sampleRate)
        const samples = at(sampleRate, piece).length
        // It leaves out the first frame, in which nothing is heard yet.
        const frames = Math.ceil(samples / 1024)
        const got = channelData[0]!
        assert.equal(got.length, times * frames * 1024, `${length} samples at ${sampleRate} Hz`)
        if (length < voice.length || times > 1) continue
        const snr = snrDb(got.subarray(0, samples), at(sampleRate, piece))
        assert(snr > 12, `${snr.toFixed(1)} dB at ${sampleRate} Hz`)
      }
    }
  })

  it('loses nothing in FLAC, of known length or not', async () => {
    const samples = noise(new SeededRandom(4), 5000, 1.2)
    for (const known of [true, false]) {
      const spec = {
        format: 'flac',
        sampleRate: 24000,
        ...(known ? { totalSamples: samples.length } : {}),
      } as const
      const { channelData } = await decodeFlac(await encodeAll(spec, samples))
      // This decoder divides by 32767.
      const integers = Int16Array.from(channelData[0]!, (value) => Math.round(value * 32767))
      assert.deepEqual(integers, toInt16(samples))
    }
  })
})

/** Down to a rate and back: what is left of the voice at that rate. */
function roundTrip(rate: number): Float32Array {
  const lowest = [8000, 12000, 16000, 24000, 48000].find((opus) => opus >= rate)!
  const there = outputResampler(INPUT_RATE, lowest)
  if (there === undefined) return voice
  const back = outputResampler(lowest, INPUT_RATE)!
  const low = concat([there.push(voice), there.finish()])
  return concat([back.push(low), back.finish()])
}

describe('streams', () => {
  it('of every format give the same audio bytes for any cut of the input', async () => {
    const random = new SeededRandom(6)
    for (const format of AUDIO_FORMATS) {
      const spec: EncoderSpec = { format, inputRate: INPUT_RATE, sampleRate: 16000 }
      const whole = await encodeParts(spec, [voice])
      const pieces = await encodeParts(spec, cut(random, voice, 3000))
      // Opus packets are the same, but a page ends where a call ended.
      const essence =
        format === 'opus' ? (parts: Uint8Array[]) => opusPackets(Buffer.concat(parts)) : Buffer.concat
      assert.deepEqual(essence(pieces), essence(whole), format)
    }
  })

  it('do not disturb each other: many interleaved ones give what each gives alone', async () => {
    for (const [format, company] of [
      ['mp3', 100],
      ['opus', 100],
      ['flac', 100],
      // A thread each.
      ['aac', 10],
    ] as const) {
      const spec: EncoderSpec = { format, inputRate: INPUT_RATE, sampleRate: 24000 }
      const short = voice.subarray(0, 9600)
      const alone = Buffer.concat(await encodeParts(spec, [short]))
      const encoders = await Promise.all(Array.from({ length: company }, () => openEncoder(spec)))
      const outputs = encoders.map((encoder) => [encoder.start()])
      for (let from = 0; from < short.length; from += 2400) {
        for (const [i, encoder] of encoders.entries())
          outputs[i]!.push(await encoder.encode(short.subarray(from, from + 2400)))
      }
      for (const [i, encoder] of encoders.entries()) outputs[i]!.push(await encoder.finish())
      for (const output of outputs) {
        if (format === 'opus') assert.deepEqual(opusPackets(Buffer.concat(output)), opusPackets(alone))
        else assert.deepEqual(Buffer.concat(output), alone, format)
      }
    }
  })

  it('that were closed in the middle leave nothing behind for the next one', async () => {
    for (const format of AUDIO_FORMATS) {
      const spec: EncoderSpec = { format, inputRate: INPUT_RATE, sampleRate: 24000 }
      const before = Buffer.concat(await encodeParts(spec, [voice]))
      const dropped = await openEncoder(spec)
      dropped.start()
      await dropped.encode(voice.subarray(0, 7001))
      dropped.close()
      dropped.close()
      assert.deepEqual(Buffer.concat(await encodeParts(spec, [voice])), before, format)
    }
  })

  it('give bytes soon: 100 ms of input give bytes with the call that brought them', async () => {
    for (const format of AUDIO_FORMATS) {
      const encoder = await openEncoder({ format, inputRate: INPUT_RATE, sampleRate: 24000 })
      encoder.start()
      assert((await encoder.encode(voice.subarray(0, 2400))).length > 50, format)
      encoder.close()
    }
  })

  it('that announced a length must keep it', async () => {
    const encoder = await openEncoder({
      format: 'wav',
      inputRate: INPUT_RATE,
      sampleRate: 16000,
      totalSamples: 100,
    })
    await encoder.encode(new Float32Array(99))
    assert.throws(() => encoder.finish(), /differ from those that were announced/)
  })
})

describe('what may be asked', () => {
  it('rates outside a format’s own are refused with expected and got', async () => {
    for (const [format, rate] of [
      ['wav', 7999],
      ['pcm', 48001],
      ['opus', 16000.5],
      ['mp3', 16001],
      ['aac', 8001],
      ['flac', Number.NaN],
    ] as const) {
      assert.throws(
        () => checkOutput(format, rate),
        (error) => {
          assert(error instanceof TtsError)
          assert.equal(error.code, 'INVALID_PARAMETER')
          assert.match(error.detail, new RegExp(`^expected .* for ${format}, got ${rate}$`))
          return true
        },
      )
      await assert.rejects(openEncoder({ format, inputRate: INPUT_RATE, sampleRate: rate }), TtsError)
    }
  })

  it('every format has a media type and a file extension', () => {
    const facts = AUDIO_FORMATS.map((format) => {
      const { contentType, extension } = formatFacts(format, 16000)
      return [format, contentType, extension]
    })
    assert.deepEqual(facts, [
      ['wav', 'audio/wav', 'wav'],
      ['pcm', 'audio/pcm;rate=16000;channels=1;format=s16le', 'pcm'],
      ['mulaw', 'audio/PCMU;rate=16000;channels=1', 'ulaw'],
      ['mp3', 'audio/mpeg', 'mp3'],
      ['opus', 'audio/ogg;codecs=opus', 'ogg'],
      ['flac', 'audio/flac', 'flac'],
      ['aac', 'audio/aac', 'aac'],
    ])
    assert.equal(formatFacts('mulaw', 8000).contentType, 'audio/basic')
  })
})
