/**
 * Text as people write it → the segments that the model is given: the one door to the text stages.
 *
 * Stages, in order: characters, markup, dictionary, alphabets, lines, language, rules of the language, splitting. Pure: the
 * same text and options give the same segments, offline, over HTTP and over the socket. Linear in the text.
 */
import { knownLetters } from './alphabets.ts'
import { plainCharacters, withoutPrivate } from './characters.ts'
import { type Dictionary, Pronunciations } from './dictionary.ts'
import { sayEnglish } from './en-speak.ts'
import { splitInstruction } from './instruction.ts'
import { hasChinese, isSilent } from './language.ts'
import { markLines, PARAGRAPH } from './lines.ts'
import { markItems } from './list-markers.ts'
import { splitLong } from './long-sentences.ts'
import { hasMarkup, readMarkdown } from './markdown.ts'
import type { Piece } from './pieces.ts'
import { charactersOf } from './pinyin.ts'
import { type Language, languageOf, languageRuns, scriptLanguage } from './runs.ts'
import { Slots } from './slots.ts'
import type { Marks } from './sounds.ts'
import { splitText } from './split.ts'
import { isSsml, readSsml, ssmlLanguage } from './ssml.ts'
import { stretchesOf } from './stretches.ts'
import { hasCues, withoutCues } from './subtitles.ts'
import { withoutLastCommas } from './zh-punctuation.ts'
import { sayChinese } from './zh-speak.ts'

export interface SpeakableOptions {
  /** Tokens that the model is given for a text. */
  readonly countTokens: (text: string) => number
  /** Marks of the model, which no rule changes; sounds where missing. */
  readonly marks?: Marks | undefined
  /** Tags of the languages that the model knows: letters of other languages may be left out. */
  readonly languages?: readonly string[] | undefined
  /** Language of the voice, such as `en` or `zh-CN`: for numbers whose text does not tell its language. */
  readonly voiceLanguage?: string | undefined
  /** Language that the request asks for; goes before the voice's. */
  readonly language?: string | undefined
  /** `auto` understands Markdown, HTML and SSML; `plain` takes every sign as text. */
  readonly textFormat?: 'auto' | 'plain' | undefined
  /** Whether a fenced block of code is named or passed over in silence; its lines are never read out. */
  readonly codeBlocks?: 'announce' | 'skip' | undefined
  /** The text is a part of one: never an SSML document by itself. */
  readonly fragment?: boolean | undefined
  /** The words of server, voice and request in one table, later ones over earlier ones. */
  readonly dictionary?: Dictionary | undefined
}

/** What the model says in one go. */
export interface SpeakableSegment {
  readonly text: string
  /** Silence before the first segment in milliseconds, where the text begins with a pause; else 0. */
  readonly leadMs: number
  /** Silence behind the segment in milliseconds, where the text asks for it; else 0. */
  readonly pauseMs: number
  /** Factor of the request's speed that the text asks for; 1 where it does not. */
  readonly rate: number
}

/** Something of the text that is not said as it is written. */
export interface TextWarning {
  readonly code: 'skipped' | 'code_skipped'
  /** One line of printable ASCII for people. */
  readonly message: string
}

export interface Speakable {
  /** What is said, in words. */
  readonly text: string
  /** In order; empty where there is nothing to say. */
  readonly segments: readonly SpeakableSegment[]
  readonly warnings: readonly TextWarning[]
}

/** Silence between paragraphs, milliseconds, and the tokens that both need to be utterances of their own. */
const PARAGRAPH_PAUSE_MS = 350
const PARAGRAPH_TOKENS = 20
/** Characters of which a sentence ends with a wide mark. */
const WIDE = /[\u3040-\u30ff\u4e00-\u9fff]/
/** Marks at the beginning, whose words were left out. */
const LOST_MARKS = /^[\s,，、.。;；:：!！?？]+(?=.)/u
/** Control tokens of the model that people paste; never said. */
const CONTROL_TOKENS = /<\s?[|｜]\s?[a-z_]{1,40}\s?[|｜]\s?>/gi

