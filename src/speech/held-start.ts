/**
 * Whether a speech's first samples wait until more are made.
 *
 * On a loaded device what follows comes unevenly, and a wait before the speech is better than one within it.
 */

/** ms that first samples are held back at most, and for each second of audio beyond two. */
const MAX_HOLD_MS = 3000
const HOLD_MS_PER_SECOND = 4000
/** ms between looks at whether they still must be. */
export const HELD_LOOK_MS = 100

export class HeldStart {
  readonly #cushion: () => number
  readonly #nowMs: () => number
  #sinceMs: number | undefined

  /** `cushion`: seconds of audio that should be there, as of now. */
  constructor(cushion: () => number, nowMs: () => number = () => performance.now()) {
    this.#cushion = cushion
    this.#nowMs = nowMs
  }

  /** `seconds`: of audio that could be handed out. */
  holds(seconds: number): boolean {
    if (seconds === 0) return false
    const now = this.#nowMs()
    this.#sinceMs ??= now
    const cushion = this.#cushion()
    const mostMs = MAX_HOLD_MS + HOLD_MS_PER_SECOND * Math.max(0, cushion - 2)
    return seconds < cushion && now - this.#sinceMs < mostMs
  }
}
