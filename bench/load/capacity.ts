/**
 * The largest number of listeners that a server serves well.
 *
 * A number counts only if each of three seeds keeps all limits.
 */
import type { Figures } from './figures.ts'

export interface Trial {
  readonly listeners: number
  readonly seed: number
  readonly kept: boolean
  /** What was not kept. */
  readonly why: string
  readonly figures: Figures
}

export interface Capacity {
  readonly listeners: number
  readonly trials: readonly Trial[]
}

export const SEEDS = [1, 2, 3] as const
const MIN_STUTTER_FREE = 0.99

/** Why a run does not keep the limits; empty where it does. */
export function broken({
  errors,
  stutter_free,
  ttfa_audible_ms,
  goodput_limits,
  ok,
  integrity,
}: Figures): string {
  const { bufferMs, firstAudioMs } = goodput_limits
  if (ok === 0) return 'nothing was heard'
  if (errors > 0) return `${errors} errors`
  if (integrity.silent > 0) return `${integrity.silent} silent`
  const free = stutter_free[String(bufferMs)]!
  if (free < MIN_STUTTER_FREE) return `${(100 * free).toFixed(1)} % free of stutter`
  if (ttfa_audible_ms.p95 > firstAudioMs) return `first sound p95 ${Math.round(ttfa_audible_ms.p95)} ms`
  return ''
}

export async function findCapacity(
  run: (listeners: number, seed: number) => Promise<Figures>,
  most: number,
  onTrial: (trial: Trial) => void = () => {},
): Promise<Capacity> {
  const trials: Trial[] = []
  const holds = async (listeners: number): Promise<boolean> => {
    for (const seed of SEEDS) {
      const figures = await run(listeners, seed)
      const why = broken(figures)
      const trial = { listeners, seed, kept: why === '', why, figures }
      trials.push(trial)
      onTrial(trial)
      if (!trial.kept) return false
    }
    return true
  }
  let good = 0
  let bad = most + 1
  for (let listeners = 1; listeners <= most; listeners *= 2) {
    if (await holds(listeners)) good = listeners
    else {
      bad = listeners
      break
    }
  }
  // To within a tenth: closer than two runs of one number agree.
  while (bad - good > Math.max(1, good / 10)) {
    const middle = Math.floor((good + bad) / 2)
    if (await holds(middle)) good = middle
    else bad = middle
  }
  return { listeners: good, trials }
}
