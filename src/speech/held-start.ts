/**
 * Whether a speech's first samples wait until more are made.
 *
 * On a loaded device what follows comes unevenly, and a wait before the speech is better than one within it. On a slow one
 * it follows more slowly than it is heard.
 */

/** What should be made of a speech before it is heard, and how long it waits for that. */
export interface Cushion {
  /** Of audio. */
  readonly seconds: number
  /** From the first samples on. */
  readonly mostMs: number
}

/** What could be handed out of a speech, and what could be at most before any of it is: s. */
export interface Ahead {
  readonly made: number
  readonly most: number
}

export const NO_CUSHION: Cushion = { seconds: 0, mostMs: 0 }

/** Share of a time-out in which first samples may be held back: early is better than failed. */
const MOST_WAITED = 0.75
/** ms between looks at whether they still must be. */
export const HELD_LOOK_MS = 100

export class HeldStart {
  readonly #cushion: () => Cushion
  readonly #nowMs: () => number
  #sinceMs: number | undefined

  constructor(cushion: () => Cushion, nowMs: () => number = () => performance.now()) {
    this.#cushion = cushion
    this.#nowMs = nowMs
  }

  /** `waited`: share of its time-out that the listener has waited for. */
  holds({ made, most }: Ahead, waited = 0): boolean {
    if (made === 0) return false
    const now = this.#nowMs()
    this.#sinceMs ??= now
    const { seconds, mostMs } = this.#cushion()
    return made < Math.min(seconds, most) && now - this.#sinceMs < mostMs && waited < MOST_WAITED
  }
}
