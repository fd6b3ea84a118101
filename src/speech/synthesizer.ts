/**
 * The thing that speaks: text and a voice become a chain of utterances, placed on devices, read as one speech.
 *
 * Knows: the order text → segments → tokens → utterances, and how a voice is prepared. Does not know: sockets, the
 * lanes' inside, files' formats. A request's life can be read here from top to bottom.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type { Bundle } from '../core/bundle.ts'
import { TtsError } from '../core/errors.ts'
import {
  type Dictionaries,
  type Dictionary,
  type LiveSpeechStream,
  type NormalizedText,
  ownWork,
  type SpeechOptions,
  type SpeechStream,
  type StoredVoice,
  type Synthesizer,
  type SynthesizerStatus,
  type TextOptions,
  type VoiceDetails,
  type VoiceHandle,
  type VoiceRequest,
} from '../core/speech-port.ts'
import type { Device } from '../lanes/device.ts'
import { monotonicMs } from '../lanes/messages.ts'
import type { Lent } from '../lanes/utterance.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { polish, promptTranscript } from '../text/front-end.ts'
import { type LiveStep, LiveText, type LiveTextRules } from '../text/live-text.ts'
import { type SpeakableOptions, speakable } from '../text/speakable.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import type { DictionaryStore } from '../voice/dictionary-store.ts'
import type { VoiceCache } from '../voice/voice-cache.ts'
import { languageOf } from '../voice/voice-language.ts'
import type { VoiceLibrary } from '../voice/voice-library.ts'
import type { VoiceMaker } from '../voice/voice-maker.ts'
import { GrowingText } from './growing-text.ts'
import { workOf } from './lane-work.ts'
import { LeasedVoice } from './leased-voice.ts'
import type { PromptRoom } from './prompt-room.ts'
import { speakableOptions } from './request-text.ts'
import { SpeechChain } from './speech-chain.ts'
import { utteranceSeed } from './utterance-seed.ts'

/** Segments in the making beyond the one that is heard. */
const SEGMENTS_AHEAD = 1
/** Speech tokens that a text token is expected to take: for estimates only. */
const EXPECTED_RATIO = 5
/** The same of a whole utterance at least, and of one whose text is still being written. */
const MIN_EXPECTED = 50
const EXPECTED_LIVE = 250
/** Speeds that the vocoder's stretching takes, whatever request and text ask for together. */
const MIN_SPEED = 0.5
const MAX_SPEED = 2
/** Text tokens of one utterance that is being written, as many as the front end makes of a segment. */
const MAX_LIVE_TOKENS = 80
/** More in one segment is a word without an end: it can't be said, and would not fit beside a prompt. */
const MAX_SEGMENT_TOKENS = 300

export interface SynthesizerParts {
  readonly bundle: Bundle
  readonly models: readonly string[]
  readonly tokenizer: TextTokenizer
  readonly devices: readonly Device[]
  readonly scheduler: Scheduler
  readonly voices: VoiceCache
  readonly library: VoiceLibrary
  readonly dictionaries: DictionaryStore
  readonly maker: VoiceMaker
  readonly maxTextLength: number
  readonly promptRoom: PromptRoom
  /** ms that an utterance waited for its slot. */
  readonly onQueueWait: (ms: number) => void
}

/** One utterance's text as the LLM takes it: all of it, or what has been written so far. */
type Part = GrowingText | SpokenPart

interface SpokenPart {
  readonly textIds: Int32Array
  readonly complete: true
  readonly pauseMs: number
  readonly rate: number
}

export class LaneSynthesizer implements Synthesizer {
  readonly models: readonly string[]
  readonly #parts: SynthesizerParts
  readonly #sampleRate: number
  readonly #tokenRate: number
  #active = 0
  #draining = false

  constructor(parts: SynthesizerParts) {
    this.#parts = parts
    this.models = parts.models
    this.#sampleRate = parts.bundle.manifest.parameters.hift.sampleRate
    this.#tokenRate = parts.bundle.manifest.parameters.features.tokenRate
  }

