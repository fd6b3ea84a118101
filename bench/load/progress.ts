/** How a running load test shows itself: one line on a terminal, nothing elsewhere. */
import { firstAudioMs, type Outcome } from './outcome.ts'

const REDRAW_MS = 200

export class Progress {
  readonly #started = performance.now()
  #drawn = 0
  #done = 0
  #errors = 0
  #recent: number[] = []

  take(outcome: Outcome): void {
    this.#done++
    if (outcome.error !== undefined) this.#errors++
    const first = firstAudioMs(outcome)
    if (first !== undefined) this.#recent = [...this.#recent.slice(-49), first]
    this.#draw()
  }

  /** Clears the line. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }

  #draw(): void {
    const now = performance.now()
    if (!process.stderr.isTTY || now - this.#drawn < REDRAW_MS) return
    this.#drawn = now
    const sorted = [...this.#recent].sort((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)]?.toFixed(0) ?? '–'
    const seconds = ((now - this.#started) / 1000).toFixed(0)
    process.stderr.write(
      `\r\u001b[K${seconds} s: ${this.#done} done, ${this.#errors} errors, first audio ${median} ms`,
    )
  }
}