/** Throws INVALID_PARAMETER (422) for SSML that does not parse. */
export function speakable(text: string, options: SpeakableOptions): Speakable {
  const warnings: TextWarning[] = []
  const slots = new Slots()
  const asked = cueless(options.fragment === true ? text : splitInstruction(text).text, options, warnings)
  const { pictures, words } = pronunciationsOf(options.dictionary ?? {})
  const pronounced = (said: string) => slots.put(saidBy(said, options.marks))
  const written = plainWritten(pictures.replace(withoutPrivate(asked), pronounced))
  const pieces = readPieces(slots.keepMarks(written, options.marks), options, warnings)
  const fallback =
    languageOf(options.language) ??
    (isDocument(asked, options) ? languageOf(ssmlLanguage(asked)) : undefined) ??
    languageOf(options.voiceLanguage)
  const segments: SpeakableSegment[] = []
  let leadMs = 0
  for (const stretch of stretchesOf(pieces, slots)) {
    const known = knownLetters(words.replace(plainWritten(stretch.text), pronounced), options.languages)
    for (const script of known.skipped)
      warnings.push({ code: 'skipped', message: `letters of the ${script} script are not said` })
    const said = sayRuns(markLines(markItems(known.text)), fallback, slots)
    segments.push(...segmentsOf(said, stretch.rate, options.countTokens))
    const last = segments.at(-1)
    if (last === undefined) leadMs += stretch.pauseMs
    else if (stretch.pauseMs > 0)
      segments[segments.length - 1] = { ...last, pauseMs: last.pauseMs + stretch.pauseMs }
  }
  if (segments.length > 0) segments[0] = { ...segments[0]!, leadMs }
  return { text: joinedText(segments), segments, warnings: unique(warnings) }
}

/** Times of subtitles are markup as well. */
function cueless(text: string, { textFormat }: SpeakableOptions, warnings: TextWarning[]): string {
  if (textFormat === 'plain' || !hasCues(text)) return text
  warnings.push({ code: 'skipped', message: 'times of subtitles are not said' })
  return withoutCues(text)
}

/** Keys as the text is when they are looked for; those that are pictures, which that text has lost, by themselves. */
function pronunciationsOf(dictionary: Dictionary): { pictures: Pronunciations; words: Pronunciations } {
  const entries = Object.entries(dictionary).map(([key, said]) => {
    const plain = plainCharacters(key).trim()
    return /[\p{L}\p{N}]/u.test(plain)
      ? { key: plain, said, isPicture: false }
      : { key, said, isPicture: true }
  })
  const of = (wanted: boolean) =>
    new Pronunciations(
      Object.fromEntries(
        entries.filter(({ isPicture }) => isPicture === wanted).map(({ key, said }) => [key, said]),
      ),
    )
  return { pictures: of(true), words: of(false) }
}

