/**
 * The thing that speaks: text and a voice become a chain of utterances, placed on devices, read as one speech.
 * A request's life can be read here from top to bottom.
 */
import { countCharacters } from '../core/characters.ts'
import { nothingToSpeak, TtsError } from '../core/errors.ts'
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
  type SynthesizerState,
  type SynthesizerStatus,
  type TextOptions,
  type VoiceDetails,
  type VoiceHandle,
  type VoiceRequest,
  type WorkFor,
} from '../core/speech-port.ts'
import type { ModelAbilities } from '../core/speech-style.ts'
import { polish } from '../text/front-end.ts'
import { splitInstruction } from '../text/instruction.ts'
import { LiveText } from '../text/live-text.ts'
import { abilitiesOf } from '../text/prompt-text.ts'
import { NO_CUSHION } from './held-start.ts'
import type { LeasedVoice } from './leased-voice.ts'
import { liveSpeech } from './live-speech.ts'
import { normalizedText } from './normalized-text.ts'
import { OpenSpeeches } from './open-speeches.ts'
import { prepareVoice } from './prepare-voice.ts'
import type { SpokenModel } from './request-text.ts'
import type { SpeechChain } from './speech-chain.ts'
import {
  checkSeconds,
  checkSourceSeconds,
  countTokens,
  EXPECTED_LIVE,
  expectedTokens,
  leastSeconds,
  liveRules,
  type Part,
  type SpokenPart,
  speechWords,
  spokenParts,
} from './spoken-parts.ts'
import { liveStyle, type SpokenStyle, spokenStyle } from './spoken-style.ts'
import { storeVoice } from './store-voice.ts'
import type { SynthesizerParts } from './synthesizer-parts.ts'
import { statusOf } from './synthesizer-status.ts'

export class LaneSynthesizer implements Synthesizer {
  readonly models: readonly string[]
  readonly #parts: SynthesizerParts
  readonly #tokenRate: number
  readonly #abilities: ModelAbilities
  readonly #model: SpokenModel
  readonly #speeches: OpenSpeeches
  #draining = false

  constructor(parts: SynthesizerParts) {
    this.#parts = parts
    this.models = parts.models
    this.#speeches = new OpenSpeeches(parts)
    this.#tokenRate = parts.bundle.manifest.parameters.features.tokenRate
    const { family, languages, prompt } = parts.bundle.manifest
    this.#model = { tokenizer: parts.tokenizer, languages }
    this.#abilities = { family, languages, ...abilitiesOf(prompt, parts.tokenizer) }
  }

  status(): SynthesizerStatus {
    const { queued } = this.#parts.scheduler
    return statusOf(this.#parts, { state: this.state(), active: this.#speeches.active, queued })
  }

  state(): SynthesizerState {
    if (this.#draining) return 'draining'
    return this.#parts.devices.some(({ healthy }) => healthy) ? 'ready' : 'failed'
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
    return { active: this.#speeches.active, queued: scheduler.queued, slots, voices: voices.stats().held }
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

  assertRoom(...[options, text]: Parameters<Synthesizer['assertRoom']>): void {
    this.#checkModel(options.model)
    const { priority, timeoutMs, client = '' } = options
    this.#parts.scheduler.check({
      voiceKey: '',
      timeoutMs,
      priority,
      admission: priority,
      client,
      others: () => this.#speeches.of(client),
      expectedSeconds: leastSeconds(this.#parts.tokenizer, splitInstruction(text).text, this.#tokenRate),
    })
  }

  speak(text: string, options: SpeechOptions): SpeechStream {
    this.#checkLength(text, options.limits?.characters)
    const words = speechWords(this.#model, options)
    words?.whole(text)
    const { parts, warnings } = spokenParts(this.#model, text, options, { words })
    words?.end()
    const style = this.#style(options, splitInstruction(text).instruction)
    this.#checkSeconds(parts, options)
    if (parts.length === 0) throw nothingToSpeak(warnings)
    const { admission } = this.#parts
    const expectedSeconds = parts.reduce((sum, part) => sum + expectedTokens(part), 0) / this.#tokenRate
    const chain = this.#open(options, () => style, {
      onDry: () => admission?.missed(),
      cushion: () => (options.priority === 'stream' && admission?.cushion(expectedSeconds)) || NO_CUSHION,
      words,
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
      others: () => this.#speeches.of(options.client ?? ''),
      expectedSeconds: EXPECTED_LIVE / this.#tokenRate,
    })
    const text = new LiveText(liveRules(bundle, this.#model, options))
    const style = liveStyle(
      () => text.instruction,
      (instruction) => this.#style(options, instruction),
    )
    const words = speechWords(this.#model, options)
    const chain = this.#open(options, style, { words })
    return liveSpeech(
      chain,
      text,
      (said) => {
        style()
        const { parts, warnings } = spokenParts(this.#model, said, options, { fragment: true, words })
        chain.warnings = [...new Set([...chain.warnings, ...warnings])]
        this.#checkSeconds(parts, options)
        return parts
      },
      (said) => {
        style()
        return tokenizer.encodeUser(polish(said))
      },
      words,
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

  #checkLength(text: string, maxTextLength = this.#parts.maxTextLength): void {
    if (countCharacters(text) <= maxTextLength) return
    throw new TtsError('TEXT_TOO_LONG', 'Text too long', `Maximum text length is ${maxTextLength} characters`)
  }

  #open(...[options, style, watch]: Parameters<OpenSpeeches['open']>): SpeechChain<Part> {
    this.#checkModel(options.model)
    return this.#speeches.open(options, style, watch)
  }
}
