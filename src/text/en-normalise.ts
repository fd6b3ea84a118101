/**
 * English text with digits, signs and abbreviations → text as it is said.
 *
 * The patterns are those of the reference's English normaliser (wetext 0.1.8), as one ordered list of rules. The first
 * rule that matches at a place wins; a character that no rule takes stays. Each rule starts where the last match
 * ended, so the whole is linear in the text.
 *
 * Where the reference raises (`#5`) or errs (`1990s` as seconds), the rules say what is meant: see docs/text.md.
 */
import { ADDRESS_RULES, TELEPHONE_RULES } from './en-addresses.ts'
import { DATE_RULES } from './en-dates.ts'
import { cardinal, decimal, fraction, ordinal, standing, takesSuffix } from './en-numbers.ts'
import { CURRENCIES, TITLE_PATTERN, TITLES, UNIT_PATTERN, unitName } from './en-units.ts'
import { apart, charAfter, charBefore, type Rule, rewrite, rule, ruleSet } from './rules.ts'

const GROUPED = String.raw`\d{1,3}(?:,\d{3}){1,9}`
const WHOLE = `(?:${GROUPED}|\\d{1,18})`
const NUMBER = `${WHOLE}(?:\\.\\d{1,20})?`
const MERIDIEM = String.raw`\s?([aApP])(?:\.[mM]\.?|[mM]\b)`

/** A number with optional grouping and fraction, as it is said in a quantity. */
function quantity(number: string): string {
  const [whole = '', part] = number.split('.')
  const bareThousand = whole.includes(',')
  const digits = whole.replaceAll(',', '')
  return part === undefined
    ? cardinal(digits, { and: true, bareThousand })
    : decimal(digits, part, { and: true, bareThousand })
}

const isOne = (number: string) => /^-?1$/.test(number)
const signedQuantity = (number: string) =>
  number.startsWith('-') ? `negative ${quantity(number.slice(1))}` : quantity(number)

function money(sign: string, number: string, scale: string | undefined): string {
  const [singular, plural] = CURRENCIES[sign]!
  const [whole = '', cents] = number.split('.')
  const part = cents?.replace(/0+$/, '')
  const digits = whole.replaceAll(',', '')
  const style = { and: true, bareThousand: true }
  const amount = part === undefined || part === '' ? cardinal(digits, style) : decimal(digits, part, style)
  const scaled = scale === undefined ? amount : `${amount} ${scale}`
  return `${scaled} ${Number(digits) === 1 && !part && scale === undefined ? singular : plural}`
}

const SCALES: Readonly<Record<string, string>> = {
  M: 'million',
  B: 'billion',
  bn: 'billion',
  K: 'thousand',
  k: 'thousand',
  million: 'million',
  billion: 'billion',
  trillion: 'trillion',
}

function clock(hour: string, minute: string, half: string | undefined): string {
  const suffix = half === undefined ? '' : ` ${half.toUpperCase()}M`
  const hours = cardinal(String(Number(hour)))
  if (minute === '00') return half === undefined ? `${hours} o'clock` : hours + suffix
  const minutes = minute.startsWith('0') ? `o ${cardinal(minute)}` : cardinal(minute)
  return `${hours} ${minutes}${suffix}`
}

const counted = (digits: string, unit: string) =>
  `${cardinal(digits)} ${unit}${Number(digits) === 1 ? '' : 's'}`

