/** What a second of speech costs in each stage, as a moving estimate from what the lanes have done. */

/** Running totals of a device's lanes since the process began. Milliseconds are those of the lanes' own clocks. */
export interface StageTotals {
  readonly audioSeconds: number
  readonly prefillMs: number
  readonly decodeMs: number
  readonly decodeSteps: number
  /** Rows of all decoding steps. */
  readonly decodeRows: number
  readonly flowMs: number
  readonly vocoderMs: number
}

/** ms of a lane for a second of audio; `stepMs` for one decoding step of `rows` rows in the mean. */
export interface StageCosts {
  readonly prefillMs: number
  readonly decodeMs: number
  readonly flowMs: number
  readonly vocoderMs: number
  readonly stepMs: number
  readonly rows: number
}

const MEMORY_AUDIO_SECONDS = 12
const ZERO: StageTotals = {
  audioSeconds: 0,
  prefillMs: 0,
  decodeMs: 0,
  decodeSteps: 0,
  decodeRows: 0,
  flowMs: 0,
  vocoderMs: 0,
}
const KEYS = Object.keys(ZERO) as (keyof StageTotals)[]

export class StageMeter {
  #last: StageTotals | undefined
  #seen: StageTotals = ZERO

  /** Takes in what has been done since the last look. Lanes that were started again count from their new start. */
  look(totals: StageTotals): void {
    const last = this.#last
    this.#last = totals
    if (last === undefined || KEYS.some((key) => totals[key] < last[key])) return
    const kept = Math.exp(-(totals.audioSeconds - last.audioSeconds) / MEMORY_AUDIO_SECONDS)
    const seen = this.#seen
    this.#seen = Object.fromEntries(
      KEYS.map((key) => [key, kept * seen[key] + totals[key] - last[key]]),
    ) as unknown as StageTotals
  }

  /** Undefined before anything was made. */
  get costs(): StageCosts | undefined {
    const { audioSeconds, prefillMs, decodeMs, decodeSteps, decodeRows, flowMs, vocoderMs } = this.#seen
    if (audioSeconds === 0 || decodeSteps === 0) return undefined
    return {
      prefillMs: prefillMs / audioSeconds,
      decodeMs: decodeMs / audioSeconds,
      flowMs: flowMs / audioSeconds,
      vocoderMs: vocoderMs / audioSeconds,
      stepMs: decodeMs / decodeSteps,
      rows: decodeRows / decodeSteps,
    }
  }
}
