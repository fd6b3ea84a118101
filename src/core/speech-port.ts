/**
 * The one seam between a front end (HTTP, WebSocket, the offline command) and the thing that speaks.
 *
 * The real implementation is `src/speech/synthesizer.ts`; tests and the server's contract suite use a scripted
 * twin.
 */

import type { ModelAbilities, SpeechMode } from './speech-style.ts'
import type { TimedText, TimeUnit } from './timed-text.ts'
import type { Trace } from './trace.ts'
import type { VoiceGender } from './voice.ts'

/** How a recording's text is used. `auto` asks the model whether the recording says it; in doubt `style`. */
export type PromptMode = 'auto' | 'transcript' | 'style'

/** What is wrong with a recording that is taken nevertheless. */
export type PromptWarning = 'clipped' | 'noisy' | 'short' | 'long-silence' | 'level'

/** A voice to speak in: an upload of this request, or one stored by name. */
export type VoiceRequest =
  | {
      readonly kind: 'recording'
      /** SHA-256 of the API key that sends it; undefined where no keys are in use. */
      readonly owner?: string | undefined
      readonly audio: Uint8Array
      readonly promptText: string
      readonly promptMode: PromptMode
    }
  | { readonly kind: 'stored'; readonly id: string; readonly owner?: string | undefined }

/**
 * A prepared voice: decoded, checked, features extracted (or taken from the cache), pinned until released.
 * Opaque to front ends but for its facts.
 */
export interface VoiceHandle {
  /** Content key: decoded audio + transcript + model + extractor version. */
  readonly key: string
  readonly seconds: number
  readonly cached: boolean
  /** Of the recording that this request sent; none for a stored voice. */
  readonly warnings?: readonly PromptWarning[]
  release(): void
}

/** For which client work is done, and what calls it off. */
export interface WorkFor {
  /** Key of the client's address: queues take turns between these. */
  readonly client: string
  /** Aborted once the client has left: work that only it wants ends, and nothing is stored for it. */
  readonly signal: AbortSignal
  /** Milliseconds after which work that has not ended fails with DEADLINE_EXCEEDED. */
  readonly timeoutMs: number
}

/** Work of this process itself: without a client that could leave. */
export function ownWork(): WorkFor {
  return { client: '', signal: new AbortController().signal, timeoutMs: Infinity }
}

export interface SpeechOptions {
  readonly voice: VoiceHandle
  /** Key of the client's address, between which slots are shared; empty for this process itself. */
  readonly client?: string
  /** `default` or a listed model name; unknown → MODEL_NOT_FOUND. */
  readonly model: string
  readonly text?: TextOptions
  /** How the recording and an instruction are used; `auto` where missing. */
  readonly mode?: SpeechMode | undefined
  /** How to speak. With a mark at its end it is taken as it is. */
  readonly instruct?: string | undefined
  /** The same where the prompt's text describes the style: it gives way to `instruct`, and is left out where a model takes none. */
  readonly promptInstruction?: string | undefined
  /** 0.5–2.0; playback rate with the pitch kept. */
  readonly speed: number
  /** Same seed, same text, same voice: same samples. Drawn by the synthesizer where undefined. */
  readonly seed: number | undefined
  /** `stream` is served by deadline; `batch` fills what is left and never starves beyond a bound. */
  readonly priority: 'stream' | 'batch'
  /** `ras` as the reference; `greedy` for comparing. */
  readonly sampling: 'ras' | 'greedy'
  /** Milliseconds in which nothing is done for a request that waits, after which it fails with DEADLINE_EXCEEDED. */
  readonly timeoutMs: number
  /** Where its stages are recorded. */
  readonly trace?: Trace | undefined
  /** Of a route that takes other texts than the rest: UTF-16 units, and seconds of speech. */
  readonly limits?: { readonly characters: number; readonly seconds: number }
  /** What `takeTimes` tells; nothing where missing. */
  readonly timestamps?: TimeUnit | undefined
}

/** A recording whose words are to be said in another voice: its speech tokens, 25 a second. */
export interface SpeechSource {
  readonly tokens: Int32Array
  readonly seconds: number
}

