/**
 * The models of one server behind the one seam that the front end knows, from before the first is loaded.
 *
 * Voices belong to a model, since their features do: named voices are those of
 * the default model, an upload is prepared for the model that it was sent to.
 */
import { TtsError } from '../core/errors.ts'
import type {
  Dictionaries,
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
} from '../core/speech-port.ts'
import type { ModelAbilities } from '../core/speech-style.ts'
import { canonicalVoiceId } from '../core/voice-id.ts'

export class ModelShelf implements Synthesizer {
  readonly models: readonly string[]
  readonly #opened = new Map<string, Synthesizer>()

  /** The first name is the default model. */
  constructor(names: readonly [string, ...string[]]) {
    this.models = names
  }

  put(name: string, synthesizer: Synthesizer): void {
    this.#opened.set(name, synthesizer)
  }

  status(): SynthesizerStatus {
    const all = [...this.#opened.values()].map((each) => each.status())
    return {
      state: this.state(),
      active: all.reduce((sum, { active }) => sum + active, 0),
      queued: all.reduce((sum, { queued }) => sum + queued, 0),
      // Models share the devices: what one finds is what there is.
      capacity: all[0]?.capacity,
      devices: all.flatMap(({ devices }) => devices),
    }
  }

  state(): SynthesizerState {
    const states = [...this.#opened.values()].map((each) => each.state())
    if (states.includes('draining')) return 'draining'
    if (states.includes('failed')) return 'failed'
    return states.length < this.models.length || states.includes('loading') ? 'loading' : 'ready'
  }

  prepareVoice(request: VoiceRequest, model: string, work?: WorkFor): Promise<VoiceHandle> {
    return this.#find(model).prepareVoice(request, 'default', work)
  }

  assertRoom(...[options, text]: Parameters<Synthesizer['assertRoom']>): void {
    this.#find(options.model).assertRoom({ ...options, model: 'default' }, text)
  }

  speak(text: string, options: SpeechOptions): SpeechStream {
    return this.#find(options.model).speak(text, { ...options, model: 'default' })
  }

  /** Undefined while the model loads. */
  abilities(model: string): ModelAbilities | undefined {
    const name = model === 'default' ? this.models[0]! : model
    return this.models.includes(name)
      ? this.#opened.get(name)?.abilities('default')
      : this.#find(model).abilities(model)
  }

  prepareSource(audio: Uint8Array, model: string, work?: WorkFor): Promise<SpeechSource> {
    return this.#find(model).prepareSource(audio, 'default', work)
  }

  convert(source: SpeechSource, options: SpeechOptions): SpeechStream {
    return this.#find(options.model).convert(source, { ...options, model: 'default' })
  }

  speakLive(options: SpeechOptions): LiveSpeechStream {
    return this.#find(options.model).speakLive({ ...options, model: 'default' })
  }

  /** None while the model loads. */
  listVoices(owner?: string, model = 'default'): readonly StoredVoice[] {
    const name = model === 'default' ? this.models[0]! : model
    const opened = this.models.includes(name) ? this.#opened.get(name) : this.#find(model)
    return opened?.listVoices(owner) ?? []
  }

  storeVoice(
    id: string,
    request: VoiceRequest,
    details?: VoiceDetails,
    work?: WorkFor,
  ): Promise<StoredVoice> {
    const { model = 'default', ...kept } = details ?? {}
    return this.#find(model).storeVoice(id, request, kept, work)
  }

  deleteVoice(id: string, owner?: string, model = 'default'): Promise<void> {
    return this.#find(model).deleteVoice(id, owner)
  }

  normalizeText(
    ...[text, options, voice, model = 'default']: Parameters<Synthesizer['normalizeText']>
  ): NormalizedText {
    return this.#find(model).normalizeText(text, options, voice)
  }

  /** Words for all voices are the same in each model; those for one lie with its model. */
  dictionaries(owner?: string): Dictionaries {
    const { server, voices } = this.#find('default').dictionaries(owner)
    const others = [...this.#opened.values()].map((each) => each.dictionaries(owner).voices)
    return { server, voices: Object.assign({}, ...others, voices) }
  }

  async putDictionary(
    ...[words, voice, owner]: Parameters<Synthesizer['putDictionary']>
  ): Promise<Dictionaries> {
    const all = this.models.map((name) => this.#find(name))
    const id = voice === undefined ? undefined : canonicalVoiceId(voice)
    const having = all.filter(
      (each) => id === undefined || each.listVoices(owner).some((known) => known.id === id),
    )
    // The default one says that none has it.
    for (const each of having.length === 0 ? all.slice(0, 1) : having)
      await each.putDictionary(words, voice, owner)
    return this.dictionaries(owner)
  }

  #find(model: string): Synthesizer {
    const name = model === 'default' ? this.models[0]! : model
    const synthesizer = this.#opened.get(name)
    if (synthesizer !== undefined) return synthesizer
    if (!this.models.includes(name)) {
      const expected = ['default', ...this.models].map((each) => `'${each}'`).join(' or ')
      throw new TtsError('MODEL_NOT_FOUND', 'Model not found', `expected ${expected}, got '${model}'`)
    }
    throw new TtsError('MODEL_NOT_READY', 'Model not ready', 'TTS model is still loading', {
      retryAfterSeconds: 5,
    })
  }
}
