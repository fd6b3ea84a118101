/** A whole speech as the bytes of a file, in the format that the file's name asks for. */
import { extname } from 'node:path'
import { TtsError } from '../../core/errors.ts'
import type { AudioFormat } from './audio-encoder.ts'
import { openEncoder } from './open-encoder.ts'

const FORMATS: Readonly<Record<string, AudioFormat>> = {
  '.wav': 'wav',
  '.mp3': 'mp3',
  '.flac': 'flac',
  '.aac': 'aac',
  '.opus': 'opus',
  '.ogg': 'opus',
  '.pcm': 'pcm',
  '.raw': 'pcm',
}

/** Throws BAD_USAGE for a name that asks for none of the formats. */
export function formatOf(file: string): AudioFormat {
  const extension = extname(file).toLowerCase()
  const format = FORMATS[extension]
  if (format !== undefined) return format
  const got = extension === '' ? 'none' : extension
  throw new TtsError(
    'BAD_USAGE',
    file,
    `expected a name that ends in ${Object.keys(FORMATS).join(', ')}, got ${got}`,
  )
}

export async function audioFile(
  format: AudioFormat,
  samples: Float32Array,
  sampleRate: number,
): Promise<Uint8Array> {
  const encoder = await openEncoder({
    format,
    inputRate: sampleRate,
    sampleRate,
    totalSamples: samples.length,
  })
  try {
    return Buffer.concat([encoder.start(), await encoder.encode(samples), await encoder.finish()])
  } finally {
    encoder.close()
  }
}
