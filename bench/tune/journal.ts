/**
 * What has been measured, kept in a file, so that a search that was interrupted goes on where it was.
 *
 * A journal that was made under other conditions is not used.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

interface Stored {
  readonly conditions: string
  readonly scores: Record<string, number>
}

export class Journal {
  readonly #file: string
  readonly #conditions: string
  readonly #scores: Record<string, number>

  constructor(file: string, conditions: string) {
    this.#file = file
    this.#conditions = conditions
    const stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stored) : undefined
    this.#scores = stored?.conditions === conditions ? { ...stored.scores } : {}
  }

  get size(): number {
    return Object.keys(this.#scores).length
  }

  /** The score under a key: as it was written down, or measured now and written down. */
  async once(key: string, measure: () => Promise<number>): Promise<number> {
    const known = this.#scores[key]
    if (known !== undefined) return known
    const score = await measure()
    this.#scores[key] = score
    const stored: Stored = { conditions: this.#conditions, scores: this.#scores }
    // Whole or not at all: a search may be ended at any moment.
    writeFileSync(`${this.#file}.new`, JSON.stringify(stored))
    renameSync(`${this.#file}.new`, this.#file)
    return score
  }
}
