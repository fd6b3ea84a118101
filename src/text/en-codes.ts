/**
 * What is read sign by sign in English: telephone numbers, versions, order numbers, addresses of machines and people.
 */
import { cardinal, digitByDigit, ordinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

const digits = (group: string) => digitByDigit(group.replace(/\D/g, ''), 'zero')
const groups = (text: string) =>
  text
    .split(/\D+/)
    .filter((group) => group !== '')
    .map(digits)
    .join(', ')
const oh = (group: string) => digitByDigit(group, 'oh')

/** A point, a number: two point zero point one. */
const version = (text: string) =>
  text
    .split('.')
    .map((part) => (/^0\d/.test(part) ? digits(part) : cardinal(part)))
    .join(' point ')

/** Letters and digits of a code, each by itself; groups apart. */
export function spellCode(code: string): string {
  return code
    .split(/[-_/. ]+/)
    .filter((part) => part !== '')
    .map((part) =>
      (part.match(/\d+|[A-Za-z]+/g) ?? [])
        .map((one) => (!/\d/.test(one) ? one : one.length > 3 ? digits(one) : oh(one)))
        .join(' '),
    )
    .join(', ')
}

const SIGN_NAMES: Readonly<Record<string, string>> = {
  '.': 'dot',
  '/': 'slash',
  ':': 'colon',
  '@': 'at',
  '-': 'dash',
  _: 'underscore',
  '?': 'question mark',
  '=': 'equals',
  '&': 'and',
  '%': 'percent',
  '#': 'hash',
  '+': 'plus',
  '~': 'tilde',
}

/** A web or mail address: its signs named, its scheme left out. */
export function sayAddress(text: string): string {
  const parts = text.replace(/^(?:https?|ftp):\/\/|^mailto:/i, '').match(/[A-Za-z]+|\d+|[^A-Za-z\d]/g) ?? []
  return parts
    .map(
      (part) =>
        SIGN_NAMES[part] ??
        (/^\d/.test(part)
          ? part.length > 4 || /^0/.test(part)
            ? oh(part)
            : cardinal(part)
          : /^www$/i.test(part)
            ? 'W W W'
            : part),
    )
    .filter((part) => /[\p{L}\p{N}]/u.test(part))
    .join(' ')
}

const TOP_LEVEL =
  'com|org|net|edu|gov|mil|io|cn|uk|de|ai|app|dev|fr|jp|eu|info|co|tv|ru|ca|au|nl|ch|xyz|tech|cloud|gg|biz|me|us'
const FILES =
  'pdf|docx?|xlsx?|pptx?|txt|md|csv|json|xml|ya?ml|html?|css|js|ts|py|rs|go|cpp|java|sh|exe|zip|tar|gz|png|jpe?g|gif|svg|mp3|mp4|wav|onnx'
const NAMED_NUMBER =
  '(?:[Oo]rder|[Ii]nvoice|[Tt]racking|[Tt]icket|[Rr]eference|[Rr]ef|[Aa]ccount|[Ss]erial|[Bb]ooking|[Cc]onfirmation|[Pp]asscode|[Pp]assword|[Cc]ode|PIN|[Pp]in|[Zz]ip|ZIP|ID|[Mm]odel|[Cc]ase|[Ee]xtension|[Ee]xt\\.?|[Mm]ember|[Pp]ostcode|[Ll]icen[sc]e|[Cc]ard)'

export const CODE_RULES: readonly Rule[] = [
  // Addresses of pages, people, files.
  rule(
    String.raw`(?:https?|ftp):\/\/[^\s<>"，。！？；：]{0,2000}[^\s<>".,!?;:，。！？；：)\]'*_]`,
    ([whole]) => sayAddress(whole),
  ),
  rule(
    String.raw`(?:mailto:)?[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64}){1,8}`,
    apart(([whole]) => sayAddress(whole)),
  ),
  rule(
    String.raw`(?:[A-Za-z0-9-]{1,64}\.){1,8}(?:${TOP_LEVEL})(?![\w-])(?:\/[^\s<>"]{0,2000}[^\s<>".,!?;:)])?`,
    apart(([whole]) => sayAddress(whole)),
  ),
  rule(
    String.raw`[A-Za-z][\w-]{0,64}\.(?:${FILES})(?![\w-])`,
    apart(([whole]) => sayAddress(whole)),
  ),
  rule(
    String.raw`@([A-Za-z]\w{0,40})`,
    apart(([, name]) => `at ${name!.replaceAll('_', ' ')}`),
  ),

  // Versions, machines.
  rule(
    String.raw`(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d{1,5})(?!\d))?(?![\d.]*\d)`,
    apart(([, ...parts]) => {
      const port = parts[4] === undefined ? '' : ` port ${digits(parts[4])}`
      return (
        parts
          .slice(0, 4)
          .map((part) => digits(part!))
          .join(' dot ') + port
      )
    }),
  ),
  rule(
    String.raw`[vV]\.? ?(\d{1,6}(?:\.\d{1,6}){0,5})(?![\w.]*\d)(?![A-Za-z])`,
    apart(
      (match, text) =>
        (/version\s*$/i.test(text.slice(Math.max(0, match.index - 9), match.index)) ? '' : 'version ') +
        version(match[1]!),
    ),
  ),
  rule(
    String.raw`\d{1,6}(?:\.\d{1,6}){2,5}(?!\d|\.\d)`,
    apart(([number]) => version(number)),
  ),

  // Telephones.
  rule(String.raw`\+\s?(\d{1,3}(?:[ .\-]?\(?\d{1,5}\)?){1,7})(?!\d)`, ([, number]) => {
    const said = number!.replace(/\D/g, '').length >= 7 ? `plus ${groups(number!)}` : undefined
    return said
  }),
  rule(
    String.raw`(?:1[- .])?\(\d{3}\)\s?\d{3}[-. ]\d{4}(?!\d)`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`(?:\d{1,2}[-. ])?(\d{3})([-. ])\d{3}\2\d{4}(?![\d-])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`1-\d{3}-\d{3}-\d{4}(?![\d-])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`\d{3}-\d{4}(?![\d-])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`0\d{2,4}[- ]\d{3,4}[- ]?\d{3,5}(?![\d-])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`((?:[Cc]all|[Dd]ial|[Pp]hone|[Tt]el\.?|[Ff]ax|[Hh]otline|[Tt]ext|[Mm]obile)(?: number| us at| us on| me at| me on| at| on| is|:){0,2}:? )(\d[\d -]{2,20}\d)(?![\d:.,]*\d)`,
    apart(([, lead, number]) => `${lead}${groups(number!)}`),
  ),
  rule(
    '(?:911|999|112|411)(?![\\d.,]*\\d|[-:%/]|\\s?(?:[a-z]{1,12}s|percent|%)\\b)',
    apart((match, text) =>
      /[$€£]\s*$/.test(text.slice(Math.max(0, match.index - 2), match.index)) ? undefined : digits(match[0]),
    ),
  ),

  // Codes.
  rule(
    String.raw`(${NAMED_NUMBER}(?: number| no\.?| code| id)?(?: is|:)? ?#? ?)([A-Z]{0,4}-?\d{4,}(?:[- ]\d{2,}){0,6})(?![\w.,]*\d|\w|:\d)`,
    apart(
      ([, lead, code]) =>
        `${lead!
          .replace('#', 'number ')
          .replace(/ {2,}/g, ' ')
          .replace(/[Ee]xt\.?(?= ?$)/, 'extension')}${spellCode(code!)}`,
    ),
  ),
  rule(
    String.raw`[Ee]xt\. ?(\d{1,3})(?!\d)`,
    apart(([, number]) => `extension ${cardinal(number!)}`),
  ),
  rule(
    String.raw`[A-Z]{1,4}-\d{3,8}(?:-[A-Z\d]{1,8}){0,4}(?![\w-]*\w)`,
    apart(([code]) => spellCode(code).replaceAll(', ', ' ')),
  ),
  rule(
    String.raw`[A-Z]{1,4}\d{5,40}(?!\w)`,
    apart(([code]) => spellCode(code)),
  ),
  rule(
    String.raw`\d{2,8}(?:-\d{2,8}){2,6}(?![\w-])`,
    apart(([number]) => (/^\d{4}-\d\d-\d\d$/.test(number) ? undefined : groups(number))),
  ),
  rule(
    String.raw`\d{4}(?: \d{4}){2,4}(?![\d])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`\d{13,40}(?![\d.,])`,
    apart(([number]) => digits(number)),
  ),
  rule(
    '9/11(?![\\d/])',
    apart(() => 'nine eleven'),
  ),
  rule(
    '24/7(?![\\d/])',
    apart(() => 'twenty four seven'),
  ),
  rule(
    '50/50(?![\\d/])',
    apart(() => 'fifty fifty'),
  ),
]

/** The way SSML's `say-as` asks for. */
export function readEnglish(text: string, as: 'characters' | 'telephone' | 'cardinal' | 'ordinal'): string {
  if (as === 'telephone') return (text.trim().startsWith('+') ? 'plus ' : '') + groups(text)
  const number = text.replace(/[,\s]/g, '')
  if (as === 'characters') {
    return [...text]
      .filter((one) => /[\p{L}\p{N}]/u.test(one) || SIGN_NAMES[one] !== undefined)
      .map((one) => (/\d/.test(one) ? digits(one) : (SIGN_NAMES[one] ?? one.toUpperCase())))
      .join(' ')
  }
  if (!/^-?\d{1,18}$/.test(number)) return text
  const sign = number.startsWith('-') ? 'minus ' : ''
  const value = number.replace('-', '')
  return sign + (as === 'ordinal' ? ordinal(value) : cardinal(value))
}
