/**
 * English web and mail addresses, machine addresses and telephone numbers as rules.
 */
import { cardinal, digitByDigit } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

export const ADDRESS_RULES: readonly Rule[] = [
  rule(String.raw`https?:\/\/[^\s<>"，。！？；：]*[^\s<>".,!?;:，。！？；：)]`, ([whole]) => address(whole)),
  rule(String.raw`[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64})+`, ([whole]) =>
    address(whole),
  ),
  rule(
    String.raw`(?:[A-Za-z0-9-]{1,64}\.){1,8}(?:com|org|net|edu|gov|io|cn|uk|de|ai)\b(?:\/[^\s<>"]*[^\s<>".,!?;:)])?`,
    apart(([whole]) => address(whole)),
  ),
]

export const TELEPHONE_RULES: readonly Rule[] = [
  // Telephone numbers and machine addresses.
  rule(String.raw`\((\d{3})\)\s?(\d{3})-(\d{4})(?!\d)`, ([, ...parts]) =>
    telephone(parts.slice(0, 3) as string[]),
  ),
  rule(
    String.raw`\+?(?:(\d{1,2})[- ])?(\d{3})-(\d{3})-(\d{4})(?![\d-])`,
    apart((match) => {
      const [whole, country, ...parts] = match
      const plus = whole.startsWith('+') ? 'plus ' : ''
      return (
        plus + telephone([...(country === undefined ? [] : [country]), ...(parts.slice(0, 3) as string[])])
      )
    }),
  ),
  rule(
    String.raw`(0\d{2,3})-(\d{7,8})(?!\d)`,
    apart(([, area, rest]) => `${digitByDigit(area!, 'zero')}, ${digitByDigit(rest!, 'zero')}`),
  ),
  rule(
    String.raw`(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])`,
    apart(([, ...parts]) =>
      parts
        .slice(0, 4)
        .map((part) => digitByDigit(part!, 'zero'))
        .join(' dot '),
    ),
  ),
]

/** Addresses: every sign is named, and a run of digits is one number (but for its leading zeros). */
function address(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '.': 'dot',
    '/': 'slash',
    ':': 'colon',
    '@': 'at',
    '-': 'dash',
    _: 'underscore',
    '?': 'question mark',
    '=': 'equal sign',
    '&': 'and',
    '%': 'percent',
    '#': 'hash',
    '+': 'plus',
    '~': 'tilde',
  }
  const parts = text.match(/[a-zA-Z]+|0|[1-9]\d*|[^a-zA-Z\d]/g) ?? []
  return parts
    .map(
      (part) =>
        names[part] ??
        (/^\d/.test(part) ? cardinal(part) : /^(?:https?|www|ftp)$/i.test(part) ? part.toUpperCase() : part),
    )
    .join(' ')
}

/** Groups of a telephone number: digit by digit, round hundreds as such. */
function telephone(groups: readonly string[]): string {
  return groups
    .map((group) => (/^[1-9]00$/.test(group) ? cardinal(group) : digitByDigit(group, 'zero')))
    .join(', ')
}
