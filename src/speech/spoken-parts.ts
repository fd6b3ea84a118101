/** Text → the parts of a speech: what one utterance says, as token ids, with its length for estimates. */
import type { Bundle } from '../core/bundle.ts'
import { TtsError } from '../core/errors.ts'
import type { SpeechOptions } from '../core/speech-port.ts'
import type { LiveTextRules } from '../text/live-text.ts'
import { type SpeakableOptions, speakable } from '../text/speakable.ts'
import { type PartWords, TextWords } from '../text/text-words.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import type { GrowingText } from './growing-text.ts'
import type { LeasedVoice } from './leased-voice.ts'
import { type SpokenModel, speakableOptions } from './request-text.ts'
import type { Silence } from './speech-piece.ts'
import type { PartTiming } from './speech-times.ts'

/** Speech tokens that a text token is expected to take: for estimates only. */
const EXPECTED_RATIO = 5
/** The same of a whole utterance at least, and of one whose text is still being written. */
const MIN_EXPECTED = 50
export const EXPECTED_LIVE = 250
/** Characters that tell how long a first part is at least. Of their tokens so large a share is said, or so many. */
const COUNTED_CHARACTERS = 300
const LEAST_SHARE = 0.8
const LEAST_SEGMENT_TOKENS = 40
/** Text tokens of one utterance that is being written, as many as the front end makes of a segment. */
const MAX_LIVE_TOKENS = 80
/** More in one segment is a word without an end: it cannot be said, and it would not fit beside a prompt. */
const MAX_SEGMENT_TOKENS = 300

/** One utterance's text as the LLM takes it: all of it, or what has been written so far. */
export type Part = GrowingText | SpokenPart | GivenPart

export interface SpokenPart {
  /** As it is said. */
  readonly text: string
  readonly textIds: Int32Array
  readonly complete: true
  readonly leadMs: number
  readonly pauseMs: number
  readonly rate: number
  /** What it says of the text's words, where that is asked. */
  readonly words?: PartWords | undefined
}

/** One utterance whose speech tokens are known. */
export interface GivenPart {
  readonly givenTokens: Int32Array
  readonly complete: true
}

/** What is known of a part's text; none where its tokens are given. */
export function textOf(part: Part): string {
  return 'text' in part ? part.text : ''
}

/** Speech tokens that a part is expected to become. */
export function expectedTokens(part: Part): number {
  if ('givenTokens' in part) return part.givenTokens.length
  return part.complete ? Math.max(MIN_EXPECTED, EXPECTED_RATIO * part.textIds.length) : EXPECTED_LIVE
}

/** Seconds that the first part of a text is expected to take at least, before it is read. */
export function leastSeconds(
  tokenizer: Pick<TextTokenizer, 'encodeUser'>,
  text: string,
  tokenRate: number,
): number {
  // A tag or a new line may be where the first part ends.
  const [, line = ''] = /^(?:\s*<[^>]*>)*\s*([^<\n]*)/.exec(text.slice(0, COUNTED_CHARACTERS)) ?? []
  const tokens = tokenizer.encodeUser(line).length
  const said = Math.min(LEAST_SEGMENT_TOKENS, LEAST_SHARE * tokens)
  return Math.max(MIN_EXPECTED, EXPECTED_RATIO * said) / tokenRate
}

/** Text → segments that the model can say → token ids. Throws where a word is too long to be said. */
export function spokenParts(
  model: SpokenModel,
  text: string,
  options: SpeechOptions,
  { fragment = false, words }: { readonly fragment?: boolean; readonly words?: TextWords | undefined } = {},
): { parts: SpokenPart[]; warnings: readonly string[] } {
  const { segments, warnings } = speakable(text, { ...asked(model, options), fragment })
  const parts = segments.map(({ text: said, leadMs, pauseMs, rate }): SpokenPart => {
    const textIds = model.tokenizer.encodeUser(said)
    const part = { text: said, textIds, complete: true, leadMs, pauseMs, rate } as const
    if (textIds.length <= MAX_SEGMENT_TOKENS)
      return words === undefined ? part : { ...part, words: words.part(said, textIds) }
    const detail = `expected words of at most ${MAX_SEGMENT_TOKENS} tokens, got one of ${textIds.length}`
    throw new TtsError('INVALID_PARAMETER', 'Word too long', detail)
  })
  return { parts, warnings: warnings.map(({ message }) => message) }
}

