/** What the names of speakers in published checkpoints say: `中文女` is a woman that speaks Chinese. */
import type { VoiceGender } from '../core/voice.ts'

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

/** Nothing for other names. */
export function voiceFacts(id: string): VoiceFacts {
  const [, place = '', sex = ''] = /^(中文|英文|日语|韩语|粤语)(女|男)$/u.exec(id) ?? []
  const language = LANGUAGES[place]
  const gender = GENDERS[sex]
  return { ...(language === undefined ? {} : { language }), ...(gender === undefined ? {} : { gender }) }
}
