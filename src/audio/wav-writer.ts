/**
 * Writes WAV: a header whose length is known, or one for a stream that is still being made.
 *
 * Sending them is the caller's.
 */
import { bytesOf, toInt16 } from './pcm.ts'

/** Stands in both length fields when the length is not known: players then read to the end of the stream. */
const OPEN_LENGTH = 0xffffffff

export type WavSampleType = 'int16' | 'float32'

/**
 * 44 bytes for 16-bit PCM; 58 for float, whose `fmt ` chunk has an extension size and is followed by a `fact` chunk.
 * `frames` undefined: open length.
 */
export function wavHeader(sampleRate: number, frames?: number, type: WavSampleType = 'int16'): Uint8Array {
  const sampleBytes = type === 'int16' ? 2 : 4
  const formatBytes = type === 'int16' ? 16 : 18
  const headerBytes = 28 + formatBytes + (type === 'int16' ? 0 : 12)
  const dataBytes = frames === undefined ? OPEN_LENGTH : frames * sampleBytes
  const view = new DataView(new ArrayBuffer(headerBytes))
  let at = 0
  const text = (id: string) => {
    for (const letter of id) view.setUint8(at++, letter.charCodeAt(0))
  }
  const u16 = (value: number) => {
    view.setUint16(at, value, true)
    at += 2
  }
  const u32 = (value: number) => {
    view.setUint32(at, value, true)
    at += 4
  }
  text('RIFF')
  u32(frames === undefined ? OPEN_LENGTH : headerBytes - 8 + dataBytes)
  text('WAVEfmt ')
  u32(formatBytes)
  u16(type === 'int16' ? 1 : 3)
  u16(1)
  u32(sampleRate)
  u32(sampleRate * sampleBytes)
  u16(sampleBytes)
  u16(sampleBytes * 8)
  if (type === 'float32') {
    u16(0)
    text('fact')
    u32(4)
    u32(frames ?? OPEN_LENGTH)
  }
  text('data')
  u32(dataBytes)
  return new Uint8Array(view.buffer)
}

/** A whole file. Sample bytes are always even, so no pad byte is ever needed. */
export function encodeWav(
  samples: Float32Array,
  sampleRate: number,
  type: WavSampleType = 'int16',
): Uint8Array {
  const header = wavHeader(sampleRate, samples.length, type)
  const body = bytesOf(type === 'int16' ? toInt16(samples) : samples)
  const file = new Uint8Array(header.length + body.length)
  file.set(header)
  file.set(body, header.length)
  return file
}
