/** The voice that a socket speaks in: what its first message names, or the recording behind it. */
import type { WsInit } from '../../api/speech-params.ts'
import type { VoiceRequest } from '../../core/speech-port.ts'
import { promptModeOf } from '../requests/prompt-form.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'

/** Throws VOICE_NOT_FOUND. `owner`: the key that opened the socket, hashed. */
export function voiceRequestOf(
  context: ServerContext,
  init: WsInit,
  owner: string | undefined,
  recording: Uint8Array | undefined,
): VoiceRequest {
  if (recording === undefined) {
    const said = { language: init.language, model: init.tts_model_name }
    return { kind: 'stored', id: storedVoiceOf(context, init.voice!, owner, said), owner }
  }
  return {
    kind: 'recording',
    owner,
    audio: recording,
    promptText: init.prompt_text ?? '',
    promptMode: promptModeOf(init.prompt_mode, context.config, init.mode),
  }
}
