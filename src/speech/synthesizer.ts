/**
 * The thing that speaks: text and a voice become a chain of utterances, placed on devices, read as one speech.
 * A request's life can be read here from top to bottom.
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
  type SpeechSource,
  type SpeechStream,
  type StoredVoice,
  type Synthesizer,
  type SynthesizerStatus,
  type TextOptions,
  type VoiceDetails,
  type VoiceHandle,
  type VoiceRequest,
  type WorkFor,
} from '../core/speech-port.ts'
import type { ModelAbilities } from '../core/speech-style.ts'
import type { Device } from '../lanes/device.ts'
import { monotonicMs } from '../lanes/messages.ts'
import type { Lent } from '../lanes/utterance.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { StageCosts } from '../scheduler/stage-meter.ts'
import { polish } from '../text/front-end.ts'
import { splitInstruction } from '../text/instruction.ts'
import { LiveText } from '../text/live-text.ts'
import { abilitiesOf } from '../text/prompt-text.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import type { DictionaryStore } from '../voice/dictionary-store.ts'
import type { VoiceCache } from '../voice/voice-cache.ts'
import type { VoiceLibrary } from '../voice/voice-library.ts'
import type { VoiceMaker } from '../voice/voice-maker.ts'
import type { Admission } from './admission.ts'
import { GrowingText } from './growing-text.ts'
import type { LeasedVoice } from './leased-voice.ts'
import { liveSpeech } from './live-speech.ts'
import { newUtterance } from './new-utterance.ts'
import { normalizedText } from './normalized-text.ts'
import { prepareVoice } from './prepare-voice.ts'
import type { PromptRoom } from './prompt-room.ts'
import type { SpokenModel } from './request-text.ts'
import { type ChainWatch, SpeechChain } from './speech-chain.ts'
import {
  checkSeconds,
  checkSourceSeconds,
  countTokens,
  EXPECTED_LIVE,
  expectedTokens,
  liveRules,
  MIN_EXPECTED,
  type Part,
  type SpokenPart,
  spokenParts,
  textOf,
} from './spoken-parts.ts'
import { liveStyle, promptBefore, type SpokenStyle, spokenStyle } from './spoken-style.ts'
import { storeVoice } from './store-voice.ts'
import { statusOf } from './synthesizer-status.ts'
import { utteranceSeed } from './utterance-seed.ts'

/** Segments in the making beyond the one that is heard. */
const SEGMENTS_AHEAD = 1
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
  /** Of one text, pauses included; Infinity: as long as it comes to. */
  readonly maxSpeechSeconds: number
  /** Undefined: whoever finds a slot begins. */
  readonly admission?: Admission | undefined
  /** Seconds of audio that the devices make per second. */
  readonly rate: () => number
  /** What a second of speech costs in each stage. */
  readonly costs: () => StageCosts | undefined
  /** ms that an utterance waited for its slot. */
  readonly onQueueWait: (ms: number) => void
}

export class LaneSynthesizer implements Synthesizer {
  readonly models: readonly string[]
  readonly #parts: SynthesizerParts
  readonly #sampleRate: number
  readonly #tokenRate: number
  readonly #abilities: ModelAbilities
  readonly #model: SpokenModel
  #active = 0
  /** By client, under way or waiting. */
  readonly #speechesOf = new Map<string, number>()
  #draining = false

  constructor(parts: SynthesizerParts) {
    this.#parts = parts
    this.models = parts.models
    this.#sampleRate = parts.bundle.manifest.parameters.hift.sampleRate
    this.#tokenRate = parts.bundle.manifest.parameters.features.tokenRate
    const { family, languages, prompt } = parts.bundle.manifest
    this.#model = { tokenizer: parts.tokenizer, languages }
    this.#abilities = { family, languages, ...abilitiesOf(prompt, parts.tokenizer) }
  }