  status(): SynthesizerStatus {
    const { devices, scheduler } = this.#parts
    const anyHealthy = devices.some(({ healthy }) => healthy)
    const state = this.#draining ? 'draining' : anyHealthy ? 'ready' : 'failed'
    return {
      state,
      active: this.#active,
      queued: scheduler.queued,
      devices: devices.map((device) => {
        const llm = device.stats('llm')
        const acoustic = device.stats('acoustic')
        return {
          name: device.name,
          healthy: device.healthy,
          slots: { used: device.usedSlots - device.parkedSlots, total: device.totalSlots },
          llmSlots: { used: llm?.used ?? 0, total: llm?.total ?? 0 },
          flowStateBytes: { used: acoustic?.used ?? 0, total: acoustic?.total ?? 0 },
          work: { llm: workOf(device, 'llm'), acoustic: workOf(device, 'acoustic') },
          llmBatch: llm?.meanBatch ?? 0,
          acousticBatch: acoustic?.meanBatch ?? 0,
          llmBusy: llm?.busy ?? 0,
          acousticBusy: acoustic?.busy ?? 0,
        }
      }),
    }
  }

  /** What is held for listeners now; all zero when there are none. */
  held(): {
    readonly active: number
    readonly queued: number
    readonly slots: number
    readonly voices: number
  } {
    const { devices, scheduler, voices } = this.#parts
    const slots = devices.reduce((sum, { usedSlots }) => sum + usedSlots, 0)
    return { active: this.#active, queued: scheduler.queued, slots, voices: voices.stats().held }
  }

  /** No new work from now on; what is under way goes on. */
  drain(): void {
    this.#draining = true
    this.#parts.scheduler.close()
  }

  async prepareVoice(request: VoiceRequest, model: string, work = ownWork()): Promise<VoiceHandle> {
    this.#checkModel(model)
    const { voices, library, maker, dictionaries, promptRoom } = this.#parts
    if (request.kind === 'stored') {
      const { id, owner } = request
      const key = await library.keyOf(id, owner)
      const lease = await voices.acquire(key, () => library.load(id, owner))
      return promptRoom.admit(new LeasedVoice(lease, dictionaries.wordsFor(owner, id)))
    }
    const recording = await maker.decode(request, work)
    promptRoom.checkRecording(recording)
    const extract = (signal: AbortSignal) => maker.extract(recording, { ...work, signal })
    const lease = await voices.acquire(recording.key, extract, work.signal, 'recording')
    const words = dictionaries.wordsFor(request.owner, undefined)
    return promptRoom.admit(new LeasedVoice(lease, words, recording.warnings))
  }

  speak(text: string, options: SpeechOptions): SpeechStream {
    this.#checkLength(text.length)
    const { parts, warnings } = this.#partsOf(text, options)
    if (parts.length === 0) {
      throw new TtsError(
        'INVALID_PARAMETER',
        'Nothing to speak',
        'expected text with letters or digits, got none',
      )
    }
    const chain = this.#open(options)
    chain.warnings = warnings
    chain.add(parts)
    chain.complete()
    return chain
  }

  /** Text may be as long as its sender's session, which the server limits. */
  speakLive(options: SpeechOptions): LiveSpeechStream {
    this.#parts.scheduler.check({ voiceKey: options.voice.key, timeoutMs: options.timeoutMs })
    const chain = this.#open(options)
    const text = new LiveText(this.#liveRules(options))
    let growing: GrowingText | undefined
    let finished = false
    const say = (steps: readonly LiveStep[]) => {
      for (const { step, text: said } of steps) {
        if (step === 'whole') chain.add(this.#partsOf(said, options, true).parts)
        else {
          const ids = this.#parts.tokenizer.encodeUser(polish(said))
          if (step === 'begin') growing = new GrowingText()
          growing!.append(ids)
          if (step === 'end') growing!.finish()
          if (step === 'begin') chain.add([growing!])
        }
      }
    }
    return {
      id: chain.id,
      sampleRate: chain.sampleRate,
      next: () => chain.next(),
      cancel: () => chain.cancel(),
      append: (more) => {
        if (finished) throw new TtsError('INVALID_REQUEST', 'Invalid request', 'text after the end of text')
        say(text.append(more))
      },
      settle: () => say(text.settle()),
      flush: () => say(text.flush()),
      finish: () => {
        finished = true
        say(text.flush())
        chain.complete()
      },
    }
  }

  listVoices(owner?: string): readonly StoredVoice[] {
    return this.#parts.library.list(owner)
  }

  async storeVoice(
    id: string,
    request: VoiceRequest,
    details: VoiceDetails = {},
    work = ownWork(),
  ): Promise<StoredVoice> {
    const { library, maker, promptRoom } = this.#parts
    if (request.kind !== 'recording') {
      throw new TtsError('INVALID_REQUEST', 'Invalid request', 'expected a recording, got a voice name')
    }
    library.checkId(id)
    const recording = await maker.decode(request, work)
    promptRoom.checkRecording(recording)
    const voice = await maker.extract(recording, work)
    promptRoom.checkVoice(voice)
    // A request that has left stores nothing.
    if (work.signal.aborted) throw new TtsError('CANCELLED', 'Cancelled', 'the client left')
    const language = details.language ?? languageOf(recording.transcript)
    const stored = await library.store(id, { ...voice, ...details, language })
    return { ...stored, warnings: recording.warnings }
  }

  normalizeText(
    text: string,
    options: TextOptions,
    voice?: { readonly id: string; readonly owner?: string | undefined },
  ): NormalizedText {
    this.#checkLength(text.length)
    const { library, dictionaries } = this.#parts
    const language = voice === undefined ? undefined : library.infoOf(voice.id, voice.owner).language
    const words = dictionaries.wordsFor(voice?.owner, voice?.id)
    const said = speakable(text, speakableOptions(this.#parts.tokenizer, options, language, words))
    return {
      text: said.text,
      segments: said.segments.map((segment) => segment.text),
      warnings: said.warnings.map(({ message }) => message),
    }
  }

  dictionaries(owner?: string): Dictionaries {
    return this.#parts.dictionaries.of(owner)
  }

  async putDictionary(words: Dictionary, voice: string | undefined, owner?: string): Promise<Dictionaries> {
    if (voice !== undefined) this.#parts.library.infoOf(voice, owner)
    return this.#parts.dictionaries.put(owner, voice, words)
  }

  async deleteVoice(id: string, owner?: string): Promise<void> {
    await this.#parts.library.delete(id, owner)
    await this.#parts.dictionaries.forget(id, (other) => this.#parts.library.has(id, other))
  }

  #checkModel(model: string): void {
    if (model === 'default' || this.models.includes(model)) return
    const expected = ['default', ...this.models].map((name) => `'${name}'`).join(' or ')
    throw new TtsError('MODEL_NOT_FOUND', 'Model not found', `expected ${expected}, got '${model}'`)
  }

  #checkLength(length: number): void {
    const { maxTextLength } = this.#parts
    if (length <= maxTextLength) return
    throw new TtsError('TEXT_TOO_LONG', 'Text too long', `Maximum text length is ${maxTextLength} characters`)
  }

  /** Text → segments that the model can say → token ids. */
  #partsOf(
    text: string,
    options: SpeechOptions,
    fragment = false,
  ): { parts: SpokenPart[]; warnings: readonly string[] } {
    const { segments, warnings } = speakable(text, { ...this.#speakableOptions(options), fragment })
    const parts = segments.map(({ text: said, pauseMs, rate }): SpokenPart => {
      const textIds = this.#parts.tokenizer.encodeUser(said)
      if (textIds.length <= MAX_SEGMENT_TOKENS) return { textIds, complete: true, pauseMs, rate }
      const detail = `expected words of at most ${MAX_SEGMENT_TOKENS} tokens, got one of ${textIds.length}`
      throw new TtsError('INVALID_PARAMETER', 'Word too long', detail)
    })
    return { parts, warnings: warnings.map(({ message }) => message) }
  }

  #liveRules(options: SpeechOptions): LiveTextRules {
    const asked = { ...this.#speakableOptions(options), fragment: true }
    return {
      spoken: (sentence) => speakable(sentence, asked).text,
      countTokens: asked.countTokens,
      beginTokens: this.#parts.bundle.manifest.parameters.llm.mixRatio[0],
      maxTokens: MAX_LIVE_TOKENS,
    }
  }

  /** The request's words over those of its voice over the server's; the request's language before the voice's. */
  #speakableOptions({ voice, text = {} }: SpeechOptions): SpeakableOptions {
    const { language, words } = voice as LeasedVoice
    return speakableOptions(this.#parts.tokenizer, text, language, words)
  }

  /** A speech with nothing to say yet. It counts as active until its chain has let go of everything. */
  #open(options: SpeechOptions): SpeechChain<Part> {
    this.#checkModel(options.model)
    const seed = options.seed ?? randomInt(2 ** 32)
    const arrivedMs = monotonicMs()
    this.#active++
    return new SpeechChain<Part>(
      randomUUID(),
      { sampleRate: this.#sampleRate, ahead: SEGMENTS_AHEAD, timeoutMs: options.timeoutMs },
      (part, index, started, refused) =>
        this.#ask(part, index, { ...options, seed }, arrivedMs, started, refused),
      () => {
        this.#active--
      },
      (part) => ('pauseMs' in part ? Math.round((part.pauseMs * this.#sampleRate) / 1000) : 0),
    )
  }

  /** Queues one utterance; a device that has room takes it. */
  #ask(
    part: Part,
    index: number,
    options: SpeechOptions & { readonly seed: number },
    arrivedMs: number,
    started: (lent: Lent) => void,
    refused: (error: TtsError) => void,
  ): { withdraw(): void } {
    const { scheduler, devices, tokenizer, onQueueWait } = this.#parts
    const askedMs = monotonicMs()
    const { voice } = options.voice as LeasedVoice
    const inContext = voice.mode === 'transcript'
    const expectedTokens = part.complete
      ? Math.max(MIN_EXPECTED, EXPECTED_RATIO * part.textIds.length)
      : EXPECTED_LIVE
    // Later segments have their own randomness, and rank by when the whole was asked for: their listener is waiting.
    // How long each may wait for its slot counts from when that was asked for.
    const seed = utteranceSeed(options.seed, index)
    return scheduler.submit({
      priority: options.priority,
      arrivedMs,
      askedMs,
      continues: index > 0,
      timeoutMs: options.timeoutMs,
      voiceKey: voice.key,
      voiceSeconds: voice.seconds,
      expectedSeconds: expectedTokens / this.#tokenRate,
      refuse: refused,
      start: (deviceId) => {
        onQueueWait(monotonicMs() - askedMs)
        const lent = devices[deviceId]!.admit({
          voice,
          priority: options.priority,
          arrivedMs,
          expectedSeconds: expectedTokens / this.#tokenRate,
          llm: {
            promptTextIds: inContext
              ? tokenizer.encodeUser(promptTranscript(voice.transcript))
              : new Int32Array(0),
            promptSpeechTokens: inContext ? voice.speechTokens : new Int32Array(0),
            textIds: part.textIds,
            live: !part.complete,
            seed,
            sampling: options.sampling,
          },
          acoustic: {
            voiceKey: voice.key,
            mode: options.priority === 'batch' ? 'whole' : 'blocks',
            speed: Math.min(MAX_SPEED, Math.max(MIN_SPEED, options.speed * ('rate' in part ? part.rate : 1))),
            seed,
            sourceNoise: 'seeded',
            expectedTokens,
          },
        })
        if (part instanceof GrowingText) part.takenBy(lent)
        started(lent)
      },
    })
  }
}
