/** What an acoustic lane sees of the models that turn speech tokens into samples: voices, utterances, runs, bytes. */
import type { AcousticRequest } from '../../core/acoustic-request.ts'
import type { SharedPrompt } from '../../core/shared-prompt.ts'
import type { StageClock } from '../../core/stage-clock.ts'
import type { Voice } from '../../core/voice.ts'

/** What an utterance's tokens are taken from. */
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

/**
 * A run that can be made for an utterance: one that solves its voice's prompt, the first of a block or whole utterance,
 * or one of what was begun. The first of a block or a whole may have to wait for memory.
 */
export type NextRun = 'prompt' | 'block' | 'whole' | 'begun'

export interface AcousticUtterance {
  /** Undefined while tokens are missing, and once all its samples are made. */
  readonly next: NextRun | undefined
  /** Bytes of its own that are in use; 0 before its first block. */
  readonly bytes: number
  /** Where its trace is recorded. */
  readonly clock?: StageClock | undefined
}

/** What the lane decides while a run is made up. */
export interface RunChoices<U> {
  /** Whether there is memory for an utterance's next block. */
  mayGrow(utterance: U): boolean
  /** Evicts what is not in use, as far as an utterance's next run needs it. */
  makeRoom(utterance: U): void
  /** Utterances to share the run, in the lane's order, each of which `fits`. */
  join(fits: (other: U) => boolean): readonly U[]
  /** Whether the listener can wait for one more block than the `blocks` that its hop has. */
  hopGoesOn(utterance: U, blocks: number): boolean
}

/** What a run gave an utterance: samples, the last of them with `last`; or its failure, which ends it. */
export type RunResult<U> =
  | { readonly utterance: U; readonly samples: Float32Array; readonly last: boolean }
  | { readonly utterance: U; readonly failed: string }

/** Told where a prompt is held from now on, for the other lanes, or where it is not any more. */
export type AnnouncePrompt = (key: string, prompt: SharedPrompt | undefined) => void

export interface AcousticModel<U extends AcousticUtterance> {
  readonly sampleRate: number
  /** Bytes in use by utterances and prompts, and kept for later ones. */
  readonly bytes: number
  /** Of these, bytes that `free` could free. */
  freeableBytes(stalled: readonly U[]): number
  /** Bytes that an utterance's next run adds to `bytes`; and the same once nothing is kept. */
  growth(utterance: U): number
  growthOnceFreed(utterance: U): number
  /**
   * While `over` says that bytes are too many, frees in this order: what is kept, prompts without users, memory of
   * `stalled`. What they need of it is made again once they go on.
   */
  free(over: () => number, stalled: readonly U[]): void

  addVoice(key: string, voice: Pick<Voice, 'speechTokens' | 'mel' | 'embedding'>): void
  /** Takes over a prompt that another lane has solved. */
  adoptPrompt(key: string, prompt: SharedPrompt): void
  dropVoice(key: string): void

  open(request: AcousticRequest, tokens: TokenSource): U
  /** Makes the run that is `next` for this utterance, and for those that join. */
  run(utterance: U, choices: RunChoices<U>): readonly RunResult<U>[]
  /** Ends an utterance, finished or not. */
  close(utterance: U): void

  /**
   * Lets go of memory that no utterance took since the last call, and in `silence` of prompts beyond `promptBytes`;
   * returns the bytes freed.
   */
  expire(silence: boolean, promptBytes: number): number
  /** Mean utterances per run of blocks and hops since this was last asked; 0 where there was none. */
  takeMeanBatch(): number
}
