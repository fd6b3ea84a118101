/** Encoders without memory: 16-bit PCM, bare or as WAV, and µ-law. */
import { linearToMulaw } from '../g711.ts'
import { bytesOf, toInt16 } from '../pcm.ts'
import { wavHeader } from '../wav-writer.ts'
import type { AudioEncoder } from './audio-encoder.ts'

const NOTHING = new Uint8Array(0)

/** RIFF with 16-bit samples. Open length where `totalSamples` is undefined. */
export function wavEncoder(sampleRate: number, totalSamples: number | undefined): AudioEncoder {
  return { ...pcmEncoder(), start: () => wavHeader(sampleRate, totalSamples) }
}

/** Signed 16-bit little-endian, no header. */
export function pcmEncoder(): AudioEncoder {
  return memoryless((samples) => bytesOf(toInt16(samples)))
}

/** One G.711 µ-law byte a sample, no header. */
export function mulawEncoder(): AudioEncoder {
  return memoryless((samples) => Uint8Array.from(toInt16(samples), linearToMulaw))
}

function memoryless(encode: (samples: Float32Array) => Uint8Array): AudioEncoder {
  return { start: () => NOTHING, encode, finish: () => NOTHING, close: () => undefined }
}
