/** From a request for a format to the encoder that does it, with resampling in front where rates differ. */
import assert from 'node:assert/strict'
import { outputResampler } from '../resample.ts'
import { type AudioEncoder, checkOutputRate, type EncoderSpec } from './audio-encoder.ts'
import { mulawEncoder, pcmEncoder, wavEncoder } from './linear-encoder.ts'
import { resamplingEncoder } from './resampling-encoder.ts'

/** Throws INVALID_PARAMETER for a rate that the format cannot have. */
export async function openEncoder(spec: EncoderSpec): Promise<AudioEncoder> {
  checkOutputRate(spec.format, spec.sampleRate)
  if (spec.format === 'wav' || spec.format === 'pcm' || spec.format === 'mulaw') return openLightEncoder(spec)
  const { inputRate, sampleRate, totalSamples } = spec
  if (spec.format === 'opus') {
    const { OpusEncoder, opusRate } = await import('./opus-encoder.ts')
    const rate = opusRate(sampleRate)
    const encoder = new OpusEncoder(rate, sampleRate)
    return counted(resamplingEncoder(outputResampler(inputRate, rate), encoder), totalSamples)
  }
  const resampler = outputResampler(inputRate, sampleRate)
  const total = resampledLength(spec)
  const codec =
    spec.format === 'mp3'
      ? (await import('./mp3-encoder.ts')).Mp3Encoder.open(sampleRate, total)
      : (await import('./flac-encoder.ts')).FlacEncoder.open(sampleRate, total)
  return counted(resamplingEncoder(resampler, await codec), totalSamples)
}

/** The same for formats whose encoders need not be loaded, at once. */
export function openLightEncoder(spec: EncoderSpec): AudioEncoder {
  checkOutputRate(spec.format, spec.sampleRate)
  const { format, inputRate, sampleRate, totalSamples } = spec
  assert(format === 'wav' || format === 'pcm' || format === 'mulaw', `${format} is not a light format`)
  const encoder =
    format === 'wav'
      ? wavEncoder(sampleRate, resampledLength(spec))
      : format === 'pcm'
        ? pcmEncoder()
        : mulawEncoder()
  return counted(resamplingEncoder(outputResampler(inputRate, sampleRate), encoder), totalSamples)
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
