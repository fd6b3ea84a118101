/**
 * A synthesizer that keeps to a script: samples follow from (text, seed) alone, at a pace and with faults that a test
 * sets. It stands where the real one stands, so that the server is tested with everything but models.
 *
 * It counts what it holds, so that a leak in the server shows here too.
 */
import { unsupportedAudio } from '../../src/audio/recording.ts'
import { TtsError } from '../../src/core/errors.ts'
import type {
  Dictionaries,
  Dictionary,
  LiveSpeechStream,
  NormalizedText,
  SpeechOptions,
  SpeechSource,
  SpeechStream,
  StoredVoice,
  Synthesizer,
  SynthesizerState,
  SynthesizerStatus,
  VoiceDetails,
  VoiceHandle,
  VoiceRequest,
  WorkFor,
} from '../../src/core/speech-port.ts'
import type { ModelAbilities } from '../../src/core/speech-style.ts'
import { speakable } from '../../src/text/speakable.ts'

import { DEFAULT_SCRIPT, type Script } from './script.ts'
import { cancelled, ScriptedSpeech } from './scripted-speech.ts'

export class ScriptedSynthesizer implements Synthesizer {
  readonly models: readonly string[] = ['CosyVoice2']
  readonly script: Script
  /** What tests look at. */
  active = 0
  queued = 0
  voicesHeld = 0
  preparing = 0
  cancelled = 0
  chunksMade = 0
  spoken: { readonly text: string; readonly options: SpeechOptions }[] = []
  prepared: VoiceRequest[] = []
  /** What it was asked whether there is room for. */
  askedRoom: Parameters<Synthesizer['assertRoom']>[] = []
  /** What live speeches were asked for with. */
  live: SpeechOptions[] = []
  /** Text as live speeches were given it. */
  appended: string[] = []
  readonly #voices = new Map<string, StoredVoice>([
    ['anna', { id: 'anna', language: 'zh', seconds: 4.2, transcript: '你好。', origin: 'bundle' }],
  ])
  readonly #waiting: ((hasSlot: boolean) => void)[] = []
  #nextId = 1
  #words: Dictionary = {}

  constructor(script: Partial<Script> = {}) {
    this.script = { ...DEFAULT_SCRIPT, ...script }
  }

  state(): SynthesizerState {
    return this.script.state
  }

  status(): SynthesizerStatus {
    return {
      state: this.state(),
      active: this.active,
      queued: this.queued,
      devices: [
        {
          name: 'cpu:0',
          healthy: this.script.state !== 'failed',
          slots: { used: this.active, total: this.script.slots },
          llmSlots: { used: this.active, total: this.script.slots },
          flowStateBytes: { used: 0, total: 1 },
          work: {
            llm: { runs: 1, units: 1, busySeconds: 0 },
            acoustic: { runs: 1, units: 1, busySeconds: 0 },
          },
          llmBatch: this.active,
          acousticBatch: this.active === 0 ? 0 : 1,
          llmBusy: 0,
          acousticBusy: 0,
        },
      ],
    }
  }

  abilities(): ModelAbilities {
    return this.script.abilities
  }

  async prepareSource(audio: Uint8Array, _model: string, work?: WorkFor): Promise<SpeechSource> {
    await this.#preparation(work)
    this.#check({ kind: 'recording', audio, promptText: '', promptMode: 'style' })
    return { tokens: new Int32Array(20), seconds: 0.8 }
  }

  /** A letter for each token. */
  convert({ tokens }: SpeechSource, options: SpeechOptions): SpeechStream {
    return this.speak('x'.repeat(tokens.length), options)
  }

  async prepareVoice(request: VoiceRequest, _model: string, work?: WorkFor): Promise<VoiceHandle> {
    this.prepared.push(request)
    await this.#preparation(work)
    this.#check(request)
    this.voicesHeld++
    let isHeld = true
    return {
      key: request.kind === 'stored' ? request.id : `upload:${request.audio.length}`,
      seconds: 3,
      cached: request.kind === 'stored',
      release: () => {
        if (isHeld) this.voicesHeld--
        isHeld = false
      },
    }
  }

  speak(text: string, options: SpeechOptions): SpeechStream {
    const live = this.speakLive(options)
    live.append(text)
    live.finish()
    this.spoken.push({ text, options })
    return live
  }

  assertRoom(...asked: Parameters<Synthesizer['assertRoom']>): void {
    this.askedRoom.push(asked)
    this.#assertRoom()
  }

  #assertRoom(): void {
    if (this.active >= this.script.slots && this.queued >= this.script.queueLimit) {
      throw new TtsError('OVERLOADED', 'Server overloaded', 'expected a free slot, got none', {
        retryAfterSeconds: 2,
      })
    }
  }

  speakLive(options: SpeechOptions): LiveSpeechStream {
    this.#assertRoom()
    this.live.push(options)
    return new ScriptedSpeech(this, String(this.#nextId++), options)
  }

  listVoices(_owner?: string, _model?: string): readonly StoredVoice[] {
    return [...this.#voices.values()]
  }

  async storeVoice(
    id: string,
    request: VoiceRequest,
    details: VoiceDetails = {},
    work?: WorkFor,
  ): Promise<StoredVoice> {
    await this.#preparation(work)
    if (this.script.storeError !== undefined) throw this.script.storeError
    this.#check(request)
    const transcript = request.kind === 'recording' ? request.promptText : ''
    if (this.#voices.has(id) && details.replace !== true) {
      throw new TtsError('VOICE_EXISTS', 'Voice exists', `'${id}' is stored already`)
    }
    const { language, gender, description } = details
    const voice: StoredVoice = {
      id,
      language,
      gender,
      description,
      seconds: 3,
      transcript,
      origin: 'user',
    }
    this.#voices.set(id, voice)
    return voice
  }

  async deleteVoice(id: string): Promise<void> {
    const voice = this.#voices.get(id)
    if (voice === undefined) throw new TtsError('VOICE_NOT_FOUND', 'Voice not found', `got ${id}`)
    if (voice.origin === 'bundle') {
      throw new TtsError('INVALID_REQUEST', 'Voice cannot be deleted', 'it is part of the model')
    }
    this.#voices.delete(id)
  }

  normalizeText(text: string): NormalizedText {
    const { segments, warnings, ...said } = speakable(text, { countTokens: (part) => part.length / 4 })
    return {
      text: said.text,
      segments: segments.map((segment) => segment.text),
      warnings: warnings.map(({ message }) => message),
    }
  }

  dictionaries(): Dictionaries {
    return { server: this.#words, voices: {} }
  }

  async putDictionary(words: Dictionary): Promise<Dictionaries> {
    this.#words = words
    return this.dictionaries()
  }

  /** Takes a slot or waits for one. Resolves with whether there is one: not after `leave`. */
  takeSlot(): { readonly taken: Promise<boolean>; leave(): void } {
    if (this.active < this.script.slots) {
      this.active++
      return { taken: Promise.resolve(true), leave: () => {} }
    }
    this.queued++
    let entry: (hasSlot: boolean) => void = () => {}
    const taken = new Promise<boolean>((resolve) => {
      entry = (hasSlot) => {
        this.queued--
        if (hasSlot) this.active++
        resolve(hasSlot)
      }
      this.#waiting.push(entry)
    })
    const leave = () => {
      const at = this.#waiting.indexOf(entry)
      if (at >= 0) this.#waiting.splice(at, 1)[0]?.(false)
    }
    return { taken, leave }
  }

  freeSlot(): void {
    this.active--
    this.#waiting.shift()?.(true)
  }

  /** Takes `prepareMs`, or ends at once when its client leaves. */
  async #preparation(work: WorkFor | undefined): Promise<void> {
    if (this.script.prepareMs === 0) return
    this.preparing++
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.script.prepareMs)
      work?.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
    this.preparing--
    if (work?.signal.aborted) throw cancelled()
  }

  #check(request: VoiceRequest): void {
    if (request.kind === 'stored') {
      if (this.#voices.has(request.id)) return
      throw new TtsError('VOICE_NOT_FOUND', 'Voice not found', `expected a stored voice, got ${request.id}`)
    }
    const { audio } = request
    if (!/^(RIFF|OggS)/.test(Buffer.from(audio.subarray(0, 4)).toString('latin1'))) throw unsupportedAudio()
    if (audio.length < 44) throw new TtsError('AUDIO_TOO_SHORT', 'Audio too short', 'expected 0.5 s or more')
  }
}