export const REFERENCE_RULES: readonly Rule[] = [
  ...ADDRESS_RULES,
  // Abbreviations.
  rule(
    `(?:${TITLE_PATTERN})`,
    apart(([title]) => TITLES[title]!),
  ),
  rule(
    String.raw`No\.(\s?)(\d{1,18})`,
    apart(([, space, digits]) => `Number.${space}${standing(digits!)}`),
  ),
  rule(
    String.raw`World War (I{1,3})\b`,
    apart(([, roman]) => `World War ${cardinal(String(roman!.length))}`),
  ),

  ...DATE_RULES,
  ...TELEPHONE_RULES,

  // Clock times, durations, ratios.
  rule(
    String.raw`(\d{1,2}):([0-5]\d):([0-5]\d)(?![\d:])`,
    apart(
      ([, hours, minutes, seconds]) =>
        `${counted(hours!, 'hour')} ${counted(minutes!, 'minute')} and ${counted(seconds!, 'second')}`,
    ),
  ),
  rule(
    `([01]?\\d|2[0-3]):([0-5]\\d)(?:${MERIDIEM})?(?![\\d:])`,
    apart(([, hour, minute, half]) => clock(hour!, minute!, half)),
  ),
  rule(
    `(1[0-2]|0?[1-9])${MERIDIEM}(?![a-zA-Z])`,
    apart(([, hour, half]) => clock(hour!, '00', half)),
  ),
  rule(
    String.raw`(\d{1,18}):(\d{1,18})(?![\d:])`,
    apart(([, left, right]) => `${cardinal(left!)} to ${cardinal(right!)}`),
  ),

  // Money.
  rule(
    `(?:US)?([$€£¥￥])(${NUMBER})(?:\\s?(million|billion|trillion)\\b|(M|B|bn|K|k)\\b)?(?![\\d])`,
    (match) => money(match[1]!, match[2]!, SCALES[match[3] ?? match[4] ?? '']),
  ),

  // Ranges of quantities and of numbers.
  rule(
    `(\\d{1,18})-(\\d{1,18})\\s?(${UNIT_PATTERN})(?![a-zA-Z\\d])`,
    apart(([, from, to, unit]) =>
      unit === '%'
        ? `${cardinal(from!)}-${cardinal(to!)} percent`
        : `${cardinal(from!)} to ${cardinal(to!)} ${unitName(unit!, false)}`,
    ),
  ),
  rule(
    `(\\d{1,18})([-+*x×÷])(\\d{1,18})=(\\d{1,18})(?!\\d)`,
    apart(
      ([, left, sign, right, result]) =>
        `${cardinal(left!)} ${operator(sign!)} ${cardinal(right!)} equals ${cardinal(result!)}`,
    ),
  ),
  rule(
    String.raw`(\d{1,18})\s?([+*×÷])\s?(\d{1,18})(?![\d.])`,
    apart(([, left, sign, right]) => `${cardinal(left!)} ${operator(sign!)} ${cardinal(right!)}`),
  ),
  rule(
    String.raw`(\d{1,18})x(\d{1,18})(?!\d)`,
    apart(([, left, right]) => `${cardinal(left!)} times ${cardinal(right!)}`),
  ),
  rule(
    String.raw`(\d{1,18})-(\d{1,18})(?![\d-])`,
    apart(([, from, to]) => `${cardinal(from!)} to ${cardinal(to!)}`),
  ),

  // Quantities, fractions, ordinals.
  rule(
    `(-?${NUMBER})\\s?(${UNIT_PATTERN})(?![a-zA-Z\\d])`,
    apart(([, number, unit]) => `${signedQuantity(number!)} ${unitName(unit!, isOne(number!))}`),
  ),
  rule(
    String.raw`(\d{1,6}) 1/2(?![\d/])`,
    apart(([, whole]) => `${cardinal(whole!)} and a half`),
  ),
  rule(
    String.raw`(\d{1,9})/(\d{1,9})(?![\d/])`,
    apart(([, above, below]) => fraction(above!, below!)),
  ),
  rule(
    `(${WHOLE})(st|nd|rd|th)\\b`,
    apart(([, number, suffix]) => {
      const digits = number!.replaceAll(',', '')
      return takesSuffix(digits, suffix!) ? ordinal(digits) : undefined
    }),
  ),

  // Numbers by themselves.
  rule(
    String.raw`(\d{1,18})\.(?=\d{1,18}\.\d)`,
    apart(([, digits]) => `${standing(digits!)}.`),
  ),
  rule(
    String.raw`-(\d{1,18})\.(\d{1,20})(?!\d|\.\d)`,
    apart(([, whole, part]) => `minus ${decimal(whole!, part!)}`),
  ),
  rule(`-(${WHOLE})(?![\\d.])`, (match, text) =>
    /\s/.test(charBefore(match, text)) ? `negative ${quantity(match[1]!)}` : undefined,
  ),
  rule(`(${WHOLE})?\\.(\\d{1,20})(?!\\d|\\.\\d)`, (match, text) =>
    /\w/.test(charBefore(match, text))
      ? undefined
      : decimal((match[1] ?? '').replaceAll(',', ''), match[2]!, {
          and: true,
          bareThousand: match[1]?.includes(',') ?? false,
        }),
  ),
  rule(
    `${GROUPED}(?![\\d])`,
    apart(([number]) => quantity(number)),
  ),
  rule(String.raw`\d{1,18}`, (match, text) => {
    const [digits] = match
    const glued = /[a-zA-Z]/.test(charBefore(match, text))
    const glues = /[a-zA-Z]/.test(charAfter(match, text))
    // Beside letters a number is a name's part, and is said without "and".
    const said = glued || glues ? cardinal(digits, { and: false }) : standing(digits)
    return `${glued ? ' ' : ''}${said}${glues ? ' ' : ''}`
  }),

  // Signs.
  rule(String.raw`([A-Z])\+\+`, ([, letter]) => `${letter} plus plus`),
  rule(
    '([A-Z])#',
    apart(([, letter]) => `${letter} hash`),
  ),
  rule(String.raw`# ?(?=\d)`, () => 'number '),
  rule('#(?=[a-zA-Z])', () => 'hash '),
  rule(String.raw`\^2(?!\d)`, () => ' squared'),
  rule(String.raw`\^3(?!\d)`, () => ' cubed'),
  rule(' ?& ?', () => ' and '),
  rule(' = ', () => ' equals '),
  rule(String.raw`(?<=[a-zA-Z])\+(?=[a-zA-Z])`, () => ' plus '),
  rule('(?<=[a-zA-Z])=(?=[a-zA-Z])', () => ' equal sign '),
  rule('(?<=[a-zA-Z])_(?=[a-zA-Z])', () => ' underscore '),
  rule(' @ ', () => ' at '),
  rule('½', () => 'one half'),
  rule('¼', () => 'one quarter'),
  rule('¾', () => 'three quarters'),
  rule('©', (match, text) => `copyright${/\w/.test(text[match.index + 1] ?? ' ') ? ' ' : ''}`),
]

function operator(sign: string): string {
  return { '-': 'minus', '+': 'plus', '*': 'times', x: 'times', '×': 'times', '÷': 'divided by' }[sign]!
}

const RULE_SET = ruleSet(REFERENCE_RULES)

/** A rule can begin at a digit, a sign, or the first letter of a word: everything else is passed over untried. */
const SIGNS = /[\d$€£¥￥+\-.#^&=@_'(½¼¾© ]/

export function canStartEnglish(text: string, at: number): boolean {
  const wordStart = /[A-Za-z]/.test(text[at]!) && !/[A-Za-z\d]/.test(text[at - 1] ?? ' ')
  return wordStart || SIGNS.test(text[at]!)
}

export function normaliseEnglish(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const joined = lines
    .filter((line) => line !== '')
    .join(' ')
    .replaceAll('\t', ' ')
  const said = rewrite(joined, RULE_SET, canStartEnglish)
  // The reference's decoder escapes quotation marks; `polish` (front-end.ts) takes that back before speaking.
  return said.replaceAll('"', '\\"')
}
