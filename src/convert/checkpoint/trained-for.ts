/**
 * What a checkpoint was trained for beyond plain speech: as the released models, unless its settings say less in a
 * section `light_tts`.
 */
import type { YamlSection } from './yaml-value.ts'

export interface TrainedFor {
  /** Whether an instruction before the mark changes how it speaks. */
  readonly instructions: boolean
  /** Language tags. */
  readonly languages: readonly string[]
  readonly text: {
    /** Special tokens that a user's text may hold. */
    readonly marks: string[]
    /** How letters by themselves are given to it: as they are written, or by their names, for one that cannot spell. */
    readonly letters: 'written' | 'named'
    /** `plain` for one whose texts held no other punctuation than full stops, commas and marks of calls and questions. */
    readonly punctuation: 'written' | 'plain'
  }
}

const SECTION = 'light_tts'
/** Sounds and phones, `[…]`, and stretches between tags; everything else of a tokenizer is control. */
const MARK = /^(?:\[[^\s[\]]{1,20}\]|<\/?(?:strong|laughter)>)$/u

/**
 * `specials` of a family: those of the form of a mark are for users. `light_tts: {instructions: False, languages: en zh,
 * marks: "", letters: named, punctuation: plain}` takes away. Throws BAD_CHECKPOINT for values of another type.
 */
export function readTrainedFor(
  yaml: YamlSection,
  specials: readonly string[],
  languages: readonly string[],
): TrainedFor {
  const marks = specials.filter((content) => MARK.test(content))
  if (!yaml.has(SECTION))
    return { instructions: true, languages, text: { marks, letters: 'written', punctuation: 'written' } }
  const own = yaml.section(SECTION)
  own.require('instructions', true, false)
  const words = (key: string) =>
    own.has(key)
      ? own
          .string(key)
          .split(/\s+/)
          .filter((word) => word !== '')
      : undefined
  const named = words('marks')
  const says = (key: string, value: string) => own.has(key) && own.string(key) === value
  return {
    instructions: !own.isFalse('instructions'),
    languages: words('languages') ?? languages,
    text: {
      marks: named === undefined ? marks : marks.filter((mark) => named.includes(mark)),
      letters: says('letters', 'named') ? 'named' : 'written',
      punctuation: says('punctuation', 'plain') ? 'plain' : 'written',
    },
  }
}
