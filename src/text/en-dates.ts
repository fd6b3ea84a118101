/**
 * English dates, years and decades as rules.
 */
import { cardinal, decade, ordinal, year } from './en-numbers.ts'
import { MONTH_PATTERN, monthName, monthOf } from './en-units.ts'
import { apart, type Rule, rule } from './rules.ts'

export const DATE_RULES: readonly Rule[] = [
  // Dates with a month's name. The reference drops the comma behind the year.
  rule(
    `(${MONTH_PATTERN})\\s+(\\d{1,2})(?:st|nd|rd|th)?,\\s+(\\d{4})\\b,?`,
    apart(([, month, day, digits]) => `${dayOf(day!, monthName(month!)!)}, ${sayYear(digits!)}`),
  ),
  rule(
    `(\\d{1,2})\\s+(${MONTH_PATTERN})\\s+(\\d{4})\\b`,
    apart(([, day, month, digits]) => `${dayOf(day!, monthName(month!)!)} ${sayYear(digits!)}`),
  ),
  rule(
    `(\\d{1,2})\\s+(${MONTH_PATTERN})\\b(?!\\s*\\d)`,
    apart(([, day, month]) => dayOf(day!, monthName(month!)!)),
  ),
  rule(
    `(${MONTH_PATTERN})\\s+(\\d{4})\\b`,
    apart(([, month, digits]) => `${monthName(month!)!} ${sayYear(digits!)}`),
  ),
  rule(
    `(${MONTH_PATTERN})\\s+(\\d{1,2})(st|nd|rd|th)?\\b(?![:/\\d])`,
    apart(([, month, day]) =>
      Number(day) > 31 || Number(day) < 1 ? undefined : dayOf(day!, monthName(month!)!),
    ),
  ),
  // Dates in numbers.
  rule(
    String.raw`(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d.])`,
    apart(([, digits, , month, day]) =>
      Number(month) > 12 ? undefined : numericDate(month!, day!, digits!),
    ),
  ),
  rule(
    String.raw`(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)`,
    apart(([, first, , second, digits]) => numericDate(first!, second!, digits!)),
  ),
  // Decades. (Judgement: the reference reads 1990s as seconds.)
  rule(
    String.raw`'?((?:[12]\d)?\d0)s\b`,
    apart(([, digits]) => decade(digits!)),
  ),
]

function sayYear(digits: string): string {
  return /^[12]\d{3}$/.test(digits) ? year(digits) : cardinal(digits)
}

function dayOf(day: string, month: string): string {
  return `the ${ordinal(String(Number(day)))} of ${month}`
}

/** Day and month given as numbers: the month first where both could be. */
function numericDate(first: string, second: string, fourDigits: string): string | undefined {
  const [month, day] = Number(first) <= 12 ? [first, second] : [second, first]
  const name = monthOf(Number(month))
  return name === undefined || Number(day) < 1 || Number(day) > 31
    ? undefined
    : `${dayOf(day, name)} ${sayYear(fourDigits)}`
}
