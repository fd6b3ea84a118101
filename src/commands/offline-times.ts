/** When the words of a text are said that is spoken offline, utterance after utterance. */
import { endedRing } from '../audio/ring.ts'
import type { Bundle } from '../core/bundle.ts'
import type { TimedText } from '../core/timed-text.ts'
import type { UtteranceResult } from '../engine/offline-speaker.ts'
import { SpeechTimes } from '../speech/speech-times.ts'
import { type SpokenPart, textWords, timingOf } from '../speech/spoken-parts.ts'
import type { SpeakableOptions, SpeakableSegment } from '../text/speakable.ts'
import type { TextWords } from '../text/text-words.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'

interface TimesParts {
  readonly tokenizer: TextTokenizer
  readonly rules: SpeakableOptions
  readonly bundle: Bundle
  /** The request's. */
  readonly speed: number
}

export class OfflineTimes {
  readonly #tokenizer: TextTokenizer
  readonly #words: TextWords
  readonly #times: SpeechTimes<SpokenPart>

  constructor(text: string, { tokenizer, rules, bundle, speed }: TimesParts) {
    const { features, hift } = bundle.manifest.parameters
    this.#tokenizer = tokenizer
    this.#words = textWords(tokenizer, rules)
    this.#words.whole(text)
    this.#times = new SpeechTimes(this.#words, 'word', hift.sampleRate, (part) =>
      timingOf(part, speed, features.tokenRate),
    )
  }

  /** All segments, what each became, the silence before the first and behind each. */
  of(
    segments: readonly SpeakableSegment[],
    said: readonly UtteranceResult[],
    { lead, pauses }: { readonly lead: Float32Array; readonly pauses: readonly Float32Array[] },
  ): readonly TimedText[] {
    const parts = segments.map((segment): SpokenPart => {
      const textIds = this.#tokenizer.encodeUser(segment.text)
      return { ...segment, textIds, complete: true, words: this.#words.part(segment.text, textIds) }
    })
    this.#words.end()
    this.#times.gave(lead)
    for (const [i, { wave, places }] of said.entries()) {
      const source = { audio: endedRing(Float32Array, wave), places: endedRing(Int32Array, places) }
      this.#times.room(source, parts[i]!, 0)
      this.#times.gave(wave, source)
      this.#times.ended(source)
      this.#times.gave(pauses[i]!)
    }
    this.#times.close()
    return this.#times.take()
  }
}
