/**
 * English numbers with signs as rules: powers, comparisons, mixed fractions, ranges, units that the reference lacks.
 */
import { INCH_RULES } from './en-inches.ts'
import { tellsKind } from './en-kinds.ts'
import { MATH_RULES } from './en-math.ts'
import { cardinal, decade, fraction } from './en-numbers.ts'
import { PER_RULES } from './en-per.ts'
import { ANY_UNIT, NUMBER, OWN_UNITS, QUANTITY_RULES, sayNumber, unit } from './en-quantities.ts'
import { UNIT_PATTERN } from './en-units.ts'
import { apart, charAfter, charBefore, type Rule, rule } from './rules.ts'

const counted = (digits: string, name: string) =>
  `${cardinal(digits)} ${name}${Number(digits) === 1 ? '' : 's'}`

/** Degrees and other raised numbers: squared, cubed, to the power of six. */
const power = (exponent: string) =>
  exponent === '2'
    ? ' squared'
    : exponent === '3'
      ? ' cubed'
      : ` to the power of ${/[a-z]/.test(exponent) ? exponent.replace(/([-+])(\d+|[a-z])/, (_, sign: string, part: string) => ` ${sign === '+' ? 'plus' : 'minus'} ${/\d/.test(part) ? cardinal(part) : part}`) : sayNumber(exponent)}`

