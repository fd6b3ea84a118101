/**
 * When each word of a speech is said, from one utterance to the next. Also how much of the audio may be handed out
 * before more is known: a word is told before its first sample is.
 */
import type { TimedText, TimeUnit } from '../core/timed-text.ts'
import type { Lent } from '../lanes/utterance.ts'
import type { PartWords, TextWords } from '../text/text-words.ts'
import { AlignedTimes, EstimatedTimes, type PartTimes, type WordTime } from './part-times.ts'

/** How an utterance is timed. */
export interface PartTiming {
  readonly words: PartWords
  /** How long a speech token is heard. */
  readonly tokenSeconds: number
  /** Speech tokens that a text token is expected to take, for models that do not tell. */
  readonly ratio: number
}

/** Samples above this are no silence. */
const SOUND = 0.02

type Source = Pick<Lent, 'audio' | 'places'>

interface Utterance {
  readonly timing: PartTiming
  times: PartTimes | undefined
  /** Seconds of the speech before it. */
  readonly from: number
  /** Seconds that were handed out of it, and before its first sound; undefined while all was silent. */
  heard: number
  sound: number | undefined
  /** Known, and not told yet. */
  readonly known: WordTime[]
}

export class SpeechTimes<Part> {
  readonly #text: TextWords
  readonly #unit: TimeUnit
  readonly #sampleRate: number
  readonly #timingOf: (part: Part) => PartTiming | undefined
  readonly #utterances = new Map<Source, Utterance>()
  /** Handed out of the whole speech. */
  #seconds = 0
  #told: TimedText[] = []
  /** Of a sentence whose end has not come. */
  #open: { readonly first: number; readonly start: number; last: number; end: number } | undefined

  /** `timingOf`: of a part; undefined where it says no words. */
  constructor(
    text: TextWords,
    unit: TimeUnit,
    sampleRate: number,
    timingOf: (part: Part) => PartTiming | undefined,
  ) {
    this.#timingOf = timingOf
    this.#text = text
    this.#unit = unit
    this.#sampleRate = sampleRate
  }

  /** Samples that may be handed out now of an utterance of which `taken` were. */
  room(source: Source, part: Part, taken: number): number {
    // The state before what is known of it: at its end all is.
    const { state, available, capacity } = source.audio
    const timing = this.#timingOf(part)
    if (timing === undefined) return Number.POSITIVE_INFINITY
    const { times } = this.#look(source, timing)
    // A full ring would stop what is waited for.
    if (state !== 'open' || available >= capacity) return Number.POSITIVE_INFINITY
    return times === undefined ? 0 : Math.max(0, Math.floor(times.openFrom * this.#sampleRate) - taken)
  }

  /** Samples are handed out: of an utterance, or of silence between two. */
  gave(samples: Float32Array, source?: Source): void {
    const seconds = samples.length / this.#sampleRate
    this.#seconds += seconds
    const utterance = source === undefined ? undefined : this.#utterances.get(source)
    if (utterance === undefined) return
    if (utterance.sound === undefined) {
      const at = samples.findIndex((sample) => Math.abs(sample) > SOUND)
      if (at >= 0) utterance.sound = utterance.heard + at / this.#sampleRate
    }
    utterance.heard += seconds
    this.#tellHeard(utterance, false)
  }

  /** Nothing more comes of an utterance. */
  ended(source: Source): void {
    const utterance = this.#utterances.get(source)
    if (utterance === undefined) return
    this.#look(source, utterance.timing)
    this.#tellHeard(utterance, true)
    this.#utterances.delete(source)
  }

  /** The text is over: a sentence without a mark has ended. */
  close(): void {
    this.#endSentence()
  }

  /** What begins in the samples that were handed out, since this was last asked. */
  take(): readonly TimedText[] {
    const told = this.#told
    this.#told = []
    return told
  }

  #look(source: Source, timing: PartTiming): Utterance {
    let utterance = this.#utterances.get(source)
    if (utterance === undefined) {
      utterance = { timing, times: undefined, from: this.#seconds, heard: 0, sound: undefined, known: [] }
      this.#utterances.set(source, utterance)
    }
    const { state } = source.places
    const places = source.places.take()
    if (places.length > 0 || state !== 'open') {
      utterance.times ??= timesOf(timing, places[0] ?? -1)
      utterance.times.push(places)
    }
    if (state !== 'open') utterance.times?.end()
    utterance.known.push(...(utterance.times?.take() ?? []))
    return utterance
  }

  #tellHeard(utterance: Utterance, isOver: boolean): void {
    const { known, heard, from, timing, sound } = utterance
    for (let next = known[0]; next !== undefined; next = known[0]) {
      const isFirst = next.word === timing.words.said[0]
      if (!isOver && next.start >= heard) return
      // Speech begins with a little silence, which the first token of the text is said to be.
      if (isFirst && !isOver && sound === undefined && next.end > heard) return
      const start =
        isFirst && sound !== undefined && sound < next.end ? Math.max(next.start, sound) : next.start
      const limit = isOver ? heard : Number.POSITIVE_INFINITY
      known.shift()
      this.#tell({
        word: next.word,
        start: from + Math.min(start, limit),
        end: from + Math.min(next.end, limit),
      })
    }
  }

  #tell({ word, start, end }: WordTime): void {
    const { words } = this.#text
    if (this.#unit === 'word') return this.#add(word, word, start, end)
    if (this.#open === undefined) this.#open = { first: word, last: word, start, end }
    else if (words.slice(this.#open.last, word).some(({ ends }) => ends)) {
      this.#endSentence()
      this.#open = { first: word, last: word, start, end }
    } else Object.assign(this.#open, { last: word, end })
    const isLast = this.#text.isWhole && word === this.#text.last
    if (words[word]!.ends || isLast) this.#endSentence()
  }

  #endSentence(): void {
    if (this.#open === undefined) return
    const { first, last, start, end } = this.#open
    this.#open = undefined
    this.#add(first, last, start, end)
  }

  #add(first: number, last: number, start: number, end: number): void {
    const { from } = this.#text.words[first]!
    const { to } = this.#text.words[last]!
    this.#told.push({ text: this.#text.slice(from, to), start: floored(start), end: floored(end), from, to })
  }
}

/** By the first place: a model that does not tell says so from the first token on. */
function timesOf({ words, tokenSeconds, ratio }: PartTiming, first: number): PartTimes {
  return first < 0 ? new EstimatedTimes(words, tokenSeconds, ratio) : new AlignedTimes(words, tokenSeconds)
}

/** Whole milliseconds, never behind the time. */
const floored = (seconds: number) => Math.floor(seconds * 1000 + 1e-6) / 1000
