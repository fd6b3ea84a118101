/** What the package offers. */
export { LightTTSClient } from './client.ts'
export { LightTTSError, type LightTTSErrorKind } from './errors.ts'
export type { Job, JobRequest, Jobs, LoadOptions, WaitOptions } from './jobs.ts'
export type { ConvertRequest, ModelAbilities, SpeechRequest, StoredVoice, VoiceToKeep } from './requests.ts'
export type { ClientOptions } from './server-link.ts'
export type { LiveSession, Recording, SessionEvent, SessionRequest, SpeechMode } from './session.ts'
export type { TimedRequest, TimedSpeech, TimedText } from './timed.ts'