/** Speech being made. Samples are mono float32 at `sampleRate`, in order, none lost or doubled. */
export interface SpeechStream {
  readonly id: string
  readonly sampleRate: number
  /** One line each, of what is not said as it is written; of live text, so far. */
  readonly warnings?: readonly string[]
  /** Tokens of the text, and speech tokens of a second of audio at the speed that was asked for. */
  readonly tokens?: { readonly text: number; readonly perSecond: number } | undefined
  /**
   * The next samples, or undefined once after the last. Rejects with a TtsError when the request failed: what was
   * delivered before is then incomplete. Not calling it is back-pressure: the request pauses, nothing else does.
   */
  next(): Promise<Float32Array | undefined>
  /**
   * What begins in the samples that `next` has given (a sentence: what ends in them), and was not taken yet; in order. To be
   * asked after each `next`, the last one too. Missing where no times are made.
   */
  takeTimes?(): readonly TimedText[]
  /** Frees everything the request holds, in any state; a pending `next` rejects with CANCELLED. Idempotent. */
  cancel(): void
}

/** A stream whose text arrives while it speaks. */
export interface LiveSpeechStream extends SpeechStream {
  /** More text, in any cut. Throws TEXT_TOO_LONG beyond the limit, INVALID_REQUEST after `finish`. */
  append(text: string): void
  /** No text has come for a while: speak what ends like a sentence. Unfinished words and numbers go on waiting. */
  settle(): void
  /** Speak what is there without waiting for more. */
  flush(): void
  /** No more text will come. */
  finish(): void
}

/** `failed`: no device works at the moment; its lanes are being started again. */
export type SynthesizerState = 'loading' | 'ready' | 'draining' | 'failed'

/** What the health, readiness and status endpoints report, read from the lanes' real state. */
export interface SynthesizerStatus {
  readonly state: SynthesizerState
  /** Requests that hold a slot, and those that wait for one. */
  readonly active: number
  readonly queued: number
  /** What the devices make as it is measured now; undefined while nothing serves. */
  readonly capacity?: CapacityStatus | undefined
  readonly devices: readonly DeviceStatus[]
}

export interface StageStatus {
  readonly prefillMs: number
  readonly decodeMs: number
  readonly flowMs: number
  readonly vocoderMs: number
  readonly stepMs: number
  readonly rows: number
}

export interface CapacityStatus {
  readonly audioSecondsPerSecond: number
  /** Streams at once that can be heard without a gap, and those under way as a share of them; undefined: slots decide. */
  readonly listeners: number | undefined
  readonly load: number | undefined
  /** ms of a lane for a second of speech; `stepMs`: of a decoding step with `rows` rows. Undefined before anything was made. */
  readonly stages?: StageStatus | undefined
  /** What the devices cannot do, for people. */
  readonly warning?: string | undefined
}

export interface DeviceStatus {
  readonly name: string
  readonly healthy: boolean
  /** Utterances that the device has admitted, and how many it takes at once. */
  readonly slots: { readonly used: number; readonly total: number }
  /** Rows of the LLM's keys and values: utterances that still need tokens. */
  readonly llmSlots: { readonly used: number; readonly total: number }
  readonly flowStateBytes: { readonly used: number; readonly total: number }
  /** What each lane has done since it was started (counts begin anew after a restart). */
  readonly work: Readonly<Record<'llm' | 'acoustic', LaneWork>>
  /** Mean rows of the last second's LLM steps, mean utterances of its acoustic runs; 0 where there were none. */
  readonly llmBatch: number
  readonly acousticBatch: number
  /** Share of that second that each kind of lane was running a model. */
  readonly llmBusy: number
  readonly acousticBusy: number
}

export interface LaneWork {
  readonly runs: number
  /** LLM: rows decoded; acoustic: mel frames voiced. */
  readonly units: number
  readonly busySeconds: number
}

/** What is kept with a stored voice beside its sound. */
export interface VoiceDetails {
  /** Language tag; found in the transcript where undefined. */
  readonly language?: string | undefined
  /** SHA-256 of the API key that stores it; undefined where no keys are in use. */
  readonly owner?: string | undefined
  /** Whether other keys may see it and speak with it. */
  readonly shared?: boolean | undefined
  /** Whose voice it becomes; the default model's where undefined. */
  readonly model?: string | undefined
  readonly gender?: VoiceGender | undefined
  /** A line for people. */
  readonly description?: string | undefined
  /** Take the place of the same owner's voice with this id, which otherwise stays. */
  readonly replace?: boolean | undefined
}

/** Written form → how it is said; a key stands for whole words. */
export type Dictionary = Readonly<Record<string, string>>

