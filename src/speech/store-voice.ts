/** A recording becomes a stored voice: decoded, turned into features, kept. */
import { TtsError } from '../core/errors.ts'
import { ownWork, type StoredVoice, type VoiceDetails, type VoiceRequest } from '../core/speech-port.ts'
import { languageOf } from '../core/voice-language.ts'
import type { VoiceLibrary } from '../voice/voice-library.ts'
import type { VoiceMaker } from '../voice/voice-maker.ts'
import type { PromptRoom } from './prompt-room.ts'

interface StoreParts {
  readonly library: VoiceLibrary
  readonly maker: VoiceMaker
  readonly promptRoom: PromptRoom
}

/** Throws what decoding, extracting and storing do, and INVALID_PARAMETER where no room for speech would be left. */
export async function storeVoice(
  { library, maker, promptRoom }: StoreParts,
  id: string,
  request: VoiceRequest,
  details: VoiceDetails = {},
  work = ownWork(),
): Promise<StoredVoice> {
  if (request.kind !== 'recording') {
    throw new TtsError('INVALID_REQUEST', 'Invalid request', 'expected a recording, got a voice name')
  }
  const { replace = false, ...kept } = details
  library.checkRoom(id, details.owner, replace)
  const recording = await maker.decode(request, work)
  promptRoom.checkRecording(recording)
  const voice = await maker.extract(recording, work)
  promptRoom.checkVoice(voice)
  // A request that has left stores nothing.
  if (work.signal.aborted) throw new TtsError('CANCELLED', 'Cancelled', 'the client left')
  const language = details.language ?? languageOf(recording.transcript)
  const stored = await library.store(id, { ...voice, ...kept, language }, replace)
  return { ...stored, warnings: recording.warnings }
}
