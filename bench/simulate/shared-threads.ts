/** Model runs under way on a device's threads, on a virtual clock: how fast each goes on while others do. */
import type { Machine } from '../cost/cost-model.ts'

interface Running {
  /** Milliseconds that are left of it if it ran alone. */
  leftMs: number
  readonly first: boolean
  readonly startedMs: number
  readonly end: (nowMs: number, tookMs: number) => void
}

/** Less than any run: rounding of sums must not keep one from ending. */
const NOTHING_MS = 1e-6
/** Of a thread, what those that are not first get where the others would take all. */
const LEFT_OVER = 0.3

export class SharedThreads {
  readonly #overlapSlowdown: number
  readonly #threads: number
  #running: Running[] = []
  #nowMs = 0
  #cpuMs = 0

  /** On a single thread lanes take turns, and what that costs is in the slowdown that was measured there. */
  constructor({ cost, threads }: Machine) {
    this.#overlapSlowdown = cost.overlapSlowdown
    this.#threads = Math.max(2, threads)
  }

  /** A run of `ms`, had it a thread and none beside it, begins at `nowMs`; `first`: it goes before those that are not. */
  start(nowMs: number, ms: number, first: boolean, end: Running['end']): void {
    this.#goOn(nowMs)
    this.#running.push({ leftMs: ms, first, startedMs: nowMs, end })
  }

  /** Processor time that runs have taken; what never ends is others' and does not count. */
  get cpuMs(): number {
    return this.#cpuMs
  }

  /** When the next run ends if none begins before; Infinity while idle. */
  nextEndMs(): number {
    return this.#running.reduce(
      (soonest, run) => Math.min(soonest, this.#nowMs + run.leftMs / this.#speed(run)),
      Infinity,
    )
  }

  /** Lets runs go on until `nowMs`, and ends those that are through. */
  advance(nowMs: number): void {
    this.#goOn(nowMs)
    const ended = this.#running.filter(({ leftMs }) => leftMs <= NOTHING_MS)
    this.#running = this.#running.filter(({ leftMs }) => leftMs > NOTHING_MS)
    for (const { end, startedMs } of ended) end(nowMs, nowMs - startedMs)
  }

  #goOn(nowMs: number): void {
    const elapsed = nowMs - this.#nowMs
    const speeds = this.#running.map((run) => this.#speed(run))
    for (const [i, run] of this.#running.entries()) {
      if (run.leftMs !== Infinity) this.#cpuMs += elapsed * this.#share(run)
      run.leftMs -= elapsed * speeds[i]!
    }
    this.#nowMs = nowMs
  }

  /** Share of its speed alone. */
  #speed(run: Running): number {
    return this.#running.length <= 1 ? 1 : this.#share(run) / this.#overlapSlowdown
  }

  /** Of a thread. */
  #share({ first }: Running): number {
    const firsts = this.#running.filter((run) => run.first).length
    const [threads, sharing] = first
      ? [this.#threads, firsts]
      : [this.#threads - firsts, this.#running.length - firsts]
    return Math.min(1, Math.max(first ? 1 : LEFT_OVER, threads) / sharing)
  }
}
