/** The clock of a listener that plays what comes as it comes: what is in hand, and whether it ran dry. */

/** ms by which samples come too late for a listener with a small buffer. */
const LATE_MS = 200

export class ListenerClock {
  readonly #onDry: () => void
  readonly #nowMs: () => number
  /** When the player began, moved on by every time it ran dry; ms of audio that it was given. */
  #beganMs: number | undefined
  #givenMs = 0
  #hasWaited = false

  /** `onDry`: it ran dry although it asked in time. */
  constructor(onDry: () => void, nowMs: () => number = () => performance.now()) {
    this.#onDry = onDry
    this.#nowMs = nowMs
  }

  get hasBegun(): boolean {
    return this.#beganMs !== undefined
  }

  /** Seconds given and not yet played. */
  get leadSeconds(): number {
    return this.#beganMs === undefined ? 0 : (this.#beganMs + this.#givenMs - this.#nowMs()) / 1000
  }

  /** It asked, and nothing was there. */
  waits(): void {
    this.#hasWaited = true
  }

  give(ms: number): void {
    const now = this.#nowMs()
    this.#beganMs ??= now
    const lateMs = now - this.#beganMs - this.#givenMs
    if (lateMs > 0) this.#beganMs += lateMs
    if (lateMs > LATE_MS && this.#hasWaited) this.#onDry()
    this.#hasWaited = false
    this.#givenMs += ms
  }
}
