/** What the package offers. */
export { type ClientOptions, LightTTSClient, type SpeechRequest, type StoredVoice } from './client.ts'
export { LightTTSError, type LightTTSErrorKind } from './errors.ts'
export type { LiveSession, SessionRequest } from './session.ts'
