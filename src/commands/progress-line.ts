/**
 * The progress of a conversion: a bar that moves where a terminal is attached, a line per step elsewhere.
 *
 * It goes to standard error; standard output stays free for results.
 */
import type { ConvertProgress } from '../convert/convert.ts'

const BAR_WIDTH = 24
const REDRAW_MS = 80
const DEFAULT_COLUMNS = 80
const ERASE_LINE = '\r\u001b[K'

export interface TextSink {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export class ProgressLine {
  readonly #out: TextSink
  readonly #now: () => number
  readonly #start: number
  #lastDrawn = Number.NEGATIVE_INFINITY
  #lastStep = ''

  constructor(out: TextSink, now: () => number = () => performance.now()) {
    this.#out = out
    this.#now = now
    this.#start = now()
  }

  show(progress: ConvertProgress): void {
    if (this.#out.isTTY) this.#draw(progress)
    else if (progress.step !== this.#lastStep && !progress.step.startsWith('hashing')) {
      this.#out.write(`converting ${progress.step}\n`)
    }
    this.#lastStep = progress.step
  }

  /** Clears the bar, so that what is printed next starts on a clean line. */
  end(): void {
    if (this.#out.isTTY) this.#out.write(ERASE_LINE)
  }

  #draw(progress: ConvertProgress): void {
    const now = this.#now()
    if (now - this.#lastDrawn < REDRAW_MS) return
    this.#lastDrawn = now
    const line = barLine(progress, (now - this.#start) / 1000)
    // Some terminals say that they have no columns.
    this.#out.write(ERASE_LINE + line.slice(0, (this.#out.columns || DEFAULT_COLUMNS) - 1))
  }
}

/** `██████░░░░  43 %  12 s  flow` */
export function barLine({ step, doneBytes, totalBytes }: ConvertProgress, seconds: number): string {
  const share = totalBytes === 0 ? 0 : doneBytes / totalBytes
  const full = Math.round(share * BAR_WIDTH)
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${Math.round(seconds)} s  ${step}`
}
