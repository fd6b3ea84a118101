/**
 * A light-tts server, seen from JavaScript: speech over HTTP, live sessions, models and voices.
 *
 * Runs in browsers and in Node.
 */
import { Jobs } from './jobs.ts'
import type { ConvertRequest, ModelAbilities, SpeechRequest, StoredVoice, VoiceToKeep } from './requests.ts'
import { type ClientOptions, joined, ServerLink } from './server-link.ts'
import { bytesOf, definedOf, LiveSession, type Recording, type SessionRequest } from './session.ts'
import { openSocket } from './socket.ts'
import { type TimedRequest, type TimedSpeech, textOf, timedSpeech } from './timed.ts'

export class LightTTSClient {
  /** Long texts that are spoken in the background. */
  readonly jobs: Jobs
  readonly #server: ServerLink

  constructor(options: ClientOptions = {}) {
    this.#server = new ServerLink(options)
    this.jobs = new Jobs(this.#server)
  }

  /** The whole file. Throws `LightTTSError`. */
  async synthesize(request: SpeechRequest): Promise<Uint8Array> {
    return joined(this.#speak(request, false))
  }

  /** The same in pieces as they are made. Leaving the loop ends the synthesis. Throws `LightTTSError`. */
  synthesizeStream(request: SpeechRequest): AsyncGenerator<Uint8Array> {
    return this.#speak(request, true)
  }

  /** A WAV with its words, or its sentences, and when each is said. Throws `LightTTSError`. */
  async synthesizeTimed(request: TimedRequest): Promise<TimedSpeech> {
    const asked = { response_format: 'json', timestamps: request.timestamps ?? 'word' }
    return timedSpeech(JSON.parse(textOf(await joined(this.#speak(request, false, asked)))))
  }

  /** What is said as subtitles, without its audio. Throws `LightTTSError`. */
  async subtitles(request: TimedRequest, format: 'srt' | 'vtt'): Promise<string> {
    const asked = { response_format: format, timestamps: request.timestamps ?? 'sentence' }
    return textOf(await joined(this.#speak(request, false, asked)))
  }

  /** A recording's words in another voice, as a whole file. Throws `LightTTSError`. */
  async convert(request: ConvertRequest): Promise<Uint8Array> {
    return joined(this.#convert(request, false))
  }

  /** The same in pieces as they are made. Leaving the loop ends the conversion. Throws `LightTTSError`. */
  convertStream(request: ConvertRequest): AsyncGenerator<Uint8Array> {
    return this.#convert(request, true)
  }

  /** A live session over the WebSocket. */
  async session(request: SessionRequest): Promise<LiveSession> {
    const { baseUrl, apiKey, timeout } = this.#server
    const url = `${baseUrl.replace(/^http/, 'ws')}/inference_zero_shot_bistream`
    return LiveSession.open(await openSocket(url, apiKey, timeout), request)
  }

  /** Names of the models that the server offers. */
  async models(): Promise<string[]> {
    return (await this.#server.json<{ tts_models: string[] }>('GET', '/query_tts_model')).tts_models
  }

  /** The models, and what each can do. */
  async modelAbilities(): Promise<ModelAbilities[]> {
    return (await this.#server.json<{ data: ModelAbilities[] }>('GET', '/v1/models')).data
  }

  async voices(): Promise<StoredVoice[]> {
    return (await this.#server.json<{ voices: StoredVoice[] }>('GET', '/v1/voices')).voices
  }

  /** Keeps a voice on the server under a name; one that is taken is refused unless it shall be replaced. */
  async addVoice(voice: VoiceToKeep): Promise<StoredVoice> {
    const { id, referenceAudio, promptText, promptMode, language, gender, description, shared, replace } =
      voice
    const fields = {
      ...{ id, prompt_text: promptText, prompt_mode: promptMode },
      ...{ language, gender, description, shared, replace },
    }
    return this.#server.json('POST', '/v1/voices', {
      body: await formOf(fields, { prompt_wav: referenceAudio }),
    })
  }

  async deleteVoice(id: string): Promise<void> {
    await this.#server.request('DELETE', `/v1/voices/${encodeURIComponent(id)}`)
  }

  /** Whether the server takes new work now. */
  async ready(): Promise<boolean> {
    return this.#server.once('GET', '/readiness').then(
      ({ status }) => status === 200,
      () => false,
    )
  }

  async *#speak(
    request: SpeechRequest,
    stream: boolean,
    instead: Readonly<Record<string, string>> = {},
  ): AsyncGenerator<Uint8Array> {
    const form = await formOf(
      {
        tts_text: request.text,
        prompt_text: request.promptText,
        voice: request.voice,
        tts_model_name: request.model,
        stream,
        speed: request.speed,
        seed: request.seed,
        prompt_mode: request.promptMode,
        instruct: request.instruct,
        mode: request.mode,
        response_format: request.responseFormat,
        sample_rate: request.sampleRate,
        ...instead,
      },
      { prompt_wav: request.referenceAudio },
    )
    yield* this.#audio('/inference_zero_shot', form, request.signal)
  }

  async *#convert(request: ConvertRequest, stream: boolean): AsyncGenerator<Uint8Array> {
    const { voice, model, speed, seed, responseFormat = 'wav', sampleRate } = request
    const form = await formOf(
      { voice, model, speed, seed, stream, response_format: responseFormat, sample_rate: sampleRate },
      { source_wav: request.sourceAudio, prompt_wav: request.referenceAudio },
    )
    yield* this.#audio('/v1/audio/convert', form, request.signal)
  }

  async *#audio(path: string, form: FormData, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const answer = await this.#server.request('POST', path, { body: form, signal })
    yield* this.#server.pieces(answer, signal)
  }
}

async function formOf(
  fields: Readonly<Record<string, unknown>>,
  recordings: Readonly<Record<string, Recording | undefined>>,
): Promise<FormData> {
  const form = new FormData()
  for (const [name, value] of Object.entries(definedOf(fields))) form.append(name, String(value))
  for (const [name, recording] of Object.entries(recordings)) {
    if (recording === undefined) continue
    form.append(name, new Blob([await bytesOf(recording)], { type: 'audio/wav' }), `${name}.wav`)
  }
  return form
}
