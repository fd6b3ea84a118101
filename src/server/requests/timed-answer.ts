/** Answers with the times of words: what a request asks for, and audio in JSON or subtitles as one answer. */
import { type AudioFormat, TIMED_FORMATS, type TimedFormat } from '../../api/speech-params.ts'
import { TtsError } from '../../core/errors.ts'
import type { SpeechStream } from '../../core/speech-port.ts'
import { subtitles } from '../../core/subtitles.ts'
import type { TimeUnit } from '../../core/timed-text.ts'
import { encodeTo, type OutputFormat, specOf } from './audio-output.ts'
import { type AudioResponse, sendBytes, wholeSpeech } from './audio-response.ts'

export interface TimedAnswer {
  readonly format: TimedFormat
  /** What JSON lists; subtitles have a cue for each word where it is `word`. */
  readonly unit: TimeUnit | undefined
}

interface TimedFields {
  readonly response_format?: AudioFormat | TimedFormat | undefined
  readonly timestamps?: TimeUnit | 'none' | undefined
  readonly stream_format?: 'audio' | 'sse' | undefined
}

/** What is made for a request: the audio's format, the times that are told, and the answer that holds both. */
export interface TimedRequest {
  readonly format: AudioFormat
  readonly timestamps?: TimeUnit | undefined
  readonly timed?: TimedAnswer | undefined
}

const isTimed = (format: string | undefined): format is TimedFormat =>
  TIMED_FORMATS.some((each) => each === format)

/** `usual`: the route's audio format. Throws INVALID_PARAMETER where an answer cannot hold times. */
export function timedRequestOf(
  { response_format: asked, timestamps, stream_format: wrapping }: TimedFields,
  usual: AudioFormat,
): TimedRequest {
  const unit = timestamps === 'none' ? undefined : timestamps
  const isSse = wrapping === 'sse'
  const format = asked ?? (unit === undefined || isSse ? usual : 'json')
  if (isTimed(format)) {
    if (isSse) throw refused(`response_format: expected audio with stream_format sse, got ${format}`)
    const told = timestamps === undefined && format === 'json' ? 'word' : unit
    // Subtitles are made of words.
    const timed = { format, unit: told }
    return { format: 'wav', timestamps: format === 'json' ? told : 'word', timed }
  }
  if (unit !== undefined && !isSse) {
    const expected = 'expected response_format json, srt or vtt, or stream_format sse'
    throw refused(`timestamps: ${expected}, got audio alone (${format})`)
  }
  return { format, timestamps: unit }
}

/** Media types of the answers. */
export const TIMED_TYPES: Readonly<Record<TimedFormat, string>> = {
  json: 'application/json; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
}

/** Waits for all of the speech, then answers with its times. Throws the speech's failure before any byte. */
export async function sendTimed(speech: SpeechStream, answer: TimedAnswer, to: AudioResponse): Promise<void> {
  const { parts, total, times } = await wholeSpeech(speech)
  to.record.sent(total / speech.sampleRate, false)
  const { format, unit } = answer
  const body =
    format === 'json'
      ? JSON.stringify({
          audio: (await encoded(parts, total, speech.sampleRate, to.output)).toString('base64'),
          format: to.output.format,
          sample_rate: to.output.sampleRate,
          duration: Math.round((total / speech.sampleRate) * 1000) / 1000,
          ...(unit === undefined ? {} : { [`${unit}s`]: times }),
        })
      : subtitles(times, format, unit ?? 'sentence')
  await sendBytes(to, Buffer.from(body))
}

async function encoded(
  parts: Float32Array[],
  total: number,
  rate: number,
  output: OutputFormat,
): Promise<Buffer> {
  const bytes: Uint8Array[] = []
  const sink = {
    send: async (piece: Uint8Array) => void bytes.push(piece),
    sent: () => {},
  }
  await encodeTo(sink, specOf(output, rate, total), async () => parts.shift())
  return Buffer.concat(bytes)
}

function refused(detail: string): TtsError {
  return new TtsError('INVALID_PARAMETER', 'Invalid parameter', detail)
}
