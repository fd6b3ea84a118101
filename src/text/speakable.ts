/**
 * Text as people write it → the segments that the model is given: the one door to the text stages.
 *
 * Pure: the same text and options give the same segments, offline, over HTTP and over the socket.
 */
import { polish, segmentText } from './front-end.ts'

/** Written form → how it is said; a key stands for whole words, the longest key wins. */
export type Dictionary = Readonly<Record<string, string>>

export interface SpeakableOptions {
  /** Tokens that the model is given for a text. */
  readonly countTokens: (text: string) => number
  /** Language of the voice, such as `en` or `zh-CN`: for numbers whose text does not tell its language. */
  readonly voiceLanguage?: string | undefined
  /** Language that the request asks for; goes before the voice's. */
  readonly language?: string | undefined
  /** `auto` understands Markdown, HTML and SSML; `plain` takes every sign as text. */
  readonly textFormat?: 'auto' | 'plain' | undefined
  /** The words of server, voice and request in one table, later ones over earlier ones. */
  readonly dictionary?: Dictionary | undefined
}

/** What the model says in one go. */
export interface SpeakableSegment {
  readonly text: string
  /** Silence behind the segment in milliseconds, where the text asks for it; else 0. */
  readonly pauseMs: number
  /** Factor of the request's speed that the text asks for; 1 where it does not. */
  readonly rate: number
}

/** Something of the text that is not said as it is written. */
export interface TextWarning {
  readonly code: 'skipped' | 'code_skipped'
  /** One line for people, without what could break a header. */
  readonly message: string
}

export interface Speakable {
  /** What is said, in words. */
  readonly text: string
  /** In order; empty where there is nothing to say. */
  readonly segments: readonly SpeakableSegment[]
  readonly warnings: readonly TextWarning[]
}

/** Throws INVALID_PARAMETER (422) for SSML that does not parse. Linear in the text. */
export function speakable(text: string, options: SpeakableOptions): Speakable {
  const segments = segmentText(text, options.countTokens).map((segment) => ({
    text: polish(segment),
    pauseMs: 0,
    rate: 1,
  }))
  return { text: segments.map((segment) => segment.text).join(''), segments, warnings: [] }
}
