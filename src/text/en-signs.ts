/**
 * English numbers with signs as rules: powers, comparisons, mixed fractions, ranges, units that the reference lacks.
 */
import { cardinal, decade, decimal, fraction, ordinal, year } from './en-numbers.ts'
import { UNITS } from './en-sign-units.ts'
import { MONTH_PATTERN, monthName, UNIT_PATTERN, unitName } from './en-units.ts'
import { apart, charAfter, charBefore, type Rule, rule } from './rules.ts'

const WHOLE = String.raw`(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})`
const NUMBER = `${WHOLE}(?:\\.\\d{1,20})?`

/** A number as people say it: one thousand two hundred and thirty four point five. */
export function sayNumber(number: string): string {
  const [whole = '', part] = number.replace(/^[-+]/, '').replaceAll(',', '').split('.')
  const said = part === undefined ? cardinal(whole) : decimal(whole, part)
  return number.startsWith('-') ? `minus ${said}` : number.startsWith('+') ? `plus ${said}` : said
}

/** A bare letter needs to stand right behind its number or with a blank, never as a name such as 4K. */
const OWN_UNITS = Object.keys(UNITS)
  .filter((unit) => unit !== 'K')
  .sort((a, b) => b.length - a.length)
  .map((unit) => unit.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  .join('|')
const ANY_UNIT = `(?:${OWN_UNITS}|${UNIT_PATTERN})`

function unit(symbol: string, one: boolean): string {
  const own = UNITS[symbol]
  return own === undefined ? unitName(symbol, one) : own[one ? 0 : 1]
}

/** Degrees and other raised numbers: squared, cubed, to the power of six. */
const power = (exponent: string) =>
  exponent === '2'
    ? ' squared'
    : exponent === '3'
      ? ' cubed'
      : ` to the power of ${/\d/.test(exponent) ? sayNumber(exponent) : exponent}`

/** Signs between two things, and what is said there. */
const BETWEEN: Readonly<Record<string, string>> = {
  '>=': 'is greater than or equal to',
  '<=': 'is less than or equal to',
  '!=': 'is not equal to',
  '==': 'equals',
  '≥': 'is greater than or equal to',
  '≤': 'is less than or equal to',
  '≠': 'is not equal to',
  '≈': 'is about',
  '>': 'is greater than',
  '<': 'is less than',
  '±': 'plus or minus',
  '×': 'times',
  '÷': 'divided by',
  '=': 'equals',
  '+': 'plus',
  '∈': 'in',
  '∝': 'is proportional to',
  '≡': 'is equivalent to',
  '∼': 'is about',
}
/** The same where nothing stands before. */
const BEFORE: Readonly<Record<string, string>> = {
  '>=': 'at least',
  '<=': 'at most',
  '≥': 'at least',
  '≤': 'at most',
  '≈': 'about',
  '~': 'about',
  '∼': 'about',
  '>': 'more than',
  '<': 'less than',
  '±': 'plus or minus',
  '√': 'the square root of',
  '+': 'plus',
  '×': 'times',
  '=': 'equals',
  '≠': 'not equal to',
  Δ: 'delta',
  '∑': 'the sum of',
  '∆': 'delta',
}
const GREEK: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ε: 'epsilon',
  θ: 'theta',
  λ: 'lambda',
  μ: 'mu',
  µ: 'mu',
  π: 'pi',
  ρ: 'rho',
  σ: 'sigma',
  τ: 'tau',
  φ: 'phi',
  χ: 'chi',
  ψ: 'psi',
  ω: 'omega',
  Γ: 'gamma',
  Δ: 'delta',
  Θ: 'theta',
  Λ: 'lambda',
  Π: 'pi',
  Σ: 'sigma',
  Φ: 'phi',
  Ψ: 'psi',
  Ω: 'omega',
}

