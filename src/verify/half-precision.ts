/**
 * What of the comparisons holds for a bundle in half precision, whose numbers have 11 bits: wider limits, and nothing asked
 * of what amplifies a last bit without bound.
 *
 * A greedy choice between two equally likely ids goes either way, and all behind it with it. Phases add up what F0 is
 * off by, so a waveform from mel alone drifts; from a given source it does not.
 */
import { type Check, relimited } from './check.ts'
import type { StageResult } from './report.ts'

/** By stage; about four times what was seen with the reference sets. */
const LIMITS: Readonly<Record<string, number>> = {
  llm: 0.2,
  bistream: 0.2,
  encoder: 2e-2,
  estimator: 4e-2,
  'estimator calls': 4e-2,
  'incremental flow': 4e-2,
  waveform: 1e-2,
  pipeline: 4e-2,
}
const OF_THE_LLM = new Set(['llm', 'bistream'])

/** A check as a bundle in these types is judged; `before` are those of the same stage. */
export function judgedInHalf(
  stage: StageResult['stage'],
  check: Check,
  before: readonly Check[],
  weights: Readonly<Record<'llm' | 'rest', string>>,
): Check {
  const half = OF_THE_LLM.has(stage) ? weights.llm === 'fp16' : weights.rest === 'fp16'
  if (!half || check.outcome !== 'miss' || check.figure === undefined) return check
  const isOther = before.some((each) => each.case === check.case && each.detail?.startsWith(OTHER_CHOICE))
  if (isOther) return leftOut(check, 'behind another choice of the language model')
  if (check.what === 'tokens' || check.what === 'events')
    return leftOut(check, `${OTHER_CHOICE}: ${check.detail ?? ''}`)
  if (check.what === 'waveform, dB') return leftOut(check, 'phases add up what F0 is off by')
  const limit = LIMITS[stage]
  return limit === undefined || check.rule !== 'at most' || check.limit === 0
    ? check
    : relimited(check, limit)
}

const OTHER_CHOICE = 'another choice between ids that are nearly as likely'

function leftOut({ case: name, what, figure }: Check, detail: string): Check {
  return { case: name, what, outcome: 'skipped', ...(figure === undefined ? {} : { figure }), detail }
}