/** Tokens of a text. */
export function countTokens(parts: readonly SpokenPart[]): number {
  return parts.reduce((sum, { textIds }) => sum + textIds.length, 0)
}

/**
 * Throws TEXT_TOO_LONG where parts would be said for longer than `maxSeconds`: what signs, words of a dictionary and pauses
 * come to is known only here.
 */
export function checkSeconds(
  parts: readonly SpokenPart[],
  speed: number,
  tokenRate: number,
  maxSeconds: number,
): void {
  let seconds = 0
  for (const { textIds, leadMs, pauseMs, rate } of parts)
    seconds += (EXPECTED_RATIO * textIds.length) / (tokenRate * speed * rate) + (leadMs + pauseMs) / 1000
  if (seconds <= maxSeconds) return
  const detail = `expected a text of at most ${maxSeconds} s of speech, got one of about ${Math.round(seconds)} s`
  throw new TtsError('TEXT_TOO_LONG', 'Text too long', detail)
}

/** The same for a recording that is said again, whose length is known. */
export function checkSourceSeconds(seconds: number, speed: number, maxSeconds: number): void {
  if (seconds / speed <= maxSeconds) return
  const detail = `expected a recording that becomes at most ${maxSeconds} s of speech, got ${seconds.toFixed(1)} s at speed ${speed}`
  throw new TtsError('TEXT_TOO_LONG', 'Recording too long', detail)
}

/** The words of a speech's text, where times are asked for. */
export function speechWords(model: SpokenModel, options: SpeechOptions): TextWords | undefined {
  return options.timestamps === undefined ? undefined : textWords(model.tokenizer, asked(model, options))
}

/** The words of a text that is read by `rules`. */
export function textWords(tokenizer: TextTokenizer, rules: SpeakableOptions): TextWords {
  const plain: SpeakableOptions = { ...rules, fragment: true, textFormat: 'plain' }
  return new TextWords(
    tokenizer,
    (word, wide) => speakable(word, wide ? { ...plain, language: 'zh' } : plain).text,
    rules,
  )
}

/** Samples of silence about a part. */
export function silenceAbout(part: Part, sampleRate: number): Silence {
  const samples = (ms: number) => Math.round((ms * sampleRate) / 1000)
  return 'pauseMs' in part
    ? { before: samples(part.leadMs), behind: samples(part.pauseMs) }
    : { before: 0, behind: 0 }
}

/** How a part's speech tokens become times. `speed` is the request's. */
export function timingOf(part: Part, speed: number, tokenRate: number): PartTiming | undefined {
  if (!('words' in part) || part.words === undefined) return undefined
  return { words: part.words, tokenSeconds: 1 / tokenRate / speedOf(part, speed), ratio: EXPECTED_RATIO }
}

/** Speeds that the vocoder's stretching takes, whatever request and text ask for together. */
const MIN_SPEED = 0.25
const MAX_SPEED = 2

/** Of a part, where `speed` is the request's. */
export function speedOf(part: Part, speed: number): number {
  return heardSpeed(speed, 'rate' in part ? part.rate : 1)
}

/** What a request and its text ask for together. */
export function heardSpeed(speed: number, rate: number): number {
  return Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed * rate))
}

export function liveRules(bundle: Bundle, model: SpokenModel, options: SpeechOptions): LiveTextRules {
  const rules = { ...asked(model, options), fragment: true }
  return {
    spoken: (sentence) => speakable(sentence, rules).text,
    countTokens: rules.countTokens,
    beginTokens: bundle.manifest.parameters.llm.mixRatio[0],
    maxTokens: MAX_LIVE_TOKENS,
  }
}

/** The request's words over those of its voice over the server's; the request's language before the voice's. */
function asked(model: SpokenModel, { voice, text = {} }: SpeechOptions): SpeakableOptions {
  const { language, words } = voice as LeasedVoice
  return speakableOptions(model, text, language, words)
}
