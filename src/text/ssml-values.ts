/**
 * Values of SSML's attributes as numbers, bounded.
 */

/** Longest pause that a text can ask for, milliseconds. */
export const MAX_PAUSE_MS = 10_000
const STRENGTHS: Readonly<Record<string, number>> = {
  none: 0,
  'x-weak': 100,
  weak: 200,
  medium: 400,
  strong: 700,
  'x-strong': 1200,
}
const RATES: Readonly<Record<string, number>> = {
  'x-slow': 0.5,
  slow: 0.75,
  medium: 1,
  default: 1,
  fast: 1.25,
  'x-fast': 1.5,
}

/** Milliseconds of a break: `500ms`, `1.5s`, or a strength. A break without either is a medium one. */
export function pauseOf(time: string | undefined, strength: string | undefined): number {
  const ms = time === undefined ? undefined : timeOf(time)
  if (ms !== undefined) return Math.min(MAX_PAUSE_MS, ms)
  return STRENGTHS[strength?.toLowerCase() ?? 'medium'] ?? STRENGTHS['medium']!
}

/** Factor of a rate: a name, `120%`, `+20%` or `1.2`; undefined where it is none of them. */
export function rateOf(rate: string): number | undefined {
  const named = RATES[rate.trim().toLowerCase()]
  if (named !== undefined) return named
  const [, sign, amount, percent] = /^\s*([+-]?)(\d{1,3}(?:\.\d{1,3})?)(%?)\s*$/.exec(rate) ?? []
  if (amount === undefined) return undefined
  const share = Number(amount) / (percent === '%' ? 100 : 1)
  const factor = sign === '+' ? 1 + share : sign === '-' ? 1 - share : share
  return Math.min(2, Math.max(0.5, factor))
}

/** Milliseconds of `500ms`, `1.5s` or `.5s`; undefined for anything else. */
export function timeOf(time: string): number | undefined {
  const [, amount, unit] = /^\s*\+?(\d{0,6}(?:\.\d{1,6})?)\s*(ms|s)\s*$/i.exec(time) ?? []
  return amount === undefined || amount === ''
    ? undefined
    : Math.round(Number(amount) * (unit!.toLowerCase() === 's' ? 1000 : 1))
}
