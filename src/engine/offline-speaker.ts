/**
 * One utterance at a time through all models on the calling thread, keeping what every stage gave.
 *
 * It runs the same runners, sequences and sampler as the lanes do; it is what `say --dump` and `verify` compare
 * with the reference.
 */
import { TempoStretch } from '../audio/speed.ts'
import type { Bundle } from '../core/bundle.ts'
import { concatFloats } from '../core/float-arrays.ts'
import type { Voice } from '../core/voice.ts'
import { stretchMel } from './acoustic/mel-tempo.ts'
import { alignmentOf, openFlow, openLlm, openVocoder, sequenceRules } from './bundle-models.ts'
import { type FlowRunner, finishWork } from './flow/flow-runner.ts'
import { decodeAlone, type PlacesOf } from './llm/decode-alone.ts'
import type { LlmRunner } from './llm/llm-runner.ts'
import { PlainSequence, type SequenceRules } from './llm/llm-sequence.ts'
import { placesOf } from './llm/spoken-places.ts'
import type { Runtime, SessionOptions } from './runtime/runtime.ts'
import { ZERO_NOISE } from './vocoder/harmonic-source.ts'
import type { VocoderRunner } from './vocoder/vocoder-runner.ts'

export interface UtteranceRequest {
  readonly voice: Voice
  readonly promptTextIds: Int32Array
  /** Whether the voice's speech tokens go before the speech; where the voice has a transcript if left out. */
  readonly promptSpeech?: boolean
  readonly textIds: Int32Array
  readonly sampling: 'ras' | 'greedy'
  readonly seed: number
  /** Speak these speech tokens instead of asking the LLM. */
  readonly givenTokens?: Int32Array
  /** Where set, it is told which token of the text each speech token says; the text begins behind so many of `textIds`. */
  readonly placesBehind?: number
  /** Block by block with the block mask, as a stream is made; otherwise the whole at once with full attention. */
  readonly stream: boolean
  readonly speed: number
  readonly sourceNoise: 'seeded' | 'zero'
  /** Called with each piece of samples as it is made; a stream has many, a whole one. */
  readonly onSamples?: (samples: Float32Array) => void
}

export interface SpeakerOptions {
  /** Of the bundle's; its first, the reference's, where not given. */
  readonly solver: string | undefined
  /** Which ids are barred before speech may end: the bundle's, or that which the reference bars. */
  readonly compat: 'own' | 'reference'
}

export interface UtteranceResult {
  readonly tokens: Int32Array
  /** Of each token the text token that it says, −1 where the model does not tell; empty where that was not asked for. */
  readonly places: Int32Array
  /** `[frames, mels]` as the vocoder was given it, after a change of tempo. */
  readonly mel: Float32Array
  readonly wave: Float32Array
  /** Milliseconds. */
  readonly timings: {
    readonly llm: number
    readonly flow: number
    readonly vocoder: number
    readonly firstSamples: number
  }
}

export class OfflineSpeaker {
  readonly sampleRate: number
  readonly mels: number
  readonly #bundle: Bundle
  readonly #llm: LlmRunner
  readonly #flow: FlowRunner
  readonly #vocoder: VocoderRunner
  readonly #rules: SequenceRules

  private constructor(
    bundle: Bundle,
    llm: LlmRunner,
    flow: FlowRunner,
    vocoder: VocoderRunner,
    compat: SpeakerOptions['compat'],
  ) {
    this.#bundle = bundle
    this.#llm = llm
    this.#flow = flow
    this.#vocoder = vocoder
    this.#rules = sequenceRules(bundle, llm.pool.maxLength, compat)
    this.sampleRate = vocoder.sampleRate
    this.mels = flow.dims.mels
  }

  static async open(
    runtime: Runtime,
    bundle: Bundle,
    session: SessionOptions,
    { solver, compat = 'own' }: Partial<SpeakerOptions> = {},
  ): Promise<OfflineSpeaker> {
    const llm = await openLlm(runtime, bundle, { rows: 1, capacity: 4096 }, session)
    const flow = await openFlow(runtime, bundle, session, solver === undefined ? {} : { solver })
    return new OfflineSpeaker(bundle, llm, flow, await openVocoder(runtime, bundle, session), compat)
  }

  speak(request: UtteranceRequest): UtteranceResult {
    const started = performance.now()
    const places = this.#placesOf(request)
    const tokens = request.givenTokens ?? this.#chooseTokens(request, places)
    const llm = performance.now() - started
    const stages = { flow: 0, vocoder: 0, firstSamples: 0 }
    const frames: Float32Array[] = []
    const samples: Float32Array[] = []
    const vocoder = this.#vocoder.open(
      request.sourceNoise === 'zero' ? ZERO_NOISE : this.#vocoder.noise(request.seed),
    )
    // A stream's tempo is changed behind the vocoder, a whole's in its mel, as the reference does.
    const tempo =
      request.stream && request.speed !== 1 ? new TempoStretch(request.speed, this.sampleRate) : undefined
    const vocode = (mel: Float32Array, ended: boolean) => {
      const before = performance.now()
      const voiced = this.#vocoder.push(vocoder, mel, { ended })
      const made = tempo === undefined ? voiced : tempo.push(voiced, ended)
      stages.vocoder += performance.now() - before
      frames.push(mel)
      if (made.length === 0) return
      if (samples.length === 0) stages.firstSamples = performance.now() - started
      samples.push(made)
      request.onSamples?.(made)
    }
    if (request.stream) this.#solveBlocks(request, tokens, stages, vocode)
    else if (tokens.length > 0) vocode(this.#solveWhole(request, tokens, stages), true)
    return {
      tokens,
      places: Int32Array.from(places?.told ?? []),
      mel: concatFloats(frames),
      wave: concatFloats(samples),
      timings: { llm, ...stages },
    }
  }

  release(): void {
    this.#llm.release()
    this.#flow.release()
    this.#vocoder.release()
  }

  #placesOf(request: UtteranceRequest): PlacesOf | undefined {
    const of = placesOf(request, alignmentOf(this.#bundle), this.#rules.ids)
    return of && { of, told: [] }
  }

  #chooseTokens(
    {
      voice,
      promptTextIds,
      promptSpeech = voice.mode === 'transcript',
      textIds,
      sampling,
      seed,
    }: UtteranceRequest,
    places: PlacesOf | undefined,
  ): Int32Array {
    const sequence = new PlainSequence(
      promptTextIds,
      promptSpeech ? voice.speechTokens : new Int32Array(0),
      textIds,
      this.#rules,
    )
    const { sampling: rules } = this.#bundle.manifest.parameters.llm
    return decodeAlone(this.#llm, sequence, { how: sampling, sampling: rules, seed }, places)
  }

  #solveWhole(
    { voice, speed }: UtteranceRequest,
    tokens: Int32Array,
    stages: { flow: number },
  ): Float32Array {
    const before = performance.now()
    const mel = finishWork(this.#flow.whole(voice, tokens))
    stages.flow += performance.now() - before
    return speed === 1 ? mel : stretchMel(mel, this.mels, speed)
  }

  #solveBlocks(
    { voice }: UtteranceRequest,
    tokens: Int32Array,
    stages: { flow: number },
    vocode: (mel: Float32Array, ended: boolean) => void,
  ): void {
    const state = this.#flow.open(voice, voice.speechTokens.length + tokens.length)
    try {
      state.push(tokens)
      state.finish()
      while (!state.ended) {
        const before = performance.now()
        const mel = finishWork(this.#flow.begin(state)!)
        stages.flow += performance.now() - before
        vocode(mel, state.ended)
      }
    } finally {
      state.release()
    }
  }
}
