/**
 * Speech → HTTP response: waits for samples, encodes them, and sends them no faster than the client takes them.
 *
 * A failure half way cuts the connection, so that an unfinished response never looks complete.
 */
import type { SpeechStream } from '../../core/speech-port.ts'
import type { TimedText, TimeUnit } from '../../core/timed-text.ts'
import type { HeaderList, HttpExchange } from '../transport/transport.ts'
import { type AudioSink, encodeTo, type OutputFormat, specOf } from './audio-output.ts'
import { PeerWait, peerLeft } from './stalled-peer.ts'
import type { SynthesisRecord } from './synthesis-record.ts'

/** Longest chunk handed to the transport at once: what one connection may have buffered outside the kernel. */
const MAX_CHUNK_BYTES = 64 * 1024

export interface AudioResponse {
  readonly exchange: HttpExchange
  readonly output: OutputFormat
  /** Headers of the response, its content type included. */
  readonly headers: HeaderList
  readonly record: SynthesisRecord
  /** ms that the client may take nothing while audio waits for it. */
  readonly stallMs: number
  /** What the encoder's bytes are wrapped in; bytes as they are where it is missing. */
  readonly envelope?: Envelope
}

export interface Envelope {
  wrap(bytes: Uint8Array): Uint8Array
  /** Words or sentences with their times, before the audio that they are in. */
  times(times: readonly TimedText[]): Uint8Array
  /** What follows the last bytes. */
  tail(): Uint8Array
}

/**
 * Sends audio while it is being made. The head leaves with the first samples, so a failure before them is still an
 * ordinary refusal: it is thrown. After the first byte a failure cuts the connection and is thrown too.
 */
export async function streamSpeech(speech: SpeechStream, to: AudioResponse): Promise<void> {
  const writer = new ChunkWriter(to)
  await encodeAll(writer, to, speech.sampleRate, undefined, true, async () => {
    const samples = await speech.next()
    await writer.tell(speech.takeTimes?.() ?? [])
    return samples
  })
}

/** Waits for all of the speech, then sends it with its length known. Throws the speech's failure before any byte. */
export async function sendSpeech(speech: SpeechStream, to: AudioResponse): Promise<void> {
  const { parts, total, times } = await wholeSpeech(speech)
  const writer = new ChunkWriter(to)
  let told = false
  await encodeAll(writer, to, speech.sampleRate, total, false, async () => {
    if (!told) await writer.tell(times)
    told = true
    return parts.shift()
  })
}

/** All samples of a speech, how many they are, and the times that were told of them. Throws the speech's failure. */
export async function wholeSpeech(
  speech: SpeechStream,
): Promise<{ parts: Float32Array[]; total: number; times: TimedText[] }> {
  const parts: Float32Array[] = []
  const times: TimedText[] = []
  let total = 0
  for (;;) {
    const samples = await speech.next()
    times.push(...(speech.takeTimes?.() ?? []))
    if (samples === undefined) return { parts, total, times }
    parts.push(samples)
    total += samples.length
  }
}

/** A whole answer, as fast as the client takes it. */
export async function sendBytes(to: AudioResponse, bytes: Uint8Array): Promise<void> {
  const writer = new ChunkWriter(to)
  try {
    await writer.write(bytes)
    await writer.end()
  } catch (error) {
    writer.cut()
    throw error
  }
}

async function encodeAll(
  writer: ChunkWriter,
  to: AudioResponse,
  sampleRate: number,
  totalSamples: number | undefined,
  isStream: boolean,
  next: () => Promise<Float32Array | undefined>,
): Promise<void> {
  const sink: AudioSink = {
    send: (bytes) => writer.write(bytes),
    sent: (seconds) => to.record.sent(seconds, isStream),
  }
  try {
    await encodeTo(sink, specOf(to.output, sampleRate, totalSamples), next)
    await writer.end()
  } catch (error) {
    writer.cut()
    throw error
  }
}

/** What a synthesis has taken, in tokens. */
export interface SpeechUsage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly total_tokens: number
}

/** `data:` events with base64 audio, as OpenAI's `stream_format: sse`; the last one tells the usage. */
export function sseEnvelope(usage: () => SpeechUsage | undefined, unit: TimeUnit = 'word'): Envelope {
  const event = (value: object) => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
  return {
    wrap: (bytes) =>
      bytes.length === 0
        ? bytes
        : event({ type: 'speech.audio.delta', audio: Buffer.from(bytes).toString('base64') }),
    times: (times) => Buffer.concat(times.map((time) => event({ type: `speech.${unit}`, ...time }))),
    tail: () => event({ type: 'speech.audio.done', usage: usage() }),
  }
}

class ChunkWriter {
  readonly #to: AudioResponse
  #hasBegun = false
  readonly #peer: PeerWait

  constructor(to: AudioResponse) {
    this.#to = to
    this.#peer = new PeerWait(to.stallMs)
    to.exchange.onAbort(() => this.#peer.wake())
    to.exchange.onWritable(() => this.#peer.wake())
  }

  /** Resolves when there is room for more. Throws CANCELLED when the client left or took nothing for too long. */
  async write(bytes: Uint8Array): Promise<void> {
    const wrapped = this.#to.envelope?.wrap(bytes) ?? bytes
    if (wrapped.length > 0) await this.#send(wrapped)
  }

  /** Times leave in an envelope or not at all. */
  async tell(times: readonly TimedText[]): Promise<void> {
    const bytes = times.length === 0 ? undefined : this.#to.envelope?.times(times)
    if (bytes !== undefined) await this.#send(bytes)
  }

  async end(): Promise<void> {
    const tail = this.#to.envelope?.tail()
    if (tail !== undefined) await this.#send(tail)
    this.#begin()
    this.#to.exchange.endStream()
  }

  /** An unfinished response must not look complete. Nothing was sent: the caller can still refuse properly. */
  cut(): void {
    if (this.#hasBegun) this.#to.exchange.destroy()
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { exchange } = this.#to
    this.#begin()
    for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
      if (exchange.closed) throw peerLeft()
      if (!exchange.write(bytes.subarray(at, at + MAX_CHUNK_BYTES)))
        await this.#peer.room(() => exchange.destroy())
    }
    if (exchange.closed) throw peerLeft()
  }

  #begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#to.exchange.beginStream(200, this.#to.headers)
  }
}
