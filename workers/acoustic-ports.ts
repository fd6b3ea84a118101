/**
 * What the acoustic lane needs of rings and vocoder, as narrow interfaces: its turns are tested without either.
 */
import type { VocoderStream } from '../src/engine/vocoder/vocoder-net.ts'
import type { AcousticAdmission } from '../src/lanes/messages.ts'

/** A slot's tokens as the acoustic lane takes them. */
export interface TokenSource {
  /** Tokens that can be taken now. */
  readonly available: number
  /** No more will come beyond those available. Read before `available`: the other order could miss the last ones. */
  readonly ended: boolean
  /** They ended early: what was made of them must not pass for the whole. */
  readonly failed: boolean
  /** Takes at most `count` tokens. */
  take(count: number): Int32Array
}

/** A slot's audio as the acoustic lane gives it. */
export interface AudioSink {
  /** Puts in what there is room for; returns how many samples that was. */
  push(samples: Float32Array): number
  end(failed: boolean): void
}

/** A hop on its way through the vocoder: `mel` `[frames, mels]`; after the `last` everything that is left comes out. */
export interface Hop {
  readonly mel: Float32Array
  readonly last: boolean
}

export interface HopVocoder {
  open(utterance: AcousticAdmission): VocoderStream
  /** Hops with equal keys can share a run. */
  key(stream: VocoderStream, hop: Hop): string
  /** Makes the samples of hops that have the same key; those that are settled of each. */
  run(hops: readonly (Hop & { readonly stream: VocoderStream })[]): Float32Array[]
}

/** One utterance's change of tempo: samples in, samples out; exact length over the whole. */
export interface TempoStream {
  push(samples: Float32Array, last: boolean): Float32Array
}
