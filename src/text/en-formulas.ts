/**
 * Formulas whose parts stand above and below one another in print: sums and limits, logarithms, long powers, as English.
 */
import { cardinal } from './en-numbers.ts'
import { sayNumber } from './en-quantities.ts'
import { charBefore, type Rule, rule } from './rules.ts'

const OVER: Readonly<Record<string, string>> = {
  '∑': 'the sum',
  '∏': 'the product',
  '∫': 'the integral',
}
const PART = String.raw`(?:\{([^{}\n]{1,40})\}|([\w=∞+\-\u0370-\u03ff]{1,12}))`

/** Bounds and powers in the order that they are said in; what they hold is left to the rules. */
export function inReadingOrder(text: string): string {
  if (!/[∑∏∫^_|]|lim|log/.test(text)) return text
  return text
    .replace(
      new RegExp(String.raw`([∑∏∫])\s?_?${PART}\^${PART}\s?`, 'g'),
      (_, sign: string, low: string | undefined, low2: string, high: string | undefined, high2: string) =>
        `${OVER[sign]} from ${low ?? low2} to ${high ?? high2} of `,
    )
    .replace(
      /lim_?\s?[{(]?([a-z])\s?(?:→|->)\s?([-+]?[\w∞]{1,6})[})]?\s?/g,
      (_, variable: string, limit: string) => `the limit as ${variable} goes to ${limit} of `,
    )
    .replace(
      /(?<=[\w)])\^\{((?=[^{}]*[^\w{}-])[^{}\n]{1,40})\}\s?/g,
      (_, power: string) => ` to the power of ${power.replace(/^[-−]/, 'minus ')} `,
    )
    .replace(/(?<![A-Za-z])log(2|10)\s?(?=\()/g, 'log_$1 ')
    .replace(/(?<=\bP\([^()|\n]{1,20})\|(?=[^()|\n]{1,20}\))/g, ' given ')
    .replace(/(?<=\{[^{}|\n]{1,40}) ?\| ?(?=[^{}|\n]{1,40}\})/g, ' such that ')
}

/** A sum or a difference in words, its powers and numbers too. */
const inside = (formula: string) =>
  formula
    .replace(/^[-−]\s?/, 'minus ')
    .replace(/\s?[-−]\s?/g, ' minus ')
    .replace(/\s?\+\s?/g, ' plus ')
    .replace(/\s?[*×]\s?/g, ' times ')
    .replace(/\s?\/\s?/g, ' over ')
    .replace(/²/g, ' squared ')
    .replace(/³/g, ' cubed ')
    .replace(/\d+(?:\.\d+)?/g, (number) => ` ${sayNumber(number)} `)
    .replace(/ {2,}/g, ' ')
    .trim()

const base = (sign: string) => (/\d/.test(sign) ? cardinal(sign) : sign)

export const FORMULA_RULES: readonly Rule[] = [
  // Logarithms to a base.
  rule(String.raw`log_\{?(\d{1,3}|[a-z])\}?\s?(?=([\w(])|)`, (match, text) => {
    const [, named, argument] = match
    return /\w/.test(charBefore(match, text))
      ? undefined
      : `log base ${base(named!)}${argument === undefined ? '' : ' of '}`
  }),
  rule(String.raw`ln\s?(?=\(|\d|[xyzn](?![a-z]))`, (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : 'the natural log of ',
  ),
  // What is between two upright bars, where something is reckoned there.
  rule(String.raw`\|(?=[^|\n]{0,20}[-−+*/^×²³\d])([^|\n,]{1,24})\|(?!\|)`, (match, text) =>
    /[\w|]/.test(charBefore(match, text)) || /^\s|\s$/.test(match[1]!)
      ? undefined
      : `the absolute value of ${inside(match[1]!)}`,
  ),
  // Derivatives.
  rule(String.raw`(\d{0,3})(?<![A-Za-z'])([a-zA-Z])('{1,2})(?=\s?[=(+*/−-])`, (match, text) =>
    /[A-Za-z\d']/.test(charBefore(match, text))
      ? undefined
      : `${match[1] === '' ? '' : `${cardinal(match[1]!)} `}${match[2]} ${match[3]!.length === 1 ? 'prime' : 'double prime'}${text[match.index + match[0].length] === '(' ? ' of ' : ''}`,
  ),
  rule(String.raw`d([a-z]?)\/d([a-z])(?![a-z])`, (match, text) =>
    /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `d${match[1] === '' ? '' : ` ${match[1]}`} over d ${match[2]}${/[\w(]/.test(text[match.index + match[0].length] ?? ' ') ? ' ' : ''}`,
  ),
  rule(String.raw`(\d{1,6})\s?\+\s?(?=\d{1,3}\/[a-z](?![a-z]))`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `${cardinal(match[1]!)} plus `,
  ),
  // An odds ratio, no choice.
  rule(String.raw`OR(?=\s?[=:]\s?\d|,? \d{1,2}\.\d)`, (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : 'O R',
  ),
  // Charges, oxides, strains, sites of genes.
  rule(
    String.raw`(?<=[A-Z][a-z]?\d? )(\d)([+-])(?=$|[\s,.;)])`,
    ([, charge, sign]) => `${cardinal(charge!)} ${sign === '+' ? 'plus' : 'minus'}`,
  ),
  rule('([NS])O ?x(?![\\w])', (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : `${match[1]} O x`,
  ),
  rule(String.raw`(?<=[A-Z]\d{1,4}):(?=[A-Z]\d)`, () => ' '),
  rule(String.raw`(?<=[A-Z]{2,8}\d{1,3})\/(?=\d{1,3}(?![\w/]))`, () => ', '),
  rule('\\s?→\\s?', () => ' yields '),
  rule(String.raw`(?<=[[{]\s?)[-−](\d{1,9}(?:\.\d{1,6})?)`, ([, number]) => `minus ${sayNumber(number!)}`),
  rule('(?<=∇)·', () => 'dot '),
  // A minus inside a formula.
  rule('\\s?−\\s?', () => ' minus '),
  rule(
    String.raw`(?<=(?<![A-Za-z\d])\(?(?:\d{1,3})?[a-z])-(?=(?:\d{1,3}|[a-z])(?:[)²³^]|\s?[=+*/<>≤≥]))`,
    () => ' minus ',
  ),
  rule(String.raw`(?<=[)²³])-(?=[\d(]|[a-z](?![a-z]))`, () => ' minus '),
  // A quotient of brackets, one over a variable.
  rule(String.raw`(?<=\))\s?\/\s?(?=[\w(])`, () => ' over '),
  rule(String.raw`(\d{1,3})\/([a-z])(?![\w/])`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `${cardinal(match[1]!)} over ${match[2]}`,
  ),
  rule(String.raw`(?<=(?<![A-Za-z])[a-z])\/(?=(?:\d{1,3}[a-z]?|[a-z])(?![\w/]))`, (match, text) =>
    /=/.test(text.slice(Math.max(0, match.index - 40), match.index)) ? ' over ' : undefined,
  ),
  rule(
    '(\\d?)([⁺⁻])',
    ([, charge, sign]) => `${charge === '' ? '' : `${cardinal(charge!)} `}${sign === '⁺' ? 'plus' : 'minus'}`,
  ),
  // Letters of corners are no word.
  rule(String.raw`△\s?([A-Z]{3})(?![A-Za-z])`, ([, corners]) => `triangle ${corners}`),
  rule(String.raw`∠\s?([A-Z]{1,3})(?![A-Za-z])`, ([, corners]) => `angle ${corners}`),
]
