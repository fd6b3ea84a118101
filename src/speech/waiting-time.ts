/** How long a listener waits: in all, and since anything was last done for it. Time in which text is missing does not count. */

/** Shares of the time-out. */
export interface Waited {
  readonly inAll: number
  readonly idle: number
}

export class WaitingTime {
  readonly #timeoutMs: number
  #sinceMs: number
  #workedMs: number
  #worked: number | undefined
  #wasOwed = false

  constructor(timeoutMs: number, nowMs: number) {
    this.#timeoutMs = timeoutMs
    this.#sinceMs = nowMs
    this.#workedMs = nowMs
  }

  /** A look at the clock. `isOwed`: all text is there. `worked` changes with whatever is done. */
  look(isOwed: boolean, worked: number, nowMs: number): Waited {
    if (!isOwed || !this.#wasOwed) this.#sinceMs = this.#workedMs = nowMs
    if (worked !== this.#worked) this.#workedMs = nowMs
    this.#wasOwed = isOwed
    this.#worked = worked
    const share = (sinceMs: number) => (nowMs - sinceMs) / this.#timeoutMs
    return { inAll: share(this.#sinceMs), idle: share(this.#workedMs) }
  }
}
