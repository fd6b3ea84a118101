/** An utterance at a device: what it is admitted with, what its listener is lent, and what the device knows of it. */
import type { RingReader } from '../audio/ring.ts'
import type { AcousticRequest } from '../core/acoustic-request.ts'
import type { TtsError } from '../core/errors.ts'
import type { StageTimes } from '../core/stage-clock.ts'
import type { Voice } from '../core/voice.ts'
import type { LaneSeat } from './lane-seat.ts'
import type { LlmAdmission } from './messages.ts'

export interface NewUtterance {
  readonly llm: LlmAdmission
  readonly acoustic: AcousticRequest
  readonly voice: Voice
  readonly priority: 'stream' | 'batch'
  readonly arrivedMs: number
  /** When its listener has heard what comes before it, at the earliest; undefined: it waits for this. */
  readonly neededMs?: number
  readonly expectedSeconds: number
  /** Told when its stages ran, lane by lane, where `llm` and `acoustic` say that it is traced. */
  readonly onStages?: ((stages: readonly StageTimes[]) => void) | undefined
}

/** An utterance that has a slot. Every one must be `close`d, whatever became of it. */
export interface Lent {
  readonly audio: RingReader<Float32Array>
  /** Of each speech token the text token that it says, where that was asked for; −1 where the model does not tell. */
  readonly places: RingReader<Int32Array>
  /** Why it failed; undefined while it is not known to have. The ring may show "failed" a little earlier. */
  readonly failure: TtsError | undefined
  /** Resolves once `failure` is known; never where it does not fail. */
  readonly failed: Promise<TtsError>
  /** Changes with every model run that is made for it: prompt positions, tokens, steps of the flow, hops. */
  readonly worked: number
  append(textIds: Int32Array): void
  finish(): void
  /** After reading from the ring: a lane that waits for room goes on. */
  roomMade(): void
  /** Lets go of the slot: what is still to come of the utterance is called off. Idempotent. */
  close(): void
}

/** What the device knows of one that has a slot. */
export interface Utterance {
  readonly slot: number
  readonly epoch: number
  /** The acoustic lane that it stays with. */
  readonly acoustic: LaneSeat
  readonly expectedSeconds: number
  readonly reader: RingReader<Float32Array>
  readonly onStages: NewUtterance['onStages']
  readonly places: RingReader<Int32Array>
  /** When the listener last took something, ms. */
  readMs: number
  failure: TtsError | undefined
  readonly failed: Promise<TtsError>
  readonly tellFailure: (error: TtsError) => void
}

/** Seconds that an utterance is taken to have left whose estimate was too short. */
const LEAST_LEFT_SECONDS = 0.5

/** Seconds that are expected to be still made of what was expected to take `expectedSeconds`, of which `madeSeconds` are made. */
export function secondsLeft(expectedSeconds: number, madeSeconds: number): number {
  return Math.max(LEAST_LEFT_SECONDS, expectedSeconds - madeSeconds)
}

/** A promise and what settles it. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
