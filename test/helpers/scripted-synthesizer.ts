/**
 * A synthesizer that keeps to a script: samples follow from (text, seed) alone, at a pace and with faults that a test
 * sets. It stands where the real one stands, so that the server is tested with everything but models.
 *
 * It counts what it holds, so that a leak in the server shows here too.
 */
import { unsupportedAudio } from '../../src/audio/recording.ts'
import { type ErrorCode, TtsError } from '../../src/core/errors.ts'
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
  SynthesizerStatus,
  VoiceDetails,
  VoiceHandle,
  VoiceRequest,
  WorkFor,
} from '../../src/core/speech-port.ts'
import type { ModelAbilities } from '../../src/core/speech-style.ts'
import type { TimedText, TimeUnit } from '../../src/core/timed-text.ts'
import { speakable } from '../../src/text/speakable.ts'

export interface Script {
  sampleRate: number
  /** Samples that one character becomes. */
  samplesPerCharacter: number
  /** Samples that one `next` returns at most. */
  chunkSamples: number
  /** ms before each chunk; 0: at once. */
  chunkMs: number
  /** Chunk number (from 0) at which the speech fails with `failCode`; undefined: never. */
  failAtChunk: number | undefined
  failCode: ErrorCode
  /** Chunk number at which nothing comes any more until cancelled. */
  hangAtChunk: number | undefined
  /** ms that preparing a voice takes. */
  prepareMs: number
  /** What storing a voice fails with. */
  storeError: TtsError | undefined
  /** Slots; more at a time wait, and beyond `queueLimit` waiting ones are OVERLOADED. */
  slots: number
  queueLimit: number
  state: SynthesizerStatus['state']
  abilities: ModelAbilities
}

export const DEFAULT_ABILITIES: ModelAbilities = {
  family: 'scripted',
  instructions: true,
  instructsZeroShot: true,
  modes: ['zero_shot', 'instruct', 'cross_lingual'],
  marks: ['[breath]'],
  languages: ['zh', 'en'],
}

const DEFAULTS: Script = {
  sampleRate: 16_000,
  samplesPerCharacter: 800,
  chunkSamples: 1600,
  chunkMs: 0,
  failAtChunk: undefined,
  failCode: 'LANE_FAILED',
  hangAtChunk: undefined,
  prepareMs: 0,
  storeError: undefined,
  slots: 1000,
  queueLimit: 1000,
  state: 'ready',
  abilities: DEFAULT_ABILITIES,
}

