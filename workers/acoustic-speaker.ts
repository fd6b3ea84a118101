/** One utterance in the acoustic lane: what it was asked for, where its tokens come from, how far it is. */
import type { FlowState } from '../src/engine/flow/flow-state.ts'
import type { VocoderStream } from '../src/engine/vocoder/vocoder-net.ts'
import type { AcousticAdmission } from '../src/lanes/messages.ts'
import type { AudioSink, Hop, TempoStream, TokenSource } from './acoustic-ports.ts'
import type { SolveGroup } from './solve-group.ts'
import type { VoiceEntry } from './voice-states.ts'

export interface Speaker {
  readonly slot: number
  readonly epoch: number
  readonly priority: 'stream' | 'batch'
  readonly arrivedMs: number
  readonly utterance: AcousticAdmission
  readonly voice: VoiceEntry
  readonly tokens: TokenSource
  readonly audio: AudioSink
  readonly vocoder: VocoderStream
  readonly tempo: TempoStream | undefined
  state: FlowState | undefined
  /** The runs under way that solve its next block, alone or with others. */
  group: SolveGroup<Speaker> | undefined
  /** Frames of the blocks that are solved of the hop under way. */
  frames: Float32Array[]
  /** Mel that is solved and waits for the vocoder, a run's worth in each; nothing comes after the `last`. */
  hops: Hop[]
  /** Samples for which the ring had no room yet. */
  waiting: Float32Array
  /** All its samples are made. */
  done: boolean
  firstAudioMs: number | undefined
  emittedMs: number
}
