/**
 * How long an answer is waited for: twice the slowest of late, within bounds.
 *
 * On a busy machine healthy stores answer late; a fixed limit that suits a calm one would take them for dead. What was slow
 * counts half after each half-life.
 */
const HALF_LIFE_MS = 5000

export interface PatienceBounds {
  readonly minMs: number
  readonly maxMs: number
}

export class Patience {
  readonly #bounds: PatienceBounds
  #slowestMs = 0
  #sinceMs = 0

  constructor(bounds: PatienceBounds) {
    this.#bounds = bounds
  }

  /** ms to wait for an answer now. `nowMs` is monotonic. */
  at(nowMs: number): number {
    const { minMs, maxMs } = this.#bounds
    return Math.min(maxMs, Math.max(minMs, 2 * this.#slowestAt(nowMs)))
  }

  /** An answer took `ms`. */
  learn(ms: number, nowMs: number): void {
    this.#slowestMs = Math.max(ms, this.#slowestAt(nowMs))
    this.#sinceMs = nowMs
  }

  #slowestAt(nowMs: number): number {
    return this.#slowestMs * 0.5 ** ((nowMs - this.#sinceMs) / HALF_LIFE_MS)
  }
}
