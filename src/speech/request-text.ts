/** What a request, its voice and its server say of how a text is read → one set of options. */
import type { Dictionary, TextOptions } from '../core/speech-port.ts'
import type { SpeakableOptions } from '../text/speakable.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'

/** What reading a text has to know of the model. */
export interface SpokenModel {
  readonly tokenizer: TextTokenizer
  /** Tags. */
  readonly languages: readonly string[]
}

/** The request's words go over `words`, which are kept for the voice; its language before the voice's. */
export function speakableOptions(
  { tokenizer, languages }: SpokenModel,
  text: TextOptions,
  voiceLanguage: string | undefined,
  words: Dictionary,
): SpeakableOptions {
  return {
    countTokens: (part) => tokenizer.encodeUser(part).length,
    marks: tokenizer.marks,
    languages,
    voiceLanguage,
    language: text.language,
    textFormat: text.textFormat,
    codeBlocks: text.codeBlocks,
    dictionary: { ...words, ...text.dictionary },
  }
}
