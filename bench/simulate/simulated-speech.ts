/**
 * A speech of a crowd on a simulated device: what its listener is given, as the server's chain hands it out.
 *
 * The lead, the held start and the clock are the server's own; its ring is what the device has made and it has not taken.
 */
import type { StreamLoad } from '../../src/scheduler/admission.ts'
import type { Loaded } from '../../src/speech/admission.ts'
import { type Cushion, HELD_LOOK_MS, HeldStart } from '../../src/speech/held-start.ts'
import { ListenerClock } from '../../src/speech/listener-clock.ts'
import type { Chunk } from './listening.ts'
import type { Utterance } from './simulated-utterance.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Seconds that a speech is taken to have left whose estimate was too short. */
const LEAST_LEFT_SECONDS = 0.5

export class SimulatedSpeech implements Loaded {
  readonly priority = 'stream'
  readonly askedMs: number
  /** What the listener was given, and when. */
  readonly heard: Chunk[] = []
  readonly #utterance: Utterance
  readonly #expectedSeconds: number
  readonly #clock: VirtualClock
  readonly #start: HeldStart
  readonly #listener: ListenerClock
  #taken = 0
  #stopLook: (() => void) | undefined

  constructor(
    utterance: Utterance,
    asked: { readonly ms: number; readonly expectedSeconds: number },
    clock: VirtualClock,
    policy: { cushion(expectedSeconds: number): Cushion; missed(): void },
  ) {
    this.#utterance = utterance
    this.askedMs = asked.ms
    this.#expectedSeconds = asked.expectedSeconds
    this.#clock = clock
    this.#start = new HeldStart(() => policy.cushion(asked.expectedSeconds), clock.nowMs)
    this.#listener = new ListenerClock(() => policy.missed(), clock.nowMs)
  }

  get isOver(): boolean {
    return this.#utterance.finishedMs !== undefined && this.#taken === this.#utterance.chunks.length
  }

  /** When its listener has heard all of it. */
  get endMs(): number {
    return this.#clock.nowMs() + this.#listener.leadSeconds * 1000
  }

  load(): StreamLoad | undefined {
    if (this.isOver) return undefined
    const made = this.#utterance.emittedMs / 1000
    const isOpen = this.#utterance.finishedMs === undefined
    const buffered = this.#buffered
    const { hasBegun, leadSeconds } = this.#listener
    return {
      heard: hasBegun || buffered > 0,
      leadSeconds: Math.max(0, buffered, leadSeconds + buffered),
      leftSeconds: isOpen ? Math.max(LEAST_LEFT_SECONDS, this.#expectedSeconds - made) : 0,
    }
  }

  /** Hands out what there is, unless it is held. */
  take(): void {
    const { chunks, finishedMs } = this.#utterance
    const mayHold = finishedMs === undefined && !this.#listener.hasBegun
    if (mayHold && this.#start.holds({ made: this.#buffered, most: Infinity })) {
      this.#stopLook ??= this.#clock.after(HELD_LOOK_MS, () => {
        this.#stopLook = undefined
        this.take()
      })
      return
    }
    for (; this.#taken < chunks.length; this.#taken++) {
      const { audioMs } = chunks[this.#taken]!
      this.#listener.give(audioMs)
      this.heard.push({ atMs: this.#clock.nowMs(), audioMs })
    }
    this.#listener.waits()
  }

  get #buffered(): number {
    return this.#utterance.chunks.slice(this.#taken).reduce((sum, { audioMs }) => sum + audioMs, 0) / 1000
  }
}
