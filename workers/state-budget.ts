/** Which utterance may have more of the bytes that a lane's acoustic model may take. */
import type { AcousticModel, AcousticUtterance } from '../src/engine/acoustic/acoustic-model.ts'

type CountedModel<U extends AcousticUtterance> = Pick<
  AcousticModel<U>,
  'bytes' | 'freeableBytes' | 'growth' | 'growthOnceFreed' | 'free'
>

/** An utterance of the lane, and when its request came. */
interface Arrived<U> {
  readonly made: U
  readonly arrivedMs: number
}

export class StateBudget<U extends AcousticUtterance> {
  readonly #model: CountedModel<U>
  readonly #utterances: ReadonlyMap<unknown, Arrived<U>>
  readonly #bytes: number

  /** `bytes` are those of utterances, of prompts, and of memory kept for later ones. */
  constructor(model: CountedModel<U>, utterances: ReadonlyMap<unknown, Arrived<U>>, bytes: number) {
    this.#model = model
    this.#utterances = utterances
    this.#bytes = bytes
  }

  /**
   * Whether there is memory for this utterance's next run. The oldest of those under way may always go on: so one
   * of them ends and frees memory, whatever the budget, and new ones wait instead of failing.
   */
  mayGrow(utterance: U): boolean {
    const { bytes, freeableBytes } = this.#model
    if (bytes + this.#model.growth(utterance) <= this.#bytes) return true
    const least = bytes - freeableBytes
    if (least + this.#model.growthOnceFreed(utterance) <= this.#bytes) return true
    const all = [...this.#utterances.values()]
    const holders = all.filter(({ made }) => made.bytes > 0)
    return oldest(holders.length === 0 ? all : holders) === utterance
  }

  /** Evicts what is not in use, as far as this utterance's next run needs it. */
  makeRoom(utterance: U): void {
    this.#model.free(() => this.#model.bytes + this.#model.growth(utterance) - this.#bytes)
  }
}

function oldest<U>(utterances: readonly Arrived<U>[]): U | undefined {
  return utterances.reduce<Arrived<U> | undefined>(
    (old, each) => (old !== undefined && old.arrivedMs <= each.arrivedMs ? old : each),
    undefined,
  )?.made
}
