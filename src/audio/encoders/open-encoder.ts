/** From a request for a format to the encoder that does it, with resampling in front where rates differ. */
import assert from 'node:assert/strict'
import { outputResampler } from '../resample.ts'
import { type AudioEncoder, type AudioFormat, checkOutput, type EncoderSpec } from './audio-encoder.ts'
import { mulawEncoder, pcmEncoder, wavEncoder } from './linear-encoder.ts'
import { resamplingEncoder } from './resampling-encoder.ts'

/** Throws INVALID_PARAMETER for a rate that the format cannot have. */
export async function openEncoder(spec: EncoderSpec): Promise<AudioEncoder> {
  checkOutput(spec.format, spec.sampleRate)
  const { inputRate, sampleRate, totalSamples } = spec
  if (spec.format === 'opus') {
    const { OpusEncoder, opusRate } = await import('./opus-encoder.ts')
    const rate = opusRate(sampleRate)
    const encoder = new OpusEncoder(rate, sampleRate)
    return counted(resamplingEncoder(outputResampler(inputRate, rate), encoder), totalSamples)
  }
  const resampler = outputResampler(inputRate, sampleRate)
  const total = resampledLength(spec)
  const codec = await openCodec(spec.format, sampleRate, total)
  return counted(resamplingEncoder(resampler, codec), totalSamples)
}

async function openCodec(
  format: Exclude<AudioFormat, 'opus'>,
  sampleRate: number,
  total: number | undefined,
): Promise<AudioEncoder> {
  switch (format) {
    case 'wav':
      return wavEncoder(sampleRate, total)
    case 'pcm':
      return pcmEncoder()
    case 'mulaw':
      return mulawEncoder()
    case 'mp3':
      return (await import('./mp3-encoder.ts')).Mp3Encoder.open(sampleRate, total)
    case 'flac':
      return (await import('./flac-encoder.ts')).FlacEncoder.open(sampleRate, total)
    case 'aac':
      return (await import('./aac-encoder.ts')).AacEncoder.open(sampleRate)
    default:
      return format satisfies never
  }
}

function resampledLength({ inputRate, sampleRate, totalSamples }: EncoderSpec): number | undefined {
  return totalSamples === undefined ? undefined : Math.ceil((totalSamples * sampleRate) / inputRate)
}

/** A header that promised a length must be followed by it. */
function counted(encoder: AudioEncoder, totalSamples: number | undefined): AudioEncoder {
  if (totalSamples === undefined) return encoder
  let samples = 0
  return {
    start: () => encoder.start(),
    encode: (piece) => {
      samples += piece.length
      return encoder.encode(piece)
    },
    finish: () => {
      assert.equal(samples, totalSamples, 'samples that came differ from those that were announced')
      return encoder.finish()
    },
    close: () => encoder.close(),
  }
}