  status(): SynthesizerStatus {
    const { queued } = this.#parts.scheduler
    return statusOf(this.#parts, { active: this.#active, queued, draining: this.#draining })
  }

  abilities(model: string): ModelAbilities {
    this.#checkModel(model)
    return this.#abilities
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
    return prepareVoice(this.#parts, request, work)
  }

  assertRoom({ model, priority, timeoutMs }: Pick<SpeechOptions, 'model' | 'priority' | 'timeoutMs'>): void {
    this.#checkModel(model)
    const expectedSeconds = MIN_EXPECTED / this.#tokenRate
    this.#parts.scheduler.check({ voiceKey: '', timeoutMs, admission: priority, expectedSeconds })
  }

  speak(text: string, options: SpeechOptions): SpeechStream {
    this.#checkLength(text.length, options.limits?.characters)
    const { parts, warnings } = spokenParts(this.#model, text, options)
    const style = this.#style(options, splitInstruction(text).instruction)
    this.#checkSeconds(parts, options)
    if (parts.length === 0) {
      throw new TtsError(
        'INVALID_PARAMETER',
        'Nothing to speak',
        'expected text with letters or digits, got none',
      )
    }
    const { admission } = this.#parts
    const expectedSeconds = parts.reduce((sum, part) => sum + expectedTokens(part), 0) / this.#tokenRate
    const chain = this.#open(options, () => style, {
      onDry: () => admission?.missed(),
      cushion: () => (options.priority === 'stream' ? (admission?.cushionSeconds(expectedSeconds) ?? 0) : 0),
    })
    chain.warnings = [...style.warnings, ...warnings]
    chain.tokens = { text: countTokens(parts), perSecond: this.#tokenRate * options.speed }
    chain.add(parts)
    chain.complete()
    return chain
  }

  /** Text may be as long as its sender's session, which the server limits. */
  speakLive(options: SpeechOptions): LiveSpeechStream {
    const { bundle, tokenizer } = this.#parts
    this.#parts.scheduler.check({
      voiceKey: options.voice.key,
      timeoutMs: options.timeoutMs,
      admission: 'stream',
      client: options.client,
      others: () => this.#speechesOf.get(options.client ?? '') ?? 0,
      expectedSeconds: EXPECTED_LIVE / this.#tokenRate,
    })
    const text = new LiveText(liveRules(bundle, this.#model, options))
    const style = liveStyle(
      () => text.instruction,
      (instruction) => this.#style(options, instruction),
    )
    const chain = this.#open(options, style)
    return liveSpeech(
      chain,
      text,
      (said) => {
        style()
        const { parts } = spokenParts(this.#model, said, options, true)
        this.#checkSeconds(parts, options)
        return parts
      },
      (said) => {
        style()
        return tokenizer.encodeUser(polish(said))
      },
    )
  }

  async prepareSource(audio: Uint8Array, model: string, work = ownWork()): Promise<SpeechSource> {
    this.#checkModel(model)
    return this.#parts.maker.tokenize(audio, work)
  }

  convert({ tokens, seconds }: SpeechSource, options: SpeechOptions): SpeechStream {
    checkSourceSeconds(seconds, options.speed, this.#parts.maxSpeechSeconds)
    this.#parts.promptRoom.checkSource(tokens.length)
    const style = this.#style({ ...options, instruct: undefined, mode: 'cross_lingual' }, '')
    const chain = this.#open(options, () => style)
    chain.add([{ givenTokens: tokens, complete: true }])
    chain.complete()
    return chain
  }

  listVoices(owner?: string): readonly StoredVoice[] {
    return this.#parts.library.list(owner)
  }

  storeVoice(
    id: string,
    request: VoiceRequest,
    details?: VoiceDetails,
    work?: WorkFor,
  ): Promise<StoredVoice> {
    return storeVoice(this.#parts, id, request, details, work)
  }

  normalizeText(
    text: string,
    options: TextOptions,
    voice?: { readonly id: string; readonly owner?: string | undefined },
  ): NormalizedText {
    return normalizedText({ ...this.#parts, model: this.#model }, text, options, voice)
  }

  dictionaries(owner?: string): Dictionaries {
    return this.#parts.dictionaries.of(owner)
  }

  async putDictionary(words: Dictionary, voice: string | undefined, owner?: string): Promise<Dictionaries> {
    if (voice !== undefined) await this.#parts.library.keyOf(voice, owner)
    return this.#parts.dictionaries.put(owner, voice, words)
  }

  async deleteVoice(id: string, owner?: string): Promise<void> {
    await this.#parts.library.delete(id, owner)
    await this.#parts.dictionaries.forget(id, (other) => this.#parts.library.has(id, other))
  }

  #style(options: SpeechOptions, textInstruction: string): SpokenStyle {
    const { tokenizer, promptRoom, bundle } = this.#parts
    const { voice, instruction } = options.voice as LeasedVoice
    const asked = { ...options, promptInstruction: options.promptInstruction ?? instruction }
    const parts = { tokenizer, rules: bundle.manifest.prompt, abilities: this.#abilities, promptRoom }
    return spokenStyle(parts, asked, voice, textInstruction)
  }

  #checkModel(model: string): void {
    if (model === 'default' || this.models.includes(model)) return
    const expected = ['default', ...this.models].map((name) => `'${name}'`).join(' or ')
    throw new TtsError('MODEL_NOT_FOUND', 'Model not found', `expected ${expected}, got '${model}'`)
  }

  #checkSeconds(parts: readonly SpokenPart[], { speed, limits }: SpeechOptions): void {
    checkSeconds(parts, speed, this.#tokenRate, limits?.seconds ?? this.#parts.maxSpeechSeconds)
  }

  #checkLength(length: number, maxTextLength = this.#parts.maxTextLength): void {
    if (length <= maxTextLength) return
    throw new TtsError('TEXT_TOO_LONG', 'Text too long', `Maximum text length is ${maxTextLength} characters`)
  }

  /** A speech with nothing to say yet. It counts as active until its chain has let go of everything. */
  #open(
    options: SpeechOptions,
    style: () => SpokenStyle,
    watch: Pick<ChainWatch<Part>, 'onDry' | 'cushion'> = {},
  ): SpeechChain<Part> {
    this.#checkModel(options.model)
    const seed = options.seed ?? randomInt(2 ** 32)
    const arrivedMs = monotonicMs()
    this.#active++
    const { client = '' } = options
    this.#count(client, 1)
    let leave = () => {}
    const chain = new SpeechChain<Part>(
      randomUUID(),
      { sampleRate: this.#sampleRate, ahead: SEGMENTS_AHEAD, timeoutMs: options.timeoutMs },
      (part, index, started, refused, isAgain, inSeconds) =>
        this.#ask(
          part,
          { index, isAgain, style: style(), inSeconds },
          { ...options, seed },
          arrivedMs,
          started,
          refused,
        ),
      () => {
        this.#active--
        this.#count(client, -1)
        leave()
      },
      (part) => ('pauseMs' in part ? Math.round((part.pauseMs * this.#sampleRate) / 1000) : 0),
      { secondsOf: (part) => expectedTokens(part) / this.#tokenRate, ...watch },
    )
    leave =
      this.#parts.admission?.add({ priority: options.priority, client, load: () => chain.load() }) ?? leave
    return chain
  }

  #count(client: string, change: number): void {
    const speeches = (this.#speechesOf.get(client) ?? 0) + change
    if (speeches > 0) this.#speechesOf.set(client, speeches)
    else this.#speechesOf.delete(client)
  }

  /** Queues one utterance; a device that has room takes it. Asked for again, it waits for a device to come back. */
  #ask(
    part: Part,
    {
      index,
      isAgain,
      style,
      inSeconds,
    }: {
      readonly index: number
      readonly isAgain: boolean
      readonly style: SpokenStyle
      readonly inSeconds: number
    },
    options: SpeechOptions & { readonly seed: number },
    arrivedMs: number,
    started: (lent: Lent) => void,
    refused: (error: TtsError) => void,
  ): { withdraw(): void } {
    const { scheduler, devices, onQueueWait } = this.#parts
    const { priority, timeoutMs, client = '' } = options
    const askedMs = monotonicMs()
    const { voice } = options.voice as LeasedVoice
    const tokenRate = this.#tokenRate
    // Later segments have their own randomness, and rank by when the whole was asked for: their listener is waiting.
    // How long each may wait for its slot counts from when that was asked for.
    const seed = utteranceSeed(options.seed, index)
    return scheduler.submit({
      priority,
      arrivedMs,
      askedMs,
      continues: index > 0 || isAgain,
      client,
      others: () => (this.#speechesOf.get(client) ?? 1) - 1,
      ...(index === 0 && !isAgain ? { admission: priority } : {}),
      timeoutMs,
      voiceKey: voice.key,
      voiceSeconds: voice.seconds,
      expectedSeconds: expectedTokens(part) / tokenRate,
      refuse: refused,
      start: (deviceId) => {
        onQueueWait(monotonicMs() - askedMs)
        const prompt = promptBefore(textOf(part, this.#parts.tokenizer), style, voice.transcript)
        const utterance = newUtterance(
          part,
          options,
          { seed, arrivedMs, neededMs: askedMs + inSeconds * 1000, tokenRate },
          prompt,
        )
        const lent = devices[deviceId]!.admit(utterance)
        if (part instanceof GrowingText) part.takenBy(lent)
        started(lent)
      },
    })
  }
}
