/**
 * Samples as a synthesizer makes them → bytes as a client asked for them. With them the headers that name what comes
 * out.
 */
import type { AudioFormat } from '../../api/speech-params.ts'
import type { EncoderSpec } from '../../audio/encoders/audio-encoder.ts'
import { openEncoder } from '../../audio/encoders/open-encoder.ts'
import type { HeaderList } from '../transport/transport.ts'

export interface OutputFormat {
  readonly format: AudioFormat
  /** Samples per second of the answer. */
  readonly sampleRate: number
}

/** What an answer of this format is made from. `totalSamples` at the source's rate, where all are known. */
export function specOf(
  { format, sampleRate }: OutputFormat,
  inputRate: number,
  totalSamples?: number,
): EncoderSpec {
  return { format, sampleRate, inputRate, ...(totalSamples === undefined ? {} : { totalSamples }) }
}

/** Where encoded audio goes. */
export interface AudioSink {
  /** Resolves when there is room for more. */
  send(bytes: Uint8Array): Promise<void>
  /** The bytes of this much audio have been sent. */
  sent(seconds: number): void
}

/** Encodes samples until `next` gives none. A container's header leaves with the first audio, not before it. */
export async function encodeTo(
  sink: AudioSink,
  spec: EncoderSpec,
  next: () => Promise<Float32Array | undefined>,
): Promise<void> {
  const encoder = await openEncoder(spec)
  try {
    let head = encoder.start()
    for (let samples = await next(); samples !== undefined; samples = await next()) {
      const bytes = await encoder.encode(samples)
      await sink.send(head.length === 0 ? bytes : Buffer.concat([head, bytes]))
      head = NOTHING
      sink.sent(samples.length / spec.inputRate)
    }
    await sink.send(head)
    await sink.send(await encoder.finish())
  } finally {
    encoder.close()
  }
}

const NOTHING = new Uint8Array(0)

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
