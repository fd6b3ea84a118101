/**
 * Samples as a synthesizer makes them → bytes as a client asked for them.
 *
 * Knows: which formats there are, their content types and headers, and how an encoder is used. Does not know: sockets.
 */
import type { AudioFormat } from '../api/speech-params.ts'
import { TtsError } from '../core/errors.ts'
import type { HeaderList } from './transport.ts'

export interface OutputFormat {
  readonly format: AudioFormat
  /** Samples per second of the answer. */
  readonly sampleRate: number
}

/** One stream of samples being encoded; bytes come out in order and may lag behind. */
export interface OutputEncoder {
  /** `[-1, 1]` samples at the source's rate. */
  push(samples: Float32Array): Uint8Array
  /** What is left. Must be called once, last. */
  finish(): Uint8Array
}

/** Format, rate, and where it applies bits, named in headers so that no client has to guess. */
export function audioHeaders({ format, sampleRate }: OutputFormat): HeaderList {
  const headers: [string, string][] = [
    ['X-Audio-Format', format],
    ['X-Audio-Sample-Rate', String(sampleRate)],
    ['X-Audio-Channels', '1'],
  ]
  if (format === 'wav' || format === 'pcm' || format === 'flac') headers.push(['X-Audio-Bits', '16'])
  return headers
}

const CONTENT_TYPES: Readonly<Record<AudioFormat, string>> = {
  wav: 'audio/wav',
  pcm: 'audio/pcm',
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  mulaw: 'audio/basic',
}

/** The usual media type of a format; the document's own route says `application/octet-stream` whatever the format. */
export function contentTypeOf(format: AudioFormat): string {
  return CONTENT_TYPES[format]
}

/**
 * An encoder for one answer. `totalSamples` at the source's rate where all are known, so that headers can state a
 * length. Throws INVALID_PARAMETER for a rate that the format cannot have.
 */
export async function openEncoder(
  output: OutputFormat,
  sourceRate: number,
  totalSamples: number | undefined,
): Promise<OutputEncoder> {
  if (sourceRate !== output.sampleRate) {
    throw new TtsError('INVALID_PARAMETER', 'Invalid parameter', 'resampling is not built in yet')
  }
  let isFirst = true
  const header = () => {
    if (!isFirst || output.format !== 'wav') return new Uint8Array(0)
    isFirst = false
    return wavHeader(output.sampleRate, totalSamples)
  }
  return {
    push: (samples) => Buffer.concat([header(), toPcm16(samples)]),
    finish: () => header(),
  }
}

function toPcm16(samples: Float32Array): Uint8Array {
  const pcm = new Int16Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    pcm[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i]! * 32767)))
  }
  return new Uint8Array(pcm.buffer)
}

function wavHeader(rate: number, samples: number | undefined): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(44))
  const dataBytes = samples === undefined ? 0xffffffff : samples * 2
  const tag = (at: number, text: string) => {
    for (let i = 0; i < 4; i++) bytes.setUint8(at + i, text.charCodeAt(i))
  }
  tag(0, 'RIFF')
  bytes.setUint32(4, samples === undefined ? 0xffffffff : dataBytes + 36, true)
  tag(8, 'WAVE')
  tag(12, 'fmt ')
  bytes.setUint32(16, 16, true)
  bytes.setUint16(20, 1, true)
  bytes.setUint16(22, 1, true)
  bytes.setUint32(24, rate, true)
  bytes.setUint32(28, rate * 2, true)
  bytes.setUint16(32, 2, true)
  bytes.setUint16(34, 16, true)
  tag(36, 'data')
  bytes.setUint32(40, dataBytes, true)
  return new Uint8Array(bytes.buffer)
}
