/** One utterance in flow and vocoder: what it was asked for, where its tokens come from, how far it is. */
import type { AcousticRequest } from '../../core/acoustic-request.ts'
import { StageClock } from '../../core/stage-clock.ts'
import type { FlowDims } from '../flow/flow-dims.ts'
import type { FlowState } from '../flow/flow-state.ts'
import type { VocoderStream } from '../vocoder/vocoder-net.ts'
import type { AcousticUtterance, NextRun, TokenSource } from './acoustic-model.ts'
import type { SolveGroup } from './solve-group.ts'
import type { VoiceEntry } from './voice-states.ts'

/** Mel on its way through the vocoder, `[frames, mels]`; after the `last` everything that is left comes out. */
export interface Hop {
  readonly mel: Float32Array
  readonly last: boolean
}

/** One utterance's change of tempo: samples in, samples out; exact length over the whole. */
export interface TempoStream {
  push(samples: Float32Array, last: boolean): Float32Array
}

export interface UtteranceParts {
  readonly request: AcousticRequest
  readonly voice: VoiceEntry
  readonly tokens: TokenSource
  readonly vocoder: VocoderStream
  readonly tempo: TempoStream | undefined
  readonly grid: Pick<FlowDims, 'blockTokens' | 'lookahead'>
}

export class FlowVocoderUtterance implements AcousticUtterance {
  readonly request: AcousticRequest
  readonly voice: VoiceEntry
  readonly tokens: TokenSource
  readonly vocoder: VocoderStream
  readonly tempo: TempoStream | undefined
  readonly clock: StageClock | undefined
  state: FlowState | undefined
  /** The runs under way that solve its next block, alone or with others. */
  group: SolveGroup<FlowVocoderUtterance> | undefined
  /** Bytes that solving the whole of it takes, while it is under way. */
  wholeBytes = 0
  /** Frames of the blocks that are solved of the hop under way. */
  frames: Float32Array[] = []
  /** Mel that is solved and waits for the vocoder, a run's worth in each; nothing comes after the `last`. */
  hops: Hop[] = []
  /** All its samples are made. */
  done = false
  readonly #grid: UtteranceParts['grid']

  constructor({ request, voice, tokens, vocoder, tempo, grid }: UtteranceParts) {
    this.request = request
    this.voice = voice
    this.tokens = tokens
    this.vocoder = vocoder
    this.tempo = tempo
    this.clock = request.isTraced === true ? new StageClock() : undefined
    this.#grid = grid
  }

  get next(): NextRun | undefined {
    if (this.done) return undefined
    if (this.hops.length > 0 || this.group !== undefined) return 'begun'
    if (this.request.mode === 'whole') return this.tokens.ended ? 'whole' : undefined
    // The prompt can be solved while the LLM still makes the first tokens.
    if (this.needsPrompt) return 'prompt'
    return this.blockIsThere ? 'block' : undefined
  }

  get bytes(): number {
    return (this.hasMemory ? this.state!.memory.bytes : 0) + this.wholeBytes
  }

  /** It has a state, and that was not evicted. */
  get hasMemory(): boolean {
    return this.state?.isResident === true
  }

  /** No run is under way on its memory: it can be evicted. */
  get isEvictable(): boolean {
    return this.hasMemory && this.group === undefined
  }

  get needsPrompt(): boolean {
    return this.state === undefined && this.voice.prompt === undefined
  }

  /** Tokens for the next block are there: with their look-ahead, or up to the end of speech. */
  get blockIsThere(): boolean {
    const { ended } = this.tokens
    return ended || this.tokens.available >= this.blockNeeds
  }

  /** Tokens that the next block needs beyond those it has. Its voice's prompt is solved. */
  get blockNeeds(): number {
    const { blockTokens, lookahead } = this.#grid
    const { pendingTokens } = this.state ?? this.voice.prompt!
    return Math.max(0, blockTokens + lookahead - pendingTokens)
  }

  /** Tokens that it is expected to have, prompt included. */
  get expectedTokens(): number {
    return this.voice.voice.speechTokens.length + this.request.expectedTokens
  }

  releaseState(): void {
    this.state?.release()
    this.state = undefined
    this.wholeBytes = 0
  }
}
