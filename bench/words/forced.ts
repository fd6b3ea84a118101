/** The times of words in a recording whose speech tokens the model is given instead of choosing its own. */
import { endedRing } from '../../src/audio/ring.ts'
import type { Bundle } from '../../src/core/bundle.ts'
import type { TimedText } from '../../src/core/timed-text.ts'
import type { Voice } from '../../src/core/voice.ts'
import { alignmentOf, sequenceRules } from '../../src/engine/bundle-models.ts'
import { decodeAlone } from '../../src/engine/llm/decode-alone.ts'
import { LiveSequence } from '../../src/engine/llm/live-sequence.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { PlainSequence } from '../../src/engine/llm/llm-sequence.ts'
import { SpokenPlaces } from '../../src/engine/llm/spoken-places.ts'
import { SpeechTimes } from '../../src/speech/speech-times.ts'
import { promptTranscript } from '../../src/text/front-end.ts'
import { speakable } from '../../src/text/speakable.ts'
import { TextWords } from '../../src/text/text-words.ts'
import type { TextTokenizer } from '../../src/text/tokenizer.ts'

export interface Recorded {
  readonly text: string
  readonly tokens: Int32Array
  readonly samples: Float32Array
  readonly sampleRate: number
}

/** `live`: the text in the interleave of one that is still being written. `estimate`: without the model's help. */
export type Way = 'whole' | 'live' | 'estimate'

const RATIO = 5

export function forcedTimes(
  { llm, bundle, tokenizer }: { llm: LlmRunner; bundle: Bundle; tokenizer: TextTokenizer },
  voice: Voice,
  { text, tokens, samples, sampleRate }: Recorded,
  way: Way,
): readonly TimedText[] {
  const { parameters } = bundle.manifest
  const rules = sequenceRules(bundle, llm.pool.maxLength)
  const promptIds = tokenizer.encodeUser(promptTranscript(voice.transcript, tokenizer.marks))
  const reading = { countTokens: (part: string) => tokenizer.encodeUser(part).length }
  const said = speakable(text, reading).segments.map((segment) => segment.text)
  if (said.length !== 1) throw new Error(`expected a text of one segment, got ${said.length}: ${text}`)
  const words = new TextWords(tokenizer, (word) => speakable(word, { ...reading, fragment: true }).text)
  words.whole(text)
  const textIds = tokenizer.encodeUser(said[0]!)
  const part = words.part(said[0]!, textIds)
  const places = { of: new SpokenPlaces(alignmentOf(bundle), rules.ids, promptIds.length), told: [] }
  const sequence =
    way === 'live'
      ? live(new LiveSequence(promptIds, voice.speechTokens, rules), textIds)
      : new PlainSequence(promptIds, voice.speechTokens, textIds, rules, { min: 0, max: 1000 })
  const { sampling } = parameters.llm
  decodeAlone(llm, sequence, { how: 'given', given: tokens, sampling, seed: 0 }, places)
  const told = Int32Array.from(places.told, (place: number) => (way === 'estimate' ? -1 : place))
  const timing = { words: part, tokenSeconds: 1 / parameters.features.tokenRate, ratio: RATIO }
  const times = new SpeechTimes<void>(words, 'word', sampleRate, () => timing)
  const source = { audio: endedRing(Float32Array, samples), places: endedRing(Int32Array, told) }
  times.room(source, undefined, 0)
  times.gave(samples, source)
  times.ended(source)
  return times.take()
}

function live(sequence: LiveSequence, textIds: Int32Array): LiveSequence {
  sequence.append(textIds)
  sequence.finish()
  return sequence
}