export const SIGN_RULES: readonly Rule[] = [
  // A date and a clock in one.
  rule(
    String.raw`(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:])`,
    apart(([, y, m, d, hour, minute]) => {
      const month = Number(m) >= 1 && Number(m) <= 12 ? monthName(MONTHS[Number(m) - 1]!) : undefined
      if (month === undefined) return undefined
      const clock = `${cardinal(String(Number(hour)))}${minute === '00' ? " o'clock" : ` ${minute!.startsWith('0') ? `oh ${cardinal(minute!)}` : cardinal(minute!)}`}`
      return `the ${ordinal(String(Number(d)))} of ${month}, ${year(y!)}, ${clock}`
    }),
  ),
  rule(
    `(${MONTH_PATTERN}|May) (\\d{1,2})(?:st|nd|rd|th)?-(\\d{1,2})(?:st|nd|rd|th)?(?!\\d)`,
    apart(([, month, from, to]) => `${monthName(month!) ?? month} ${ordinal(from!)} to ${ordinal(to!)}`),
  ),
  rule(
    String.raw`'?((?:1[1-9]|20|2[1-9])\d0|[1-9]0)'s\b`,
    apart(([, digits]) => decade(digits!)),
  ),
  rule(
    String.raw`([12]\d{3})[-/](\d\d)(?![\d/-])`,
    apart(([, from, to]) =>
      Number(to) > Number(from!.slice(2)) ? `${year(from!)} to ${cardinal(to!)}` : undefined,
    ),
  ),

  // Powers of ten and of anything.
  rule(
    `(-?\\d{1,18}(?:\\.\\d{1,18})?)[eE]([-+]?\\d{1,4})(?![\\w.])`,
    apart(([, number, exponent]) => `${sayNumber(number!)} times ten${power(exponent!.replace('+', ''))}`),
  ),
  rule(
    String.raw`(${NUMBER})\s?[×x*]\s?10\^(-?\d{1,4})(?!\d)`,
    apart(([, number, exponent]) => `${sayNumber(number!)} times ten${power(exponent!)}`),
  ),
  rule(String.raw`(\d{1,18}|[A-Za-z]{1,3}|\))\^[{(]?(-?\d{1,6}|[a-z])[})]?(?![\w])`, (match, text) => {
    if (match[1] !== ')' && /\w/.test(charBefore(match, text))) return undefined
    return `${/\d/.test(match[1]!) ? cardinal(match[1]!) : match[1] === ')' ? ')' : match[1]}${power(match[2]!)}`
  }),
  rule(
    String.raw`(\d{1,18})([²³])`,
    apart(([, base, raised]) => `${cardinal(base!)}${power(raised === '²' ? '2' : '3')}`),
  ),
  rule('[²³]', ([raised]) => {
    return power(raised === '²' ? '2' : '3')
  }),

  // Heights, mixed fractions.
  rule(
    String.raw`(\d)'\s?(\d{1,2})(?:"|'')?(?![\d'])`,
    apart(([, feet, inches]) => `${cardinal(feet!)} foot ${cardinal(inches!)}`),
  ),
  rule(
    String.raw`(\d{1,9})[ -](\d{1,2})\/(\d{1,3})(?![\d/])`,
    apart(([, whole, above, below]) => {
      if (Number(above) >= Number(below)) return undefined
      if (above === '1' && below === '2') return `${cardinal(whole!)} and a half`
      if (above === '1' && below === '4') return `${cardinal(whole!)} and a quarter`
      const part = fraction(above!, below!)
      return part === undefined ? undefined : `${cardinal(whole!)} and ${part}`
    }),
  ),

  // Ranges.
  rule(
    `(${NUMBER})\\s?%?\\s?-\\s?(${NUMBER})\\s?%`,
    apart(([, from, to]) => `${sayNumber(from!)} to ${sayNumber(to!)} percent`),
  ),
  rule(
    `(${NUMBER})\\s?-\\s?(${NUMBER})\\s?(${ANY_UNIT})(?![A-Za-z\\d])`,
    apart(([, from, to, symbol]) => `${sayNumber(from!)} to ${sayNumber(to!)} ${unit(symbol!, false)}`),
  ),
  rule(
    String.raw`(\d{1,18}\.\d{1,9})-(\d{1,18}(?:\.\d{1,9})?)(?![\d.-])`,
    apart(([, from, to]) => `${sayNumber(from!)} to ${sayNumber(to!)}`),
  ),
  rule(
    String.raw`(\d{1,2}(?::\d\d)?)\s?-\s?(?=\d{1,2}(?::\d\d)?\s?[ap]\.?m)`,
    apart(([, from]) => {
      const [hour, minute] = from!.split(':')
      return `${cardinal(hour!)}${minute === undefined || minute === '00' ? '' : ` ${minute.startsWith('0') ? `oh ${cardinal(minute)}` : cardinal(minute)}`} to `
    }),
  ),

  // Quantities.
  rule(
    `([-+]?${NUMBER})\\s?(${OWN_UNITS})(?![A-Za-z\\d])`,
    apart((match, text) => {
      const [, number, symbol] = match
      // A point behind the unit ends the sentence as well, where one ends.
      const rest = text.slice(match.index + match[0].length)
      const stop = symbol!.endsWith('.') && /^\s*(?:$|[A-Z])/.test(rest.slice(0, 3)) ? '.' : ''
      return `${sayNumber(number!)} ${unit(symbol!, number === '1')}${stop}`
    }),
  ),
  rule(
    String.raw`(\d{1,6}(?:\.\d{1,6})?)(?:k|K(?= [a-z]))(?![A-Za-z\d])`,
    apart(([, number]) => {
      return `${sayNumber(number!)} thousand`
    }),
  ),
  rule(
    String.raw`(\d{1,6}(?:\.\d{1,6})?)(M|bn)(?= [a-z]| ?\+|\+)`,
    apart(([, number, scale]) => `${sayNumber(number!)} ${scale === 'M' ? 'million' : 'billion'}`),
  ),
  rule(String.raw`([-+])(${NUMBER})(?=\s(?:degrees?|points?|percent)\b)`, (match, text) =>
    /[\s(]/.test(charBefore(match, text)) ? sayNumber(match[1]! + match[2]!) : undefined,
  ),
  rule(
    String.raw`(\d{1,3}(?:,\d{3}){1,6})(?:\.(\d{1,20}))?(?![\d]|\.\d|,\d{3})`,
    apart(([number]) => sayNumber(number)),
  ),
  rule(
    String.raw`(\d{1,18})\+(?![\d\w])`,
    apart(([, number]) => `more than ${sayNumber(number!)}`),
  ),
  rule(
    String.raw`(\d{1,9})x(?![\w])`,
    apart(([, number]) => `${sayNumber(number!)} times`),
  ),

  // Signs between and before.
  rule(String.raw`\s?(>=|<=|!=|==|[≥≤≠≈±×÷∈∝≡∼])\s?`, (match, text) => between(match, text)),
  rule(String.raw`(?<=[\w)])\s?([<>=+])\s?(?=[\w(.-])`, (match, text) =>
    /^\s.*\s$/.test(match[0]) ||
    /[\d)]\s?$/.test(text.slice(Math.max(0, match.index - 1), match.index)) ||
    /\d/.test(charAfter(match, text)) ||
    match[1] === '<' ||
    match[1] === '>'
      ? between(match, text)
      : undefined,
  ),
  rule(String.raw`([<>~√Δ∆∑])\s?(?=[\d.$€£(a-z])`, ([, sign]) => `${BEFORE[sign!]!} `),
  rule(String.raw`(?<=\d)\s?\*\s?(?=\d)`, () => ' times '),
  rule('∞', () => 'infinity'),
  rule('°', () => ' degrees'),
  rule('%', () => ' percent'),
  rule('‰', () => ' per mille'),
  rule('§ ?', () => 'section '),
  rule('¶ ?', () => 'paragraph '),
  rule('[ΩμµαβγδεθλπρστφχψωΓΔΘΛΠΣΦΨ](?![\\p{Script=Greek}])', (match, text) =>
    /\p{Script=Greek}/u.test(charBefore(match, text)) || /\p{Script=Greek}/u.test(charAfter(match, text))
      ? undefined
      : `${/[\w]/.test(charBefore(match, text)) ? ' ' : ''}${GREEK[match[0]]!}${/[\w]/.test(charAfter(match, text)) ? ' ' : ''}`,
  ),
  rule(String.raw`(?<=[A-Za-z])\s?\/\s?(?=[A-Za-z])`, ([slash]) => (slash.length === 1 ? ' ' : ', ')),
  rule('#(?=[A-Za-z])', () => 'hashtag '),
]

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

function between(match: RegExpExecArray, text: string): string {
  const sign = match[1]!
  const before = text.slice(Math.max(0, match.index - 1), match.index)
  const alone = before === '' || /[\s(,.:;]/.test(before)
  const words = alone ? (BEFORE[sign] ?? BETWEEN[sign]!) : BETWEEN[sign]!
  return `${alone && before !== '' && !/\s/.test(before) && before !== '(' ? ' ' : alone ? '' : ' '}${words} `
}
