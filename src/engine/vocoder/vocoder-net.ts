/** What a kind of vocoder network is to its runner: streams, and work on them. */
import { TtsError } from '../../core/errors.ts'
import type { Excitation, SourceNoise } from './harmonic-source.ts'
import type { VocoderTask } from './vocoder-work.ts'

/** New mel for a stream. */
export interface VocoderInput {
  /** New frames `[frames, mels]`; may be none when the utterance ends. */
  readonly mel: Float32Array
  /** No more will come. */
  readonly ended: boolean
}

/** One utterance on its way through the vocoder. */
export interface VocoderStream {
  /** Mel frames taken in. */
  readonly frames: number
  /** Samples given out. */
  readonly samples: number
  readonly ended: boolean
}

export interface VocoderRequest extends VocoderInput {
  readonly stream: VocoderStream
}

export interface VocoderNet {
  readonly sampleRate: number
  /** Samples of a mel frame. */
  readonly frameSamples: number
  readonly mels: number
  /** Samples that a stream holds back until it knows what follows. */
  readonly heldBackSamples: number
  /** Bytes that a stream keeps between runs, at most. */
  readonly stateBytes: number
  /** The source's noise of a request with this seed. */
  noise(seed: number): SourceNoise
  /** A source made from F0. */
  excitation(noise: SourceNoise): Excitation
  open(excitation: Excitation): VocoderStream
  /** F0 of a whole utterance in Hz, one a frame; `mel` `[frames, mels]`. */
  f0(mel: Float32Array): Float32Array
  /** Requests with equal keys may share a run. */
  key(request: VocoderRequest): string
  /** Takes new mel into work; all requests must have the same key. */
  task(requests: readonly VocoderRequest[]): VocoderTask
}

/** Throws INVALID_REQUEST for mel after the end or for a partial frame. */
export function checkInput({ ended }: VocoderStream, mels: number, mel: Float32Array): void {
  if (ended) throw new TtsError('INVALID_REQUEST', 'vocoder', 'expected no mel after the end, got more')
  if (mel.length % mels !== 0)
    throw new TtsError('INVALID_REQUEST', 'vocoder', `expected frames of ${mels}, got ${mel.length}`)
}