/** How a text is read. */
export interface TextOptions {
  /** Language tag that goes before the voice's own. */
  readonly language?: string | undefined
  /** Words of this request; they go before those of the voice and the server. */
  readonly dictionary?: Dictionary | undefined
  /** `auto` understands Markdown, HTML and SSML; `plain` takes every sign as text. */
  readonly textFormat?: 'auto' | 'plain' | undefined
  /** Whether a fenced block of code is named or passed over in silence. */
  readonly codeBlocks?: 'announce' | 'skip' | undefined
}

/** What will be said of a text. */
export interface NormalizedText {
  /** In words. */
  readonly text: string
  /** What is said in one go. */
  readonly segments: readonly string[]
  /** One line each, of what is not said as it is written. */
  readonly warnings: readonly string[]
}

/** Words that are kept: of all voices, and of one. */
export interface Dictionaries {
  readonly server: Dictionary
  readonly voices: Readonly<Record<string, Dictionary>>
}

export interface StoredVoice {
  readonly id: string
  readonly language: string | undefined
  readonly seconds: number
  readonly transcript: string
  readonly gender?: VoiceGender | undefined
  readonly description?: string | undefined
  readonly mode?: 'transcript' | 'style'
  /** Further names that lead to a voice of the model. */
  readonly aliases?: readonly string[]
  readonly shared?: boolean
  /** Shipped with the model (cannot be deleted) or added by a user. */
  readonly origin: 'bundle' | 'user'
  /** Of the recording, in the answer to storing it only. */
  readonly warnings?: readonly PromptWarning[]
}

export interface Synthesizer {
  readonly models: readonly string[]
  status(): SynthesizerStatus
  /** That of `status`, cheap enough to be asked at every request. */
  state(): SynthesizerState
  /** What a model can do; undefined while it loads. Throws MODEL_NOT_FOUND. */
  abilities(model: string): ModelAbilities | undefined
  /**
   * Throws VOICE_NOT_FOUND, UNSUPPORTED_AUDIO, AUDIO_TOO_LONG, AUDIO_TOO_SHORT, AUDIO_SILENT, MODEL_NOT_READY, and for
   * recordings OVERLOADED, DEADLINE_EXCEEDED, CANCELLED.
   */
  prepareVoice(request: VoiceRequest, model: string, work?: WorkFor): Promise<VoiceHandle>
  /**
   * Throws what `speak` would where such a speech could not begin in time: OVERLOADED, MODEL_NOT_FOUND, MODEL_NOT_READY,
   * DRAINING. Cheap: before a recording is decoded and a text is read. `text` is empty where a recording is said again.
   */
  assertRoom(options: Pick<SpeechOptions, 'model' | 'priority' | 'timeoutMs' | 'client'>, text: string): void
  /** Throws OVERLOADED, MODEL_NOT_FOUND, MODEL_NOT_READY, DRAINING before anything is queued. */
  speak(text: string, options: SpeechOptions): SpeechStream
  speakLive(options: SpeechOptions): LiveSpeechStream
  /** Throws what `prepareVoice` does for recordings. */
  prepareSource(audio: Uint8Array, model: string, work?: WorkFor): Promise<SpeechSource>
  /** The source's words in the voice of `options`. Throws as `speak`, and TEXT_TOO_LONG. */
  convert(source: SpeechSource, options: SpeechOptions): SpeechStream
  /** A model's that the key with this hash may see, all where it is undefined; of the default model where none is named. */
  listVoices(owner?: string, model?: string): readonly StoredVoice[]
  /** Throws VOICE_EXISTS unless `details.replace`, STORAGE_FAILED also where no more voices are kept. */
  storeVoice(id: string, request: VoiceRequest, details?: VoiceDetails, work?: WorkFor): Promise<StoredVoice>
  /** Throws VOICE_NOT_FOUND, INVALID_REQUEST for a bundle voice, UNAUTHORIZED (403) for a shared one of another key. */
  deleteVoice(id: string, owner?: string, model?: string): Promise<void>
  /** What a model would say, the default one where none is named. Throws VOICE_NOT_FOUND, MODEL_NOT_FOUND, INVALID_PARAMETER for SSML that does not parse. */
  normalizeText(
    text: string,
    options: TextOptions,
    voice?: { readonly id: string; readonly owner?: string | undefined },
    model?: string,
  ): NormalizedText
  /** The words that the key with this hash keeps here. */
  dictionaries(owner?: string): Dictionaries
  /** Replaces the words for one voice, or for all. Throws VOICE_NOT_FOUND, INVALID_REQUEST, STORAGE_FAILED. */
  putDictionary(words: Dictionary, voice: string | undefined, owner?: string): Promise<Dictionaries>
}