const SIDES: Readonly<Record<string, string>> = { N: 'north', S: 'south', E: 'east', W: 'west' }

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
  '+': 'plus',
  '×': 'times',
  '=': 'equals',
  '≠': 'not equal to',
  '∆': 'delta',
}
export const SIGN_RULES: readonly Rule[] = [
  ...PER_RULES,
  ...QUANTITY_RULES,
  ...MATH_RULES,
  rule(
    String.raw`'?((?:1[1-9]|20|2[1-9])\d0|[1-9]0)'s\b`,
    apart(([, digits]) => decade(digits!)),
  ),

  // Powers of ten and of anything.
  rule(
    `(-?\\d{1,18}(?:\\.\\d{1,18})?)[eE]([-+]?\\d{1,4})(?![\\w]|\\.\\d)`,
    apart(([, number, exponent]) => `${sayNumber(number!)} times ten${power(exponent!.replace('+', ''))}`),
  ),
  rule(
    String.raw`(${NUMBER})\s?[×x*]\s?10\^(-?\d{1,4})(?!\d)`,
    apart(([, number, exponent]) => `${sayNumber(number!)} times ten${power(exponent!)}`),
  ),
  rule(
    String.raw`(\d{1,18}|[A-Za-z]{1,3}|\))\^(?:[{(](-?\d{1,6}|[a-z](?:[-+](?:\d{1,3}|[a-z]))?)[})]|(-?\d{1,6}|[a-z]))(?![\w])`,
    (match, text) => {
      if (match[1] !== ')' && /\w/.test(charBefore(match, text))) return undefined
      return `${/\d/.test(match[1]!) ? cardinal(match[1]!) : match[1] === ')' ? ')' : match[1]}${power((match[2] ?? match[3])!)}`
    },
  ),
  // Angles and places on the globe.
  rule(
    String.raw`(\d{1,3})°\s?(?:(\d{1,2})'\s?)(?:(\d{1,2}(?:\.\d{1,3})?)(?:"|''))?\s?([NSEW])?(?![\w'"])`,
    apart(([, degrees, minutes, seconds, side]) =>
      [
        counted(degrees!, 'degree'),
        counted(minutes!, 'minute'),
        ...(seconds === undefined ? [] : [`${sayNumber(seconds)} ${seconds === '1' ? 'second' : 'seconds'}`]),
        ...(side === undefined ? [] : [SIDES[side]!]),
      ].join(' '),
    ),
  ),
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,9})?)°\s?([NSEW])(?![\w'])`,
    apart(([, degrees, side]) => `${sayNumber(degrees!)} degrees ${SIDES[side!]}`),
  ),
  rule(
    String.raw`(\d{1,18})([²³])`,
    apart(([, base, raised]) => `${cardinal(base!)}${power(raised === '²' ? '2' : '3')}`),
  ),
  rule(
    '[²³]',
    (match, text) =>
      power(match[0] === '²' ? '2' : '3') + (/[\w\u0370-\u03ff]/.test(charAfter(match, text)) ? ' ' : ''),
  ),

  // Heights, hours with minutes, mixed fractions.
  rule(
    String.raw`(\d{1,2})\s?h(?:rs?)?\s?(\d{1,2})\s?m(?:in)?(?![A-Za-z\d])`,
    apart(([, hours, minutes]) => `${counted(hours!, 'hour')} ${counted(minutes!, 'minute')}`),
  ),
  ...INCH_RULES,
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
    `(?=[^\\n-]{2,32}-\\s?\\d)(${NUMBER})\\s?(${ANY_UNIT})\\s?-\\s?(?=${NUMBER}\\s?(?:${ANY_UNIT})(?![A-Za-z\\d]))`,
    apart(([, from, symbol]) =>
      symbol === 's' && from!.endsWith('0')
        ? undefined
        : `${sayNumber(from!)} ${unit(symbol!, from === '1')} to `,
    ),
  ),
  rule(
    `(${NUMBER})(?:\\s?%)?(?: - |-|- )(${NUMBER})\\s?%`,
    apart(([, from, to]) => `${sayNumber(from!)} to ${sayNumber(to!)} percent`),
  ),
  rule(
    `(${NUMBER})(?: - |-|- )(${NUMBER})\\s?(${ANY_UNIT})(?![A-Za-z\\d])`,
    apart((match, text) => {
      const kind = tellsKind(text, match.index, match.index + match[0].length)
      return `${sayNumber(match[1]!)} to ${sayNumber(match[2]!)} ${unit(match[3]!, kind)}`
    }),
  ),
  rule(
    String.raw`(\d{1,18}\.\d{1,9})-(\d{1,18}(?:\.\d{1,9})?)(?![\d-]|\.\d)`,
    apart((match, text) =>
      charBefore(match, text) === '.' ? undefined : `${sayNumber(match[1]!)} to ${sayNumber(match[2]!)}`,
    ),
  ),
  // Quantities.
  rule(
    `([-+]?${NUMBER})\\s?(${OWN_UNITS})(?![A-Za-z\\d]|'s)`,
    apart((match, text) => {
      const [, number, symbol] = match
      // A point behind the unit ends the sentence as well, where one ends.
      const rest = text.slice(match.index + match[0].length)
      const stop = symbol!.endsWith('.') && /^\s*(?:$|[A-Z]|\d{1,2}\. )/.test(rest.slice(0, 6)) ? '.' : ''
      return `${sayNumber(number!)} ${unit(symbol!, number === '1')}${stop}`
    }),
  ),
  // Units that are words or grades as well: only where nothing goes on.
  rule(
    `(${NUMBER})\\s?(in|A|K)(?=[,;)]|\\.(?:\\s|$)|$| (?:long|wide|tall|high|deep|thick|by)\\b)`,
    apart(([whole, number, symbol]) =>
      /[KA]$/.test(whole) && !/\s[KA]$/.test(whole)
        ? undefined
        : `${sayNumber(number!)} ${ENDED_UNITS[symbol!]![number === '1' ? 0 : 1]}`,
    ),
  ),
  rule(
    String.raw`(\d{1,6}(?:\.\d{1,6})?)(?:k|(?<![2458])K(?= [a-z])|K(?= (?!and |or |to |at |in |for |is |are |with )[a-z]))(?![A-Za-z\d])`,
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
  // Thousands apart by blanks.
  rule(
    `(\\d{1,3}(?: \\d{3}){1,5})\\s?(${UNIT_PATTERN})(?![A-Za-z\\d])`,
    apart(([, number, symbol]) => `${cardinal(number!.replaceAll(' ', ''))} ${unit(symbol!, false)}`),
  ),
  rule(
    String.raw`\d{1,3}(?: \d{3}){2,5}(?![\d-]| \d)|\d{1,3} 000(?![\d-]| \d)`,
    apart(([number]) => cardinal(number.replaceAll(' ', ''))),
  ),
  rule(
    String.raw`\d{1,2}(?:,\d{2}){1,4},\d{3}(?!\d|,\d)`,
    apart(([number]) => sayNumber(number)),
  ),
  rule(
    `(\\d{1,3}(?:,\\d{3}){1,6}(?:\\.\\d{1,20})?)\\s?(${UNIT_PATTERN})(?![A-Za-z\\d])`,
    apart(([, number, symbol]) => `${sayNumber(number!)} ${unit(symbol!, false)}`),
  ),
  rule(
    String.raw`(\d{1,3}(?:,\d{3}){1,6})(?:\.(\d{1,20}))?(?![\d]|\.\d|,\d{3}|(?:st|nd|rd|th)(?![A-Za-z]))`,
    apart(([number]) => sayNumber(number)),
  ),
  rule(
    String.raw`(\d{1,18})\+(?![\d\w])`,
    apart(([, number]) => `more than ${sayNumber(number!)}`),
  ),
  rule(
    String.raw`(\d{1,9})x(?![\w]|\s?[=+])`,
    apart((match, text) =>
      /[=+*/(]\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index))
        ? `${sayNumber(match[1]!)} x`
        : `${sayNumber(match[1]!)} times`,
    ),
  ),

  // A way through menus.
  rule(String.raw`(?<=[A-Za-z)])\s>\s(?=[A-Z][a-z])`, () => ', '),
  // A name between angles is a tag that is spoken of.
  rule(
    String.raw`\s?<\/?([A-Za-z][\w-]{0,30})\s?\/?>`,
    (match, text) =>
      `${/^\s|<\//.test(match[0]) ? ' ' : ''}${/^[\w)]/.test(charBefore(match, text)) && !/^\s|<\//.test(match[0]) ? ' ' : ''}${match[1]}${/\w/.test(charAfter(match, text)) ? ' ' : ''}`,
  ),
  // Signs between and before.
  rule(String.raw`\s?(>=|<=|!=|==|[≥≤≠≈±×÷∈≡∼])\s?`, (match, text) => between(match, text)),
  rule(
    String.raw`(?<=[\w)|}\]²³°'⁺⁻\u0370-\u03ff])\s?([<>=+])\s?(?=[\w(.√|$€£¥\u0370-\u03ff−-])`,
    (match, text) =>
      // A plus that touches only what follows belongs to it.
      match[0] !== ' +' &&
      (/^\s.*\s$/.test(match[0]) ||
        /[\d)|}\]²³°⁺⁻\u0370-\u03ff]/.test(charBefore(match, text)) ||
        /[\d.$€£¥]/.test(charAfter(match, text)) ||
        match[1] === '<' ||
        match[1] === '>')
        ? between(match, text)
        : undefined,
  ),
  rule(String.raw`(~\s?(?=[\d.$€£])|[<>∆])\s?(?=[\d.$€£(a-z])`, ([, sign]) => `${BEFORE[sign![0]!]!} `),
  rule(
    String.raw`(?<=[\d)²³]|(?<![A-Za-z])[A-Za-z])\*(?=[\d(]|[A-Za-z](?![A-Za-z]))|(?<=[\d)²³])\s\*\s(?=[\w(])|(?<=\w)\s\*\s(?=[\d(])|(?<=(?<![A-Za-z])[A-Za-z])\s\*\s(?=[A-Za-z](?![A-Za-z]))`,
    () => ' times ',
  ),
  rule(String.raw`(?<=[A-Za-z\d)])=(?=[A-Za-z\d(])`, () => ' equals '),
  rule(
    '°\\s?([CF])(?![A-Za-z])',
    (match, text) =>
      `${/\w/.test(charBefore(match, text)) ? ' ' : ''}degrees ${match[1] === 'C' ? 'Celsius' : 'Fahrenheit'}`,
  ),
  rule(String.raw`(?<=\d)\/(?=[$€£])`, () => ', '),
  rule(
    String.raw`(?<=[\u0370-\u03ff][a-z]?)\/(?=[\dA-Za-z\u0370-\u03ff])|(?<=[A-Za-z])\/(?=[\u0370-\u03ff])`,
    () => ' over ',
  ),
  rule('[℃℉]', ([sign]) => `degrees ${sign === '℃' ? 'Celsius' : 'Fahrenheit'}`),
  rule('°', () => ' degrees'),
  rule('%', (match, text) => ` percent${/\w/.test(charAfter(match, text)) ? ' ' : ''}`),
  rule(String.raw`(?<=[A-Za-z])\/(?=\d)|(?<=\d)\/(?=[A-Za-z])`, () => ' '),
  rule(String.raw`(?<=[A-Za-z]\.)\/(?=[A-Za-z])`, () => ' '),
  rule(String.raw`\s\/\s(?=[\w$€£¥(\"])`, () => ', '),
  rule(String.raw`(?<=[A-Za-z])\/\s?(?=[A-Za-z])`, ([slash]) => (slash.length === 1 ? ' ' : ', ')),
]

const ENDED_UNITS: Readonly<Record<string, readonly [string, string]>> = {
  in: ['inch', 'inches'],
  A: ['ampere', 'amperes'],
  K: ['kelvin', 'kelvin'],
}

function between(match: RegExpExecArray, text: string): string {
  const sign = match[1]!
  const before = text.slice(Math.max(0, match.index - 1), match.index)
  const joint = /\b(?:to|of|by|at|for|in|from|with|and|or|is|are|was|only|about|under)$/.test(
    text.slice(Math.max(0, match.index - 8), match.index),
  )
  // With a blank in front and none behind it belongs to what follows.
  const alone =
    before === '' ||
    /[\s(,.:;]/.test(before) ||
    (joint && /^[<>]$/.test(sign) && /[$€£\d]/.test(charAfter(match, text))) ||
    (/^\s\S+$/.test(match[0]) && /[≈≥≤∼]/.test(sign))
  const words = alone ? (BEFORE[sign] ?? BETWEEN[sign]!) : BETWEEN[sign]!
  return `${alone && before !== '' && !/\s/.test(before) && before !== '(' ? ' ' : alone ? '' : ' '}${words} `
}
