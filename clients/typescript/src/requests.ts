/** What callers ask for, and what they are told of models and voices. */
import type { Recording, SpeechMode, VoicedRequest } from './session.ts'

export interface SpeechRequest extends VoicedRequest {
  readonly text: string
  /** `wav` unless given. */
  readonly responseFormat?: 'wav' | 'pcm' | 'mp3' | 'opus' | 'flac' | 'aac' | 'mulaw'
  /** Ends the synthesis. */
  readonly signal?: AbortSignal
}

export interface ConvertRequest {
  /** The recording whose words are said. */
  readonly sourceAudio: Recording
  /** The voice that says them: one that the server keeps, or a recording of it; the server's first where neither is given. */
  readonly voice?: string
  readonly referenceAudio?: Recording
  readonly model?: string
  /** `wav` unless given. */
  readonly responseFormat?: SpeechRequest['responseFormat']
  readonly sampleRate?: number
  /** 0.5–2 */
  readonly speed?: number
  readonly seed?: number
  /** Ends the conversion. */
  readonly signal?: AbortSignal
}

/** What a model can do; the fields beside `id` are missing while it loads. */
export interface ModelAbilities {
  readonly id: string
  readonly family?: string
  /** Whether it takes `instruct`. */
  readonly instructions?: boolean
  readonly modes?: readonly SpeechMode[]
  /** Sounds and phones that texts may hold, such as `[breath]`. */
  readonly marks?: readonly string[]
  readonly languages?: readonly string[]
}

export interface StoredVoice {
  readonly id: string
  readonly language: string | null
  readonly gender?: 'female' | 'male' | 'neutral' | null
  readonly description?: string | null
  readonly seconds: number
  readonly transcript: string
  readonly origin: 'bundle' | 'user'
  /** Further names of a voice of the model. */
  readonly aliases?: readonly string[]
}

/** A voice that the server shall keep under a name. */
export interface VoiceToKeep {
  readonly id: string
  readonly referenceAudio: Recording
  readonly promptText: string
  readonly promptMode?: VoicedRequest['promptMode']
  readonly language?: string
  readonly gender?: 'female' | 'male' | 'neutral'
  readonly description?: string
  readonly shared?: boolean
  readonly replace?: boolean
}
