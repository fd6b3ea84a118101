/** The voice that a socket speaks in: what its first message names, or the recording behind it; held until the socket closes. */
import type { WsInit } from '../../api/speech-params.ts'
import type { VoiceHandle, VoiceRequest } from '../../core/speech-port.ts'
import { promptModeOf } from '../requests/prompt-form.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { admit, prepareVoice, workFor } from '../requests/synthesis.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'
import type { WsPeer } from './ws-peer.ts'

export class WsVoice {
  readonly #context: ServerContext
  readonly #peer: WsPeer
  readonly #left = new AbortController()
  #handle: VoiceHandle | undefined
  /** The recording was counted against the client's rate: the first utterance in its voice is not. */
  #isPrepaid = false

  constructor(context: ServerContext, peer: WsPeer) {
    this.#context = context
    this.#peer = peer
  }

  /** Undefined until `prepare` has ended. */
  get handle(): VoiceHandle | undefined {
    return this.#handle
  }

  /** Rejects with why the voice cannot be had. */
  async prepare(init: WsInit, recording: Uint8Array | undefined): Promise<void> {
    const context = this.#context
    const work = workFor(context, this.#peer.client, this.#left.signal)
    const upload = context.ledger.openUpload(work.client)
    let releasePlace = () => {}
    try {
      upload.take(recording?.length ?? 0)
      if (recording !== undefined) {
        this.#peer.checkKey()
        releasePlace = await admit(context, this.#peer)
        this.#isPrepaid = true
      }
      const request = voiceRequestOf(context, init, this.#peer.key?.owner, recording)
      const handle = await prepareVoice(context, request, init.tts_model_name, work)
      if (this.#left.signal.aborted) handle.release()
      else this.#handle = handle
    } finally {
      releasePlace()
      upload.release()
    }
  }

  /** How the next utterance counts against the client's rate. */
  takeRate(): 'prepaid' | 'counted' {
    const rate = this.#isPrepaid ? 'prepaid' : 'counted'
    this.#isPrepaid = false
    return rate
  }

  /** The socket has closed: a voice that is still being prepared is let go when it is there. */
  release(): void {
    this.#left.abort()
    this.#handle?.release()
  }
}

/** Throws VOICE_NOT_FOUND. `owner`: the key that opened the socket, hashed. */
function voiceRequestOf(
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
