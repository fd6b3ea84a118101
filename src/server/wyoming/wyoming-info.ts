/** What a client of the Wyoming protocol is told of this server, and which voice its wish means. */
import { productVersion } from '../../core/product-version.ts'
import type { StoredVoice } from '../../core/speech-port.ts'
import { languageOf, primaryTag } from '../../core/voice-language.ts'
import { firstVoice } from '../requests/openai-defaults.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'

/** What every program and voice must carry. */
const ATTRIBUTION = { name: 'light-tts', url: '' }

/** The answer to `describe`. `owner` as in `Synthesizer.listVoices`. */
export function wyomingInfo({ synthesizer }: ServerContext, owner: string | undefined): object {
  const version = productVersion()
  const known = synthesizer.abilities('default')?.languages ?? ['en']
  const voice = ({ id, language, description }: StoredVoice) => ({
    name: id,
    attribution: ATTRIBUTION,
    installed: true,
    description: description ?? id,
    version: null,
    languages: language === undefined ? known : [language],
    speakers: null,
  })
  const program = {
    name: 'light-tts',
    attribution: ATTRIBUTION,
    installed: true,
    description: 'Streaming speech in stored voices',
    version,
    voices: synthesizer.listVoices(owner).map(voice),
    supports_synthesize_streaming: true,
  }
  return { asr: [], tts: [program], handle: [], intent: [], wake: [], mic: [], snd: [] }
}

export interface VoiceWish {
  readonly name?: string | undefined
  readonly language?: string | undefined
}

/** The id of a stored voice: the one named, else one of the language of the wish or of the text, else the first. */
export function voiceFor(
  context: ServerContext,
  owner: string | undefined,
  { name, language }: VoiceWish,
  text: string,
): string {
  if (name !== undefined) return storedVoiceOf(context, name, owner, { language, text })
  const wanted = primaryTag(language ?? languageOf(text))
  const fitting = context.synthesizer
    .listVoices(owner)
    .find((voice) => wanted !== '' && primaryTag(voice.language) === wanted)
  return fitting?.id ?? firstVoice(context, owner, 'default')
}
