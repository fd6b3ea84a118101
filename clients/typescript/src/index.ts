/** What the package offers. */
export { type ClientOptions, LightTTSClient } from './client.ts'
export { LightTTSError, type LightTTSErrorKind } from './errors.ts'
export type { ConvertRequest, ModelAbilities, SpeechRequest, StoredVoice, VoiceToKeep } from './requests.ts'
export type { LiveSession, Recording, SessionEvent, SessionRequest, SpeechMode } from './session.ts'
export type { TimedRequest, TimedSpeech, TimedText } from './timed.ts'
