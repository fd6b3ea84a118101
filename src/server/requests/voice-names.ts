/**
 * Which stored voice a name in a request means: the voice of that id, an alias of the configuration, or one of the names
 * that OpenAI's clients send.
 */
import type { Config } from '../../config/schema.ts'
import type { StoredVoice, Synthesizer } from '../../core/speech-port.ts'
import type { VoiceGender } from '../../core/voice.ts'
import { canonicalVoiceId } from '../../core/voice-id.ts'
import { languageOf, primaryTag } from '../../core/voice-language.ts'

/** OpenAI's voices with the sex that they sound like, in the order in which they are spread over stored voices. */
const OPENAI_VOICES: Readonly<Record<string, VoiceGender>> = {
  alloy: 'female',
  ash: 'male',
  ballad: 'male',
  cedar: 'male',
  coral: 'female',
  echo: 'male',
  fable: 'male',
  marin: 'female',
  nova: 'female',
  onyx: 'male',
  sage: 'female',
  shimmer: 'female',
  verse: 'male',
}

export interface VoiceNames {
  readonly config: Pick<Config, 'openai'>
  readonly synthesizer: Pick<Synthesizer, 'listVoices'>
}

/** What tells the language of a text: its tag, else its script. */
export interface SpokenText {
  readonly language?: string | undefined
  readonly text?: string | undefined
  /** Whose voices are meant; the default one's where undefined. */
  readonly model?: string | undefined
}

/**
 * The id that a name stands for; the name itself where it stands for none. A stored voice goes before an alias of its
 * name. An alias that the model brings stays as it is, and goes before others, too. One of OpenAI's names is the first voice in the list that has the text's language and the name's sex. Where
 * none has, one of both. Several names are spread over several such voices.
 */
export function storedVoiceOf(
  { config, synthesizer }: VoiceNames,
  name: string,
  owner: string | undefined,
  said: SpokenText = {},
): string {
  return meantOf(synthesizer.listVoices(owner, said.model), config.openai.voices, name, said)
}

/** Every alias that leads to a voice, with that voice for a text without a language. */
export function voiceAliases(
  { config, synthesizer }: VoiceNames,
  owner: string | undefined,
): readonly { readonly alias: string; readonly voice: StoredVoice }[] {
  const voices = synthesizer.listVoices(owner)
  const brought = voices.flatMap(({ aliases = [] }) => aliases)
  const known = [...Object.keys(config.openai.voices), ...Object.keys(OPENAI_VOICES)]
  return [...new Set([...brought, ...known])].flatMap((alias) => {
    const voice = calledIn(voices, meantOf(voices, config.openai.voices, alias, {}))
    return voice === undefined || voice.id === alias ? [] : [{ alias, voice }]
  })
}

function meantOf(
  voices: readonly StoredVoice[],
  aliases: Readonly<Record<string, string>>,
  name: string,
  said: SpokenText,
): string {
  if (calledIn(voices, name) !== undefined) return name
  if (Object.hasOwn(aliases, name)) return aliases[name]!
  const gender = Object.hasOwn(OPENAI_VOICES, name) ? OPENAI_VOICES[name] : undefined
  return gender === undefined ? name : (standIn(voices, name, gender, said)?.id ?? name)
}

/** The voice of this id or model's alias. */
function calledIn(voices: readonly StoredVoice[], name: string): StoredVoice | undefined {
  const id = canonicalVoiceId(name)
  return voices.find((voice) => voice.id === id || voice.aliases?.includes(id))
}

function standIn(
  voices: readonly StoredVoice[],
  name: string,
  gender: VoiceGender,
  { language, text = '' }: SpokenText,
): StoredVoice | undefined {
  const wanted = primaryTag(language ?? languageOf(text) ?? 'en')
  const inLanguage = voices.filter((voice) => primaryTag(voice.language) === wanted)
  const candidates = inLanguage.length > 0 ? inLanguage : voices
  const ofSex = candidates.filter((voice) => voice.gender === gender)
  const fitting = ofSex.length > 0 ? ofSex : candidates
  const sameSex = Object.keys(OPENAI_VOICES).filter((each) => OPENAI_VOICES[each] === gender)
  return fitting[sameSex.indexOf(name) % fitting.length]
}
