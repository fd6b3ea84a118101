/** A voice-like signal, and what an encoder makes of it in parts or as a whole. */
import type { EncoderSpec } from '../../../src/audio/encoders/audio-encoder.ts'
import { openEncoder } from '../../../src/audio/encoders/open-encoder.ts'
import { voiceLike } from '../signals.ts'

export const INPUT_RATE = 24000
export const voice = voiceLike(INPUT_RATE, 1.7).subarray(0, 40_111)

export async function encodeParts(spec: EncoderSpec, parts: readonly Float32Array[]): Promise<Uint8Array[]> {
  const encoder = await openEncoder(spec)
  const encoded = [encoder.start()]
  for (const part of parts) encoded.push(await encoder.encode(part))
  return [...encoded, await encoder.finish()]
}

export async function encodeAll(
  spec: Omit<EncoderSpec, 'inputRate'>,
  samples = voice,
  piece = 960,
): Promise<Uint8Array> {
  const parts: Float32Array[] = []
  for (let at = 0; at < samples.length; at += piece) parts.push(samples.subarray(at, at + piece))
  return new Uint8Array(Buffer.concat(await encodeParts({ ...spec, inputRate: INPUT_RATE }, parts)))
}
