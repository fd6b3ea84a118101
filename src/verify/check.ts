/** One comparison with a stored value: what was measured, what is allowed, and whether it holds. */
import { largestDifference, snrDb } from '../core/float-arrays.ts'

export interface Check {
  readonly case: string
  /** What of the case is compared, with its unit. */
  readonly what: string
  readonly outcome: 'ok' | 'miss' | 'skipped'
  /** Measured; infinite where arrays have other lengths or hold no numbers. */
  readonly figure?: number
  readonly rule?: 'at most' | 'at least'
  readonly limit?: number
  /** The first thing that differs, or why nothing was compared. */
  readonly detail?: string
}

/** Largest absolute difference of two arrays. */
export function close(
  name: string,
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  limit: number,
): Check {
  const figure = largestDifference(actual, expected)
  const check = bounded(name, what, figure, 'at most', limit)
  return actual.length === expected.length ? check : { ...check, detail: lengths(actual, expected) }
}

/** Signal-to-noise ratio in dB. */
export function faithful(
  name: string,
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  limit: number,
): Check {
  const check = bounded(name, what, snrDb(actual, expected), 'at least', limit)
  return actual.length === expected.length ? check : { ...check, detail: lengths(actual, expected) }
}

/** Sequences that must agree in every element; the figure counts those that do not. */
export function identical(
  name: string,
  what: string,
  actual: ArrayLike<unknown>,
  expected: ArrayLike<unknown>,
): Check {
  const longer = Math.max(actual.length, expected.length)
  let different = 0
  let first: number | undefined
  for (let i = 0; i < longer; i++) {
    if (i < actual.length && i < expected.length && actual[i] === expected[i]) continue
    different++
    first ??= i
  }
  const check = bounded(name, what, different, 'at most', 0)
  if (first === undefined) return check
  const show = (values: ArrayLike<unknown>) => (first < values.length ? String(values[first]) : 'its end')
  return { ...check, detail: `at ${first} expected ${show(expected)}, got ${show(actual)}` }
}

/** Share of all cases that agree. */
export function score(
  name: string,
  what: string,
  agreeing: number,
  all: number,
  limit: number,
  detail?: string,
): Check {
  const check = bounded(name, what, agreeing / all, 'at least', limit)
  return {
    ...check,
    detail: [`${agreeing} of ${all}`, detail].filter((part) => part !== undefined).join('; '),
  }
}

/** The same comparison with another limit of the same kind. */
export function relimited(check: Check, limit: number): Check {
  const { case: name, what, figure, rule } = check
  if (figure === undefined || rule === undefined) return check
  return { ...check, ...bounded(name, what, figure, rule, limit) }
}

export function skipped(name: string, what: string, why: string): Check {
  return { case: name, what, outcome: 'skipped', detail: why }
}

export function missed(name: string, what: string, why: string): Check {
  return { case: name, what, outcome: 'miss', detail: why }
}

export function bounded(
  name: string,
  what: string,
  figure: number,
  rule: 'at most' | 'at least',
  limit: number,
): Check {
  const holds = rule === 'at most' ? figure <= limit : figure >= limit
  return { case: name, what, outcome: holds ? 'ok' : 'miss', figure, rule, limit }
}

export function lengths(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): string {
  return `expected ${expected.length} values, got ${actual.length}`
}
