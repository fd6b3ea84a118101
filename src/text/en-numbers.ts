/**
 * Digits → English words as the reference's grammar says them, each way of reading by itself.
 *
 * The ways are cardinals, ordinals, years, decimals and digit strings; `en-normalise.ts` chooses by context.
 */

const ONES = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' +
  'seventeen eighteen nineteen'
).split(' ')
const TENS = ', ,twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety'.split(',')
const SCALES = ['', 'thousand', 'million', 'billion', 'trillion', 'quadrillion'] as const

/** Longest run of digits that is said as one number. */
export const MAX_CARDINAL_DIGITS = 18

interface CardinalStyle {
  /** "one hundred and one" rather than "one hundred one". */
  readonly and: boolean
  /** "thousand" for 1000 … 1999 rather than "one thousand", as after a currency sign or with a comma. */
  readonly bareThousand?: boolean
}

/** A whole number without leading zeros' words: 1234 → one thousand two hundred and thirty four. */
export function cardinal(digits: string, style: CardinalStyle = { and: true }): string {
  const value = digits.replace(/^0+(?=\d)/, '')
  if (value.length > MAX_CARDINAL_DIGITS) return digitByDigit(digits, 'zero')
  if (value === '0') return 'zero'
  const groups: string[] = []
  for (let end = value.length; end > 0; end -= 3) groups.unshift(value.slice(Math.max(0, end - 3), end))
  const words: string[] = []
  for (const [i, group] of groups.entries()) {
    const number = Number(group)
    if (number === 0) continue
    const scale = groups.length - 1 - i
    const last = scale === 0
    // "three thousand and one", but "one million one": the grammar's joint is between thousands and units only.
    const joined = last && style.and && number < 100 && groups.length > 1 && Number(groups[i - 1]) !== 0
    if (joined) words.push('and')
    const bare = scale === 1 && style.bareThousand === true && groups.length === 2 && number === 1
    if (!bare) words.push(hundreds(number, last && style.and))
    if (scale > 0) words.push(SCALES[scale]!)
  }
  return words.join(' ')
}

function hundreds(number: number, and: boolean): string {
  if (number < 100) return underHundred(number)
  const rest = number % 100
  const head = `${ONES[Math.floor(number / 100)]!} hundred`
  return rest === 0 ? head : `${head}${and ? ' and' : ''} ${underHundred(rest)}`
}

function underHundred(number: number): string {
  if (number < 20) return ONES[number]!
  const ones = number % 10
  return TENS[Math.floor(number / 10)]! + (ones === 0 ? '' : ` ${ONES[ones]!}`)
}

/** Four digits the way years are said: 1945 → nineteen forty five, 2005 → two thousand five, 1300 → thirteen hundred. */
export function year(digits: string): string {
  const century = Number(digits.slice(0, 2))
  const rest = Number(digits.slice(2))
  if (century % 10 === 0 && century !== 10 && rest < 10) {
    return `${ONES[century / 10]!} thousand${rest === 0 ? '' : ` ${ONES[rest]!}`}`
  }
  const head = underHundred(century)
  if (rest === 0) return `${head} hundred`
  return rest < 10 ? `${head} zero ${ONES[rest]!}` : `${head} ${underHundred(rest)}`
}

/** A number that stands alone: four digits from 1000 to 2999 as years are said, others as cardinals; 007 → oh oh seven, 0755 → oh seven five five. */
export function standing(digits: string): string {
  if (/^[12]\d{3}$/.test(digits)) return year(digits)
  const value = digits.replace(/^0+(?=\d)/, '')
  if (value.length >= 3 && value.length < digits.length) return digitByDigit(digits, 'oh')
  return 'oh '.repeat(digits.length - value.length) + cardinal(value)
}

const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
}

/** 21 → twenty first. */
export function ordinal(digits: string): string {
  const words = cardinal(digits, { and: false }).split(' ')
  const last = words.pop()!
  const turned = IRREGULAR_ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`)
  return [...words, turned].join(' ')
}

/** Whether `suffix` is the one that the number takes: 1st, 2nd, 3rd, 11th. */
export function takesSuffix(digits: string, suffix: string): boolean {
  const tens = Number(digits.slice(-2))
  const ones = tens % 10
  const expected = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][ones] ?? 'th')
  return suffix.toLowerCase() === expected
}

/** Each digit by itself. */
export function digitByDigit(digits: string, zero: 'zero' | 'oh'): string {
  return [...digits].map((digit) => (digit === '0' ? zero : ONES[Number(digit)]!)).join(' ')
}

/** 3.05 → three point oh five. */
export function decimal(whole: string, fraction: string, style: CardinalStyle = { and: true }): string {
  const head = whole === '' ? '' : `${cardinal(whole, style)} `
  return `${head}point ${digitByDigit(fraction, 'oh')}`
}

/** 3, 4 → three quarters; 1, 2 → one half. Null where the denominator is no fraction's (0, 1). */
export function fraction(above: string, below: string): string | undefined {
  const denominator = Number(below)
  if (denominator === 0) return undefined
  const one = Number(above) === 1
  if (denominator === 1) return `${cardinal(above)} over one`
  const name =
    denominator === 2
      ? one
        ? 'half'
        : 'halves'
      : denominator === 4
        ? one
          ? 'quarter'
          : 'quarters'
        : undefined
  return `${cardinal(above)} ${name ?? `${ordinal(below)}${one ? '' : 's'}`}`
}

/** Plural of a decade's last word: ninety → nineties. */
export function decade(digits: string): string {
  const words = digits.length === 4 ? year(digits) : cardinal(digits)
  return words.endsWith('y') ? `${words.slice(0, -1)}ies` : `${words}s`
}