/** A user's words are said as they are, with the model's marks; digits and signs in them as everywhere. */
function saidBy(said: string, marks: Marks | undefined): string | ((language: Language) => string) {
  const characters = charactersOf(said)
  if (characters !== undefined) return characters
  const plain = plainWritten(withoutPrivate(said)).trim()
  const held = new Slots()
  const hidden = held.keepMarks(plain, marks)
  if (!/[\d$€£¥￥%&@+=*_~`#|\\^{}<>]/.test(hidden)) return plain
  return (language) => held.fill(language === 'zh' ? sayChinese(hidden) : sayEnglish(hidden), language).trim()
}

/** Again for what entities hid. */
const plainWritten = (text: string) => plainCharacters(text).replace(CONTROL_TOKENS, ' ')

const isDocument = (text: string, { textFormat, fragment }: SpeakableOptions) =>
  textFormat !== 'plain' && fragment !== true && isSsml(text)

function readPieces(text: string, options: SpeakableOptions, warnings: TextWarning[]): Piece[] {
  if (options.textFormat === 'plain') return [{ kind: 'written', text }]
  if (isDocument(text, options)) {
    return readSsml(text, (unsaid) =>
      warnings.push({ code: 'skipped', message: `${unsaid} is not known to the model; its text is said` }),
    )
  }
  if (!hasMarkup(text)) return [{ kind: 'written', text }]
  const pieces = readMarkdown(text, { announce: options.codeBlocks !== 'skip' })
  if (pieces.some(({ kind }) => kind === 'code'))
    warnings.push({ code: 'code_skipped', message: 'blocks of code are not read out' })
  return pieces
}

/** Each run in its language, in words. */
function sayRuns(text: string, fallback: Language | undefined, slots: Slots): string {
  const runs = languageRuns(text, fallback)
  return runs
    .map((run) => {
      // Digits of which nothing tells the language are read as the reference reads them.
      const language = run.language ?? (/^[\d\s]+$/.test(run.text) ? 'zh' : 'en')
      // A paragraph's end is one to the rules.
      const said = run.text.split(PARAGRAPH).map(language === 'zh' ? sayChinese : sayEnglish)
      return slots.fill(said.join(PARAGRAPH), language)
    })
    .join('')
}

/** Paragraphs → segments of a length that the model can say. */
function segmentsOf(said: string, rate: number, countTokens: (text: string) => number): SpeakableSegment[] {
  const segments: SpeakableSegment[] = []
  for (const part of paragraphs(said, countTokens)) {
    const language = WIDE.test(part) && scriptLanguage(part) !== 'en' ? 'zh' : 'en'
    const texts = splitText(ended(language === 'zh' ? withoutLastCommas(part) : part), language, countTokens)
      // A last sentence in Chinese has its mark already.
      .map((segment) => segment.replace(/(?<=[。！？；…]|[。！？；.!?][”’'")]{1,2})[.。]$/, ''))
      .flatMap((segment) => splitLong(segment, countTokens))
      .filter((segment) => !isSilent(segment))
    const last = segments.at(-1)
    if (last !== undefined && texts.length > 0)
      segments[segments.length - 1] = { ...last, pauseMs: PARAGRAPH_PAUSE_MS }
    segments.push(...texts.map((text) => ({ text, leadMs: 0, pauseMs: 0, rate })))
  }
  return segments
}

/** Characters from the end that tell the language of the last sentence. */
const LAST_REACH = 200
/** A text with a mark at its end: that of its last sentence's language. */
function ended(text: string): string {
  if (/[.!?;:。！？；：、…]["”’')」』]*$/.test(text.slice(-8))) return text
  const last = /[^.!?;。！？；]*$/.exec(text.slice(-LAST_REACH))![0]
  return (
    text.replace(/,$/, '') +
    (/[、，]/.test(last) || WIDE.test(last) ? (scriptLanguage(last) === 'en' ? '.' : '。') : '.')
  )
}

/** Paragraphs that are long enough to be utterances; a short one goes with the one behind it, the last with the one before. */
function paragraphs(said: string, countTokens: (text: string) => number): string[] {
  const out: { text: string; chinese: boolean }[] = []
  for (const part of said.split(PARAGRAPH)) {
    const text = part.trim().replace(LOST_MARKS, '')
    if (isSilent(text)) continue
    const paragraph = { text, chinese: hasChinese(text) }
    const last = out.at(-1)
    const short = (one: string) => one.length < 8 * PARAGRAPH_TOKENS && countTokens(one) < PARAGRAPH_TOKENS
    if (last !== undefined && (short(last.text) || short(text)))
      out[out.length - 1] = {
        text: last.text + jointBehind(last) + text,
        chinese: last.chinese || paragraph.chinese,
      }
    else out.push(paragraph)
  }
  return out.map(({ text }) => text)
}

/** What goes between a paragraph and the next one in the same utterance. Only the end is looked at. */
function jointBehind({ text, chinese }: { readonly text: string; readonly chinese: boolean }): string {
  const end = text.slice(-8)
  const ended = /[.!?;:。！？；：…,，、—]["”’)]*$/.test(end)
  return ended ? (chinese ? '' : ' ') : chinese ? '。' : '. '
}

/** A blank stands between two paragraphs of a language that writes blanks. */
function joinedText(segments: readonly SpeakableSegment[]): string {
  let out = ''
  for (const { text } of segments)
    out +=
      out !== '' && /^[\p{Script=Latin}\d"(]/u.test(text) && !/\s$/.test(out) && !hasChinese(out.slice(-8))
        ? ` ${text}`
        : text
  return out
}

function unique(warnings: readonly TextWarning[]): TextWarning[] {
  return [...new Map(warnings.map((warning) => [warning.message, warning])).values()]
}
