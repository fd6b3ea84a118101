/** Which utterance may have more of the bytes that a lane's acoustic model may take. */
import type { AcousticModel, AcousticUtterance } from '../src/engine/acoustic/acoustic-model.ts'
import { PARK_AFTER_MS } from '../src/lanes/parking.ts'

type CountedModel<U extends AcousticUtterance> = Pick<
  AcousticModel<U>,
  'bytes' | 'freeableBytes' | 'growth' | 'growthOnceFreed' | 'free'
>

/** An utterance of the lane, when its request came, and since when its listener takes nothing, if so. */
interface Arrived<U> {
  readonly made: U
  readonly arrivedMs: number
  readonly fullSinceMs: number | undefined
}

export interface StateLimits {
  /** Those of utterances, of prompts, and of memory kept for later ones. */
  readonly bytes: number
  /** An utterance that has waited for memory this long keeps later ones from beginning. */
  readonly patienceMs: number
}

export class StateBudget<U extends AcousticUtterance> {
  readonly #model: CountedModel<U>
  readonly #utterances: ReadonlyMap<unknown, Arrived<U>>
  readonly #limits: StateLimits
  readonly #nowMs: () => number

  constructor(
    model: CountedModel<U>,
    utterances: ReadonlyMap<unknown, Arrived<U>>,
    limits: StateLimits,
    nowMs: () => number,
  ) {
    this.#model = model
    this.#utterances = utterances
    this.#limits = limits
    this.#nowMs = nowMs
  }

  /**
   * Whether there is memory for this utterance's next run. Of those under way whose listeners read, the oldest may
   * always go on. So one of them ends and frees memory, whatever the budget, and new ones wait instead of failing.
   * Where none is under way, the oldest begins.
   */
  mayGrow(utterance: U): boolean {
    const stalled = this.#stalled()
    if (this.#fits(utterance, stalled) && (utterance.bytes > 0 || !this.#isBarred(utterance, stalled)))
      return true
    const all = [...this.#utterances.values()].filter(({ made }) => !stalled.includes(made))
    const holders = all.filter(({ made }) => made.bytes > 0)
    return oldest(holders.length === 0 ? all : holders) === utterance
  }

  /** Evicts what is not in use, as far as this utterance's next run needs it. */
  makeRoom(utterance: U): void {
    const over = () => this.#model.bytes + this.#model.growth(utterance) - this.#limits.bytes
    if (over() > 0) this.#model.free(over, this.#stalled())
  }

  #fits(utterance: U, stalled: readonly U[]): boolean {
    const { bytes } = this.#model
    if (bytes + this.#model.growth(utterance) <= this.#limits.bytes) return true
    const least = bytes - this.#model.freeableBytes(stalled)
    return least + this.#model.growthOnceFreed(utterance) <= this.#limits.bytes
  }

  /** Whether one that came before it, and needs more than there is, has waited long enough to go first. */
  #isBarred(utterance: U, stalled: readonly U[]): boolean {
    const all = [...this.#utterances.values()]
    const own = all.find(({ made }) => made === utterance)!
    const since = this.#nowMs() - this.#limits.patienceMs
    return all.some(
      ({ made, arrivedMs, fullSinceMs }) =>
        arrivedMs < Math.min(own.arrivedMs, since) &&
        fullSinceMs === undefined &&
        made.bytes === 0 &&
        (made.next === 'block' || made.next === 'whole') &&
        !this.#fits(made, stalled),
    )
  }

  /** Those whose listeners have long taken nothing, the longest first. */
  #stalled(): U[] {
    const before = this.#nowMs() - PARK_AFTER_MS
    return [...this.#utterances.values()]
      .filter(({ fullSinceMs }) => fullSinceMs !== undefined && fullSinceMs <= before)
      .sort((a, b) => a.fullSinceMs! - b.fullSinceMs!)
      .map(({ made }) => made)
  }
}

function oldest<U>(utterances: readonly Arrived<U>[]): U | undefined {
  return utterances.reduce<Arrived<U> | undefined>(
    (old, each) => (old !== undefined && old.arrivedMs <= each.arrivedMs ? old : each),
    undefined,
  )?.made
}
