/** Time that passes when it is told to, and what is to happen when. */

interface Timer {
  readonly atMs: number
  readonly act: () => void
}

export class VirtualClock {
  readonly #due: Timer[] = []
  #nowMs = 0

  nowMs = (): number => this.#nowMs

  /** Calls `act` after `delayMs`; the returned function calls it off. */
  after = (delayMs: number, act: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), act }
    this.#due.push(timer)
    return () => {
      const at = this.#due.indexOf(timer)
      if (at >= 0) this.#due.splice(at, 1)
    }
  }

  /** When something is due; Infinity where nothing is. */
  get nextMs(): number {
    return this.#due.reduce((soonest, { atMs }) => Math.min(soonest, atMs), Infinity)
  }

  /** Lets time pass until `ms`; what is due by then happens at `ms`, in its order. */
  advance(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms)
    for (;;) {
      let first: Timer | undefined
      for (const timer of this.#due)
        if (timer.atMs <= this.#nowMs && (first === undefined || timer.atMs < first.atMs)) first = timer
      if (first === undefined) return
      this.#due.splice(this.#due.indexOf(first), 1)
      first.act()
    }
  }
}
