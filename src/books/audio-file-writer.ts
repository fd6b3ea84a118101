/**
 * A track → one audio file, beside its place until it is whole.
 *
 * Encoding is done in slices of a fifth of a second, with a turn of the event loop between two. A stream that the same
 * thread serves waits for one slice at most.
 */
import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import type { AudioFormat } from '../audio/encoders/audio-encoder.ts'
import { openEncoder } from '../audio/encoders/open-encoder.ts'
import { TtsError } from '../core/errors.ts'
import type { Track } from './audio-track.ts'

const SLICE_MS = 200
const WRITE_BYTES = 256 * 1024
/** What a WAV's header can tell. */
const MAX_WAV_BYTES = 0xffff_ffff - 64

export interface WrittenFile {
  readonly bytes: number
  /** SHA-256, hex. */
  readonly sha256: string
}

export interface AudioFileOptions {
  readonly format: AudioFormat
  /** Hz. */
  readonly sampleRate: number
  /** Before the audio: a tag. */
  readonly head?: Uint8Array
  readonly signal?: AbortSignal
}

/** Throws INVALID_PARAMETER for a rate that the format cannot have, or a WAV that is too long; what `samples` throws. */
export async function writeAudioFile(
  path: string,
  track: Track,
  options: AudioFileOptions,
): Promise<WrittenFile> {
  const partial = `${path}.${process.pid}.partial`
  try {
    const file = await open(partial, 'w')
    let written: WrittenFile
    try {
      written = await encodeTrack(track, options, (bytes) => file.appendFile(bytes))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
    return written
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** The same bytes, handed on in order as they are made: what an audio file holds, wherever it is kept. */
export async function encodeTrack(
  track: Track,
  { format, sampleRate, head, signal }: AudioFileOptions,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<WrittenFile> {
  const { totalSamples, sampleRate: inputRate } = track
  if (format === 'wav' && (totalSamples / inputRate) * sampleRate * 2 > MAX_WAV_BYTES) {
    const detail = `expected at most 4 GiB of WAV, got ${Math.round(totalSamples / inputRate / 3600)} hours: choose flac or mp3`
    throw new TtsError('INVALID_PARAMETER', 'Too long for WAV', detail)
  }
  const encoder = await openEncoder({ format, sampleRate, inputRate, totalSamples })
  const digest = createHash('sha256')
  let bytes = 0
  let waiting: Uint8Array[] = []
  let held = 0
  const flush = async () => {
    const all = Buffer.concat(waiting)
    waiting = []
    held = 0
    digest.update(all)
    bytes += all.length
    await take(all)
  }
  const put = (piece: Uint8Array) => {
    waiting.push(piece)
    held += piece.length
  }
  try {
    if (head !== undefined) put(head)
    put(encoder.start())
    const slice = Math.round((inputRate * SLICE_MS) / 1000)
    for await (const samples of track.samples()) {
      for (let at = 0; at < samples.length; at += slice) {
        signal?.throwIfAborted()
        put(await encoder.encode(toFloats(samples.subarray(at, at + slice))))
        if (held > WRITE_BYTES) await flush()
        else await turn()
      }
    }
    put(await encoder.finish())
    await flush()
    return { bytes, sha256: digest.digest('hex') }
  } finally {
    encoder.close()
  }
}

function toFloats(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length)
  for (let i = 0; i < samples.length; i++) floats[i] = samples[i]! / 32768
  return floats
}
