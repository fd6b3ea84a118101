/** Text messages of a WebSocket → checked values. */
import {
  MAX_CONTEXT_ID,
  type WsCommand,
  type WsInit,
  wsCommandSchema,
  wsInitSchema,
} from '../../api/speech-params.ts'
import { checkSpeechSeconds } from '../../api/speech-seconds.ts'
import { checkPieceEncoding, parseJson, parseValues } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import { checkPromptText, outputOf, styleOf } from '../requests/prompt-form.ts'
import { assertModel, type ServerContext } from '../requests/server-context.ts'

/** Bytes of a JSON message beside its text, and bytes that one escaped character may take. */
const JSON_OVERHEAD_BYTES = 16_384
const BYTES_PER_CHARACTER = 12

export class WsMessages {
  readonly #context: ServerContext
  /** Of one text message. */
  readonly maxBytes: number

  constructor(context: ServerContext) {
    this.#context = context
    this.maxBytes = JSON_OVERHEAD_BYTES + context.config.limits.max_text_length * BYTES_PER_CHARACTER
  }

  /** Throws INVALID_REQUEST, with 413 for too many bytes. */
  parse(data: Uint8Array): unknown {
    if (data.length > this.maxBytes) {
      const detail = `expected at most ${this.maxBytes} bytes of JSON`
      throw new TtsError('INVALID_REQUEST', 'Message too large', detail, { status: 413 })
    }
    return parseJson(Buffer.from(data.buffer, data.byteOffset, data.length).toString('utf8'))
  }

  init(value: unknown): WsInit {
    const { config } = this.#context
    const init = parseValues(this.#isCompat ? wsInitSchema.strip() : wsInitSchema, value)
    assertModel(this.#context, init.tts_model_name)
    styleOf(this.#context, init.tts_model_name, init)
    outputOf(init, config)
    if (init.prompt_text !== undefined) checkPromptText(init.prompt_text, config)
    return init
  }

  command(value: unknown): WsCommand {
    const command = parseValues(this.#isCompat ? wsCommandSchema.strip() : wsCommandSchema, value)
    const text = command.tts_text ?? ''
    checkPieceEncoding('tts_text', text)
    checkSpeechSeconds(text, this.#context.config.limits.max_speech_seconds)
    return command
  }

  /** LightTTS ignores fields that it does not know. */
  get #isCompat(): boolean {
    return this.#context.config.server.compat === 'lighttts'
  }
}

/** Whether a frame of any kind holds a message: a recording never begins so. */
export function isJson(data: Uint8Array): boolean {
  const first = data.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
  return first === 0x7b
}

/** Which context a message is about, as far as it can be told before it is checked. */
export function contextOf(value: unknown): string | undefined {
  const id = (value as { context_id?: unknown } | null)?.context_id
  return typeof id === 'string' && id !== '' && id.length <= MAX_CONTEXT_ID ? id : undefined
}

export function noContexts(): TtsError {
  const detail = 'context_id: expected "contexts": true in the first message, got none'
  return new TtsError('INVALID_REQUEST', 'No contexts', detail)
}
