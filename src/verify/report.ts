/** What `verify` tells: a table for people, and one JSON object for programs. */
import type { Check } from './check.ts'

export interface StageResult {
  readonly stage: string
  readonly checks: readonly Check[]
}

export interface StageSummary {
  /** `skipped` where nothing was compared. */
  readonly outcome: Check['outcome']
  readonly compared: number
  readonly missed: number
  readonly skipped: number
  /** What of the misses, or of everything compared, is worst for its limit. */
  readonly worst?: Omit<Check, 'outcome'>
}

export interface Report {
  readonly ok: boolean
  readonly bundle: string
  /** Types of its weights: limits are those of fp32, or of half precision (half-precision.ts). */
  readonly weights: Readonly<Record<'llm' | 'rest', string>>
  readonly expected: string
  readonly seconds: number
  readonly stages: Readonly<Record<string, StageSummary>>
  readonly misses: readonly (Check & { readonly stage: string })[]
  /** Stored arrays that no stage looks at. */
  readonly unread: readonly string[]
}

/** One line of the table, as wide as a terminal. */
export function tableLine(
  stage: string,
  { case: name, what, outcome, figure, rule, limit, detail }: Check,
): string {
  const sign = rule === 'at least' ? '≥' : '≤'
  const columns = [
    stage.padEnd(17),
    name.padEnd(31),
    what.padEnd(33),
    (figure === undefined ? '' : readable(figure)).padStart(9),
    (limit === undefined ? '' : `${sign} ${readable(limit)}`).padStart(10),
    { ok: 'ok', miss: 'MISS', skipped: 'skipped' }[outcome],
  ]
  return `${columns.join(' ')}${detail === undefined ? '' : `  ${detail}`}`.trimEnd()
}

export function tableHead(): string {
  const columns = [
    'stage'.padEnd(17),
    'case'.padEnd(31),
    'what'.padEnd(33),
    'figure'.padStart(9),
    'limit'.padStart(10),
  ]
  return `${columns.join(' ')} ok`
}

/** All that was found; ok where something was compared and nothing missed. */
export function reportOf(
  results: readonly StageResult[],
  about: Pick<Report, 'bundle' | 'weights' | 'expected' | 'seconds' | 'unread'>,
): Report {
  const stages = Object.fromEntries(results.map(({ stage, checks }) => [stage, summary(checks)]))
  const misses = results.flatMap(({ stage, checks }) =>
    checks.filter(({ outcome }) => outcome === 'miss').map((check) => ({ stage, ...check })),
  )
  const compared = Object.values(stages).some(({ outcome }) => outcome === 'ok')
  return { ok: compared && misses.length === 0, ...about, stages, misses }
}

/** One line. Infinite figures become words, which JSON has no numbers for. */
export function jsonLine(report: Report): string {
  return JSON.stringify(report, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
}

function summary(checks: readonly Check[]): StageSummary {
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length
  const missed = count('miss')
  const compared = count('ok') + missed
  const outcome = missed > 0 ? 'miss' : compared > 0 ? 'ok' : 'skipped'
  const candidates = checks.filter((check) => check.outcome === (missed > 0 ? 'miss' : 'ok'))
  const worst = candidates.toSorted((a, b) => badness(b) - badness(a))[0]
  return {
    outcome,
    compared,
    missed,
    skipped: count('skipped'),
    ...(worst === undefined ? {} : { worst: withoutOutcome(worst) }),
  }
}

/** Share of what is allowed that was used up. */
function badness({ figure, rule, limit }: Check): number {
  if (figure === undefined || limit === undefined) return Infinity
  if (rule === 'at least') return limit / Math.max(figure, Number.MIN_VALUE)
  return limit === 0 ? figure : figure / limit
}

function withoutOutcome({ outcome: _outcome, ...rest }: Check): Omit<Check, 'outcome'> {
  return rest
}

function readable(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite'
  if (value === 0 || (Number.isInteger(value) && value < 1e6)) return String(value)
  return Math.abs(value) >= 0.05 ? value.toFixed(2) : value.toExponential(1)
}
