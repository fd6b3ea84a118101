/** Speech with the times at which its words are said. */
import type { SpeechRequest } from './requests.ts'

/** A word or sentence of the text, as it was written. */
export interface TimedText {
  readonly text: string
  /** Seconds from the first sample. */
  readonly start: number
  readonly end: number
  /** `text.slice(from, to)` of the text that was sent. */
  readonly from: number
  readonly to: number
}

export interface TimedRequest extends Omit<SpeechRequest, 'responseFormat'> {
  /** `word` unless given; of subtitles `sentence`. */
  readonly timestamps?: 'word' | 'sentence'
}

export interface TimedSpeech {
  /** A WAV file. */
  readonly audio: Uint8Array
  readonly sampleRate: number
  /** Seconds. */
  readonly duration: number
  /** Words, or sentences where these were asked for. */
  readonly times: readonly TimedText[]
}

interface Answer {
  readonly audio: string
  readonly sample_rate: number
  readonly duration: number
  readonly words?: readonly TimedText[]
  readonly sentences?: readonly TimedText[]
}

export function timedSpeech({ audio, sample_rate, duration, words, sentences }: Answer): TimedSpeech {
  const bytes = Uint8Array.from(atob(audio), (letter) => letter.charCodeAt(0))
  return { audio: bytes, sampleRate: sample_rate, duration, times: words ?? sentences ?? [] }
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