/** Samples of one character: noise from a counter, keyed by seed, character and place, so any cut gives the same. */
export function scriptedSamples(
  text: string,
  seed: number,
  script: Partial<Script> = {},
  from = 0,
): Float32Array {
  const perCharacter = script.samplesPerCharacter ?? DEFAULTS.samplesPerCharacter
  const characters = [...text]
  const samples = new Float32Array(characters.length * perCharacter)
  for (const [index, character] of characters.entries()) {
    const key = hash(seed, (from + index) * 2 + 1) ^ (character.codePointAt(0) ?? 0)
    for (let i = 0; i < perCharacter; i++) {
      samples[index * perCharacter + i] = (hash(key, i) / 2 ** 32 - 0.5) * 0.8
    }
  }
  return samples
}

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
    this.script = { ...DEFAULTS, ...script }
  }

  status(): SynthesizerStatus {
    return {
      state: this.script.state,
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

  assertRoom(): void {
    if (this.active >= this.script.slots && this.queued >= this.script.queueLimit) {
      throw new TtsError('OVERLOADED', 'Server overloaded', 'expected a free slot, got none', {
        retryAfterSeconds: 2,
      })
    }
  }

  speakLive(options: SpeechOptions): LiveSpeechStream {
    this.assertRoom()
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
    if (Buffer.from(audio.subarray(0, 4)).toString('latin1') !== 'RIFF') {
      throw unsupportedAudio()
    }
    if (audio.length < 44) throw new TtsError('AUDIO_TOO_SHORT', 'Audio too short', 'expected 0.5 s or more')
  }
}

class ScriptedSpeech implements LiveSpeechStream {
  readonly id: string
  readonly sampleRate: number
  readonly tokens: SpeechStream['tokens']
  readonly #owner: ScriptedSynthesizer
  readonly #seed: number
  readonly #unit: TimeUnit | undefined
  #given = 0
  #told = 0
  #text = ''
  #released = 0
  #spokenCharacters = 0
  #pending: Float32Array[] = []
  #chunk = 0
  #isFinished = false
  #isOver = false
  #hasSlot = false
  #leaveQueue: (() => void) | undefined
  #wake: (() => void) | undefined

  constructor(owner: ScriptedSynthesizer, id: string, options: SpeechOptions) {
    this.#owner = owner
    this.id = id
    this.sampleRate = owner.script.sampleRate
    this.#seed = options.seed ?? 0
    this.#unit = options.timestamps
    this.tokens = { text: 2, perSecond: 25 * options.speed }
  }

  append(text: string): void {
    if (this.#isFinished) throw new TtsError('INVALID_REQUEST', 'Already finished', 'got more text')
    this.#owner.appended.push(text)
    this.#text += text
    this.#wake?.()
  }

  settle(): void {
    this.flush()
  }

  flush(): void {
    this.#released = [...this.#text].length
    this.#wake?.()
  }

  finish(): void {
    this.#isFinished = true
    this.flush()
  }

  cancel(): void {
    if (this.#isOver) return
    this.#owner.cancelled++
    this.#end()
    this.#wake?.()
  }

  /** Words between blanks, each as long as its characters; sentences as their words are. */
  takeTimes(): TimedText[] {
    if (this.#unit === undefined) return []
    const pattern = this.#unit === 'word' ? /\S+/g : /[^\s.][^.]*\.?/g
    const { samplesPerCharacter, sampleRate } = this.#owner.script
    const seconds = (place: number) => (place * samplesPerCharacter) / sampleRate
    const all = [...this.#text.matchAll(pattern)].map(({ 0: text, index }) => {
      const to = index + text.length
      return { text, start: seconds(index), end: seconds(to), from: index, to }
    })
    const heard = this.#given / sampleRate
    const told = all.filter(({ start, end }) => (this.#unit === 'word' ? start < heard : end <= heard))
    const fresh = told.slice(this.#told)
    this.#told = told.length
    return fresh
  }

  async next(): Promise<Float32Array | undefined> {
    const { script } = this.#owner
    if (this.#isOver) throw cancelled()
    await this.#getSlot()
    for (;;) {
      if (this.#isOver) throw cancelled()
      if (this.#chunk === script.failAtChunk) {
        this.#end()
        throw new TtsError(script.failCode, 'lane died', 'secret: slot 7 at /srv/model')
      }
      if (this.#chunk !== script.hangAtChunk) {
        const ready = this.#takeReady()
        if (ready !== undefined) {
          if (script.chunkMs > 0) await delay(script.chunkMs)
          else await new Promise<void>((resolve) => setImmediate(resolve))
          if (this.#isOver) throw cancelled()
          this.#chunk++
          this.#owner.chunksMade++
          this.#given += ready.length
          return ready
        }
        if (this.#isFinished) {
          this.#end()
          return undefined
        }
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }

  async #getSlot(): Promise<void> {
    if (this.#hasSlot) return
    const { taken, leave } = this.#owner.takeSlot()
    this.#leaveQueue = leave
    this.#hasSlot = await taken
    if (!this.#isOver) return
    this.#end()
    throw cancelled()
  }

  #takeReady(): Float32Array | undefined {
    const { script } = this.#owner
    if (this.#pending.length === 0 && this.#spokenCharacters < this.#released) {
      const characters = [...this.#text].slice(this.#spokenCharacters, this.#released)
      const samples = scriptedSamples(characters.join(''), this.#seed, script, this.#spokenCharacters)
      this.#spokenCharacters = this.#released
      for (let at = 0; at < samples.length; at += script.chunkSamples) {
        this.#pending.push(samples.slice(at, at + script.chunkSamples))
      }
    }
    return this.#pending.shift()
  }

  #end(): void {
    this.#isOver = true
    this.#leaveQueue?.()
    if (this.#hasSlot) this.#owner.freeSlot()
    this.#hasSlot = false
  }
}

function cancelled(): TtsError {
  return new TtsError('CANCELLED', 'Cancelled', 'the request was cancelled')
}

function hash(key: number, counter: number): number {
  let x = Math.imul(key ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(counter + 1, 0xc2b2ae35)
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39)
  return (x ^ (x >>> 15)) >>> 0
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
