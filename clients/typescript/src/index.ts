/** What the package offers. */
export {
  type ClientOptions,
  type ConvertRequest,
  LightTTSClient,
  type ModelAbilities,
  type SpeechRequest,
  type StoredVoice,
} from './client.ts'
export { LightTTSError, type LightTTSErrorKind } from './errors.ts'
export type { LiveSession, Recording, SessionEvent, SessionRequest, SpeechMode } from './session.ts'
