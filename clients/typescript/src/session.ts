/** A live session: text goes in piece by piece while audio comes out. */
import { errorOf, LightTTSError } from './errors.ts'
import type { Socket } from './socket.ts'

/** What a model hears of a recording: its words and sound, an instruction and its sound, its sound alone; auto: what is there. */
export type SpeechMode = 'auto' | 'zero_shot' | 'instruct' | 'cross_lingual'

/** A recording: the bytes of a file, or a file as browsers and Node have them. */
export type Recording = Uint8Array | ArrayBuffer | Blob

/** What the server tells of a session beside its audio. */
export interface SessionEvent {
  readonly event: 'ready' | 'started' | 'word' | 'sentence' | 'done' | 'cancelled'
  readonly utterance?: number
  readonly format?: string
  readonly sample_rate?: number
  readonly warnings?: readonly string[]
  /** Of `word` and `sentence`, as in `TimedText`; told before the audio that they are in. */
  readonly text?: string
  readonly start?: number
  readonly end?: number
  readonly from?: number
  readonly to?: number
}

export interface VoicedRequest {
  /** A recording of the voice, and what is said in it. */
  readonly referenceAudio?: Recording
  readonly promptText?: string
  /** A voice that the server keeps, instead of a recording. */
  readonly voice?: string
  /** How `promptText` is used. */
  readonly promptMode?: 'auto' | 'transcript' | 'style'
  /** How to speak, such as a dialect or a mood; refused where the model takes no instructions. */
  readonly instruct?: string
  readonly mode?: SpeechMode
  readonly model?: string
  /** 0.5–2 */
  readonly speed?: number
  readonly seed?: number
  /** Samples a second of the audio that comes; 16000 unless asked otherwise. */
  readonly sampleRate?: number
}

export interface SessionRequest extends VoicedRequest {
  /** `pcm` unless given: 16-bit. */
  readonly responseFormat?: 'wav' | 'pcm' | 'mp3' | 'opus' | 'flac' | 'aac' | 'mulaw'
  /** Of digits and signs whose text does not tell their language. */
  readonly language?: string
  /** Also told of as events, with their times. */
  readonly timestamps?: 'word' | 'sentence'
  /** Is told of the server's events. */
  readonly onEvent?: (event: SessionEvent) => void
}

const NORMAL_CLOSURE = 1000

/** Iterate over it for audio: 16-bit PCM unless asked otherwise. The iteration ends after `finish` and the last audio, and throws a `LightTTSError`. */
export class LiveSession implements AsyncIterable<Uint8Array> {
  readonly #socket: Socket
  readonly #audio: Uint8Array[] = []
  #end: { readonly error: LightTTSError | undefined } | undefined
  #said: unknown
  readonly #onEvent: SessionRequest['onEvent']
  #wake: () => void = () => {}

  private constructor(socket: Socket, request: SessionRequest) {
    this.#socket = socket
    socket.onMessage = (data) => this.#receive(data)
    socket.onClose = (code, reason) => this.#close(code, reason)
    this.#onEvent = request.onEvent
    socket.send(JSON.stringify(initMessage(request)))
  }

  /** Opens the dialogue over a socket that is open. */
  static async open(socket: Socket, request: SessionRequest): Promise<LiveSession> {
    const { referenceAudio } = request
    const recording = referenceAudio === undefined ? undefined : await bytesOf(referenceAudio)
    const session = new LiveSession(socket, request)
    if (recording !== undefined) socket.send(recording)
    return session
  }

  /** More text, cut anywhere. */
  send(text: string, options: { readonly finish?: boolean } = {}): void {
    this.#tell({ tts_text: text, finish: options.finish === true })
  }

  /** Speak what is there without waiting for more. */
  flush(): void {
    this.#tell({ flush: true })
  }

  /** Drop what is not spoken; the session stays open. */
  cancel(): void {
    this.#tell({ cancel: true })
  }

  /** No more text comes. */
  finish(): void {
    this.#tell({ tts_text: '', finish: true })
  }

  /** Ends the session; what is not heard yet is dropped. */
  close(): void {
    this.#socket.close()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        const piece = this.#audio.shift()
        if (piece !== undefined) yield piece
        else if (this.#end === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        } else if (this.#end.error !== undefined) throw this.#end.error
        else return
      }
    } finally {
      this.close()
    }
  }

  #tell(message: object): void {
    // After the end the reason is read with the audio.
    if (this.#end === undefined) this.#socket.send(JSON.stringify(message))
  }

  #receive(data: string | Uint8Array): void {
    if (typeof data !== 'string') this.#audio.push(data)
    else {
      const message = JSON.parse(data) as SessionEvent & { error_code?: unknown }
      if (message.error_code !== undefined) this.#said = message
      else this.#onEvent?.(message)
    }
    this.#wake()
  }

  #close(code: number, reason: string): void {
    if (this.#end !== undefined) return
    this.#end = { error: this.#failure(code, reason) }
    this.#wake()
  }

  #failure(code: number, reason: string): LightTTSError | undefined {
    if (this.#said !== undefined) return errorOf(code, this.#said)
    if (code === NORMAL_CLOSURE) return undefined
    const detail = reason || `the connection ended with ${code}`
    return new LightTTSError('The audio broke off', { kind: 'incomplete', detail, status: code })
  }
}

function initMessage(request: SessionRequest): object {
  const { promptText, promptMode, voice, model, speed, seed, instruct, mode, language } = request
  const fields = {
    ...{ prompt_text: promptText, prompt_mode: promptMode, voice, speed, seed, instruct, mode, language },
    response_format: request.responseFormat,
    sample_rate: request.sampleRate,
    timestamps: request.timestamps,
    events: request.onEvent === undefined ? undefined : true,
  }
  return { tts_model_name: model ?? 'default', ...definedOf(fields) }
}

export async function bytesOf(recording: Recording): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(recording instanceof Blob ? await recording.arrayBuffer() : recording)
}

/** The fields that have a value. */
export function definedOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
