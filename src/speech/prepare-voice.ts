/** A voice for one request: a stored one, or made from the recording that it sends. Either is kept while it is spoken with. */
import type { VoiceRequest, WorkFor } from '../core/speech-port.ts'
import type { DictionaryStore } from '../voice/dictionary-store.ts'
import type { VoiceCache, VoiceLease } from '../voice/voice-cache.ts'
import type { VoiceLibrary } from '../voice/voice-library.ts'
import type { VoiceMaker } from '../voice/voice-maker.ts'
import { LeasedVoice } from './leased-voice.ts'
import type { PromptRoom } from './prompt-room.ts'
import { promptedInstruction } from './spoken-style.ts'

interface VoiceParts {
  readonly voices: VoiceCache
  readonly library: VoiceLibrary
  readonly maker: VoiceMaker
  readonly dictionaries: DictionaryStore
  readonly promptRoom: PromptRoom
}

/** Throws what decoding, extracting and loading do, and INVALID_PARAMETER where no room for speech would be left. */
export async function prepareVoice(
  { voices, library, maker, dictionaries, promptRoom }: VoiceParts,
  request: VoiceRequest,
  work: WorkFor,
): Promise<LeasedVoice> {
  if (request.kind === 'stored') {
    const { id, owner } = request
    const lease = await leaseStored(voices, library, id, owner)
    const words = dictionaries.wordsFor(owner, library.idOf(id), id)
    return promptRoom.admit(new LeasedVoice(lease, words))
  }
  const recording = await maker.decode(request, work)
  promptRoom.checkRecording(recording)
  const extract = (signal: AbortSignal) => maker.extract(recording, { ...work, signal })
  const lease = await voices.acquire(recording.key, extract, work.signal, 'recording')
  const words = dictionaries.wordsFor(request.owner)
  const instruction = promptedInstruction(request, recording)
  return promptRoom.admit(new LeasedVoice(lease, words, { warnings: recording.warnings, instruction }))
}

/** What is read of a voice that is being replaced is not kept under the key of the one before. */
async function leaseStored(
  voices: VoiceCache,
  library: VoiceLibrary,
  id: string,
  owner: string | undefined,
): Promise<VoiceLease> {
  for (;;) {
    const key = await library.keyOf(id, owner)
    const lease = await voices.acquire(key, () => library.load(id, owner))
    if (lease.voice.key === key) return lease
    lease.release()
    voices.forget(key)
  }
}
