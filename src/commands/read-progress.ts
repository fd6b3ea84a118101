/** How far the reading of a book is, on standard error. */
import { barLine } from './progress-line.ts'

/** A bar at a terminal, a line for each chapter elsewhere. */
export class ReadProgress {
  readonly #sizes: readonly number[]
  readonly #titleOf: (index: number) => string
  readonly #started = performance.now()
  #characters = 0
  #seconds = 0
  readonly #begun = new Set<string>()

  constructor(sizes: readonly number[], titleOf: (index: number) => string) {
    this.#sizes = sizes
    this.#titleOf = titleOf
  }

  /** A part is there, with so many seconds of audio. */
  part(index: number, seconds: number): void {
    this.#characters += this.#sizes[index]!
    this.#seconds += seconds
    const title = this.#titleOf(index)
    const step = `${clock(this.#seconds)} spoken  ${title}`
    const totalBytes = this.#sizes.reduce((sum, size) => sum + size, 0)
    const elapsed = (performance.now() - this.#started) / 1000
    if (process.stderr.isTTY) {
      const line = barLine({ step, doneBytes: this.#characters, totalBytes }, elapsed)
      process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`)
    } else if (!this.#begun.has(title)) process.stderr.write(`reading ${title}\n`)
    this.#begun.add(title)
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }
}

/** `0:12:33`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}
