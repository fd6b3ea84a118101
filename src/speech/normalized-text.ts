/** What would be said of a text, without saying it. */
import type { NormalizedText, TextOptions } from '../core/speech-port.ts'
import { speakable } from '../text/speakable.ts'
import type { DictionaryStore } from '../voice/dictionary-store.ts'
import type { VoiceLibrary } from '../voice/voice-library.ts'
import { type SpokenModel, speakableOptions } from './request-text.ts'

interface TextParts {
  readonly model: SpokenModel
  readonly library: VoiceLibrary
  readonly dictionaries: DictionaryStore
}

/** As with `voice`, where one is given. Throws VOICE_NOT_FOUND, INVALID_PARAMETER for SSML that does not parse. */
export function normalizedText(
  { model, library, dictionaries }: TextParts,
  text: string,
  options: TextOptions,
  voice?: { readonly id: string; readonly owner?: string | undefined },
): NormalizedText {
  const { id, language } = voice === undefined ? {} : library.infoOf(voice.id, voice.owner)
  const words = dictionaries.wordsFor(voice?.owner, id, voice?.id)
  const said = speakable(text, speakableOptions(model, options, language, words))
  return {
    text: said.text,
    segments: said.segments.map((segment) => segment.text),
    warnings: said.warnings.map(({ message }) => message),
  }
}
