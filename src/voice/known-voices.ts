/** What is known of a voice: by itself, by its transcript, and by the names of speakers in published checkpoints. */
import type { StoredVoice } from '../core/speech-port.ts'
import type { Voice, VoiceGender } from '../core/voice.ts'
import { languageOf } from '../core/voice-language.ts'

const LANGUAGES: Readonly<Record<string, string>> = {
  中文: 'zh',
  英文: 'en',
  日语: 'ja',
  韩语: 'ko',
  粤语: 'yue',
}
const GENDERS: Readonly<Record<string, VoiceGender>> = { 女: 'female', 男: 'male' }

export interface VoiceFacts {
  readonly language?: string
  readonly gender?: VoiceGender
}

export function describedVoice(id: string, origin: StoredVoice['origin'], voice: Voice): StoredVoice {
  const { seconds, transcript, mode, description } = voice
  const known = origin === 'bundle' ? voiceFacts(id) : {}
  const language = voice.language ?? known.language ?? languageOf(transcript)
  const gender = voice.gender ?? known.gender
  return {
    id,
    language,
    gender,
    description,
    seconds,
    transcript,
    origin,
    mode,
    shared: voice.shared === true,
  }
}

/** `中文女` is a woman that speaks Chinese; nothing for other names. */
export function voiceFacts(id: string): VoiceFacts {
  const [, place = '', sex = ''] = /^(中文|英文|日语|韩语|粤语)(女|男)$/u.exec(id) ?? []
  const language = LANGUAGES[place]
  const gender = GENDERS[sex]
  return { ...(language === undefined ? {} : { language }), ...(gender === undefined ? {} : { gender }) }
}
