/**
 * What is read sign by sign in English: versions, order numbers, rooms and flights, formulas of chemistry.
 */

import { MACHINE_RULES, SIGN_NAMES, spelled } from './en-machine.ts'
import { MODEL_RULES, nameNumber } from './en-models.ts'
import { cardinal, digitByDigit, ordinal } from './en-numbers.ts'
import { digits, PHONE_RULES } from './en-phones.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

const oh = (group: string) => digitByDigit(group, 'oh')

/** A point, a number: two point zero point one. */
const version = (text: string) =>
  text
    .split('.')
    .map((part) => (/^0\d/.test(part) ? digits(part) : cardinal(part)))
    .join(' point ')

/** Letters and digits of a code, each by itself; groups apart. */
function spellCode(code: string): string {
  return code
    .split(/[-_/. ]+/)
    .filter((part) => part !== '')
    .map((part) =>
      (part.match(/\d+|[A-Za-z]+/g) ?? [])
        .map((one) =>
          !/\d/.test(one)
            ? one
            : one.length > 3
              ? digits(one)
              : /^[1-9]00$/.test(one)
                ? cardinal(one)
                : oh(one),
        )
        .join(' '),
    )
    .join(', ')
}

/** A door or a flight: 101 is one oh one, 237 two thirty seven, 1200 twelve hundred. */
function numberOfDoor(number: string): string {
  return number.length > 4 ? digits(number) : nameNumber(number)
}

const NAMED_NUMBER =
  '(?:[Oo]rder|[Ii]nvoice|[Tt]racking|[Tt]icket|[Rr]eference|[Rr]ef|[Aa]ccount|[Aa]\\/c|[Ss]erial|[Bb]ooking|[Cc]onfirmation|[Pp]asscode|[Pp]assword|[Cc]ode|PIN|[Pp]in|OTP|[Zz]ip|ZIP|ID|[Mm]odel|[Cc]ase|[Ee]xtension|[Ee]xt\\.?|[Mm]ember|[Pp]ostcode|[Ll]icen[sc]e|[Cc]ard|[Pp]ort|[Ee]mployee|[Ss]tudent|[Cc]laim|[Pp]olicy)'
const DOOR =
  '(?:[Rr]oom|[Ff]light|[Ss]uite|[Aa]partment|[Aa]pt\\.?|[Hh]ighway|[Ii]nterstate|[Rr]oute|[Bb]us|[Tt]rain|[Gg]ate|[Uu]nit|[Ee]xit|Rm\\.?|Boeing|Airbus)'
/** Elements that formulas of everyday texts hold. */
const ELEMENT = '(?:He|Li|Na|Mg|Al|Si|Cl|Ca|Fe|Cu|Zn|Br|Ag|Pb|Mn|Hg|Au|Ti|Ni|H|C|N|O|F|P|S|K|I)'

export const CODE_RULES: readonly Rule[] = [
  ...MACHINE_RULES,
  ...PHONE_RULES,

  // Versions.
  rule(
    String.raw`[vV]\.? ?(\d{1,6}(?:\.\d{1,6}){0,5})(?!\w|\.\d)`,
    apart((match, text) =>
      /^V(?:6|8|10|12)$/.test(match[0])
        ? `V ${cardinal(match[1]!)}`
        : (/version\s*$/i.test(text.slice(Math.max(0, match.index - 9), match.index)) ? '' : 'version ') +
          version(match[1]!),
    ),
  ),
  rule(
    String.raw`\d{1,3}(?:\.\d{3}){2,5}(?![\d.,]{0,24}\d)`,
    apart(([number]) => cardinal(number.replaceAll('.', ''))),
  ),
  rule(
    String.raw`\d{1,6}(?:\.\d{1,6}){2,5}(?!\d|[.,]\d)`,
    apart(([number]) => version(number)),
  ),
  rule(
    String.raw`802\.(\d{1,2})([a-z]{0,2})\b`,
    apart(([, part, letters]) => `eight oh two dot ${cardinal(part!)} ${spelled(letters!)}`.trim()),
  ),
  rule(
    String.raw`(Python|Java|iOS|Android|macOS|Node|PHP|Ruby|[Vv]ersion|Ubuntu|Debian|Windows) (\d{1,2})\.(\d{2})(?![\d.]{0,24}\d)`,
    apart(
      ([, name, major, minor]) =>
        `${name} ${cardinal(major!)} point ${/^0/.test(minor!) ? oh(minor!) : cardinal(minor!)}`,
    ),
  ),

  ...MODEL_RULES,

  // Codes that a word in front names.
  rule(
    String.raw`(${NAMED_NUMBER}(?: number| no\.?| code| id)?(?: is|:)? ?#? ?)([A-Z]{0,4}-?(?:\d{4,40}|\d{3}(?= \d{3}))(?:[- ]\d{2,40}|-[A-Z]{1,3}\d{0,3}(?!\w)){0,6})(?![\w.,]{0,24}\d|\w|:\d)`,
    apart(
      ([, lead, code]) =>
        `${lead!
          .replace(/^a\/c/i, 'account')
          .replace('#', 'number ')
          .replace(/ no\.?(?= ?$)/, ' number')
          .replace(/ {2,}/g, ' ')
          .replace(/[Ee]xt\.?(?= ?$)/, 'extension')}${spellCode(code!)}`,
    ),
  ),
  rule(
    String.raw`[Ee]xt\.? ?(\d{1,3})(?!\d)`,
    apart(([, number]) => `extension ${cardinal(number!)}`),
  ),
  rule(
    String.raw`(?<=\d[-. ]\d{4})(?:,? ?[Ee]xt\.?| ?x) ?(\d{1,6})(?!\w)`,
    ([, number]) => `, extension ${number!.length > 3 ? digits(number!) : cardinal(number!)}`,
  ),
  // The plate of a car.
  rule(
    String.raw`(?<=\b[Pp]lates?(?: number| no\.?)?(?::| is|'s| reads| was)? "?)(?=[A-Z\d]{0,7}\d)(?=\d{0,7}[A-Z])([A-Z\d]{2,8}(?:[ -][A-Z\d]{2,4})?)(?![\w-])`,
    ([, plate]) => plate!.split(/[ -]/).map(spelled).join(', '),
  ),
  // A season and its episode; digits that are kept secret.
  rule(
    String.raw`S(\d{1,2}) ?E(\d{1,3})(?!\w)`,
    apart(
      ([, season, episode]) =>
        `season ${cardinal(String(Number(season)))} episode ${cardinal(String(Number(episode)))}`,
    ),
  ),
  rule(
    String.raw`(\d{2,6})\*{2,12}(\d{2,6})(?!\d)`,
    apart(([, before, behind]) => `${digits(before!)}, stars, ${digits(behind!)}`),
  ),
  // An account: groups of four, sign by sign.
  rule(
    String.raw`[A-Z]{2}\d{2}(?: [A-Z\d]{4}){3,7}(?: [A-Z\d]{1,3})?(?![\w])`,
    apart(([code]) => code.split(' ').map(spelled).join(', ')),
  ),
  rule(
    String.raw`(${DOOR}) ([A-Z]{1,3} ?)?(\d{3,4})([A-Z](?!\w))?(?![\d-]|[.,:]\d)`,
    apart(
      ([, door, letters, number, letter]) =>
        `${door!.replace(/pt\.?$/, 'partment').replace(/^Rm\.?$/, 'Room')} ${letters === undefined ? '' : `${letters.trim()} `}${numberOfDoor(number!)}${letter === undefined ? '' : ` ${letter}`}`,
    ),
  ),
  // Postcodes of Britain, serial numbers.
  rule(
    String.raw`[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)`,
    apart(([code]) => spellCode(code).replace(/[A-Z]{2}/g, (pair) => [...pair].join(' '))),
  ),
  rule(
    String.raw`[A-Z]{1,4}-\d{3,8}(?:-[A-Z\d]{1,8}){0,4}(?![\w-]{0,24}\w)`,
    apart(([code]) =>
      /^(?:ISO|RFC|COVID|GPT|UTF|UTC|GMT)-/.test(code) ? undefined : spellCode(code).replaceAll(', ', ' '),
    ),
  ),
  rule(
    String.raw`[A-Z]{1,4}\d{5,40}(?!\w)`,
    apart(([code]) => spellCode(code)),
  ),
  // Groups of digits and capitals; a commit of a few hexadecimal digits.
  rule(
    String.raw`\d{1,8}-(?:[A-Z\d]{1,8}-){0,6}[A-Z\d]{1,8}(?![\w-]{0,24}\w)`,
    apart(([code]) =>
      /-[A-Z\d]*[A-Z]/.test(code) && /-.*-|-\w+\d/.test(code) && !/^\d+-\d+[VWAKM]$/.test(code)
        ? spellCode(code)
        : undefined,
    ),
  ),
  rule(
    String.raw`(?=[\da-f]{0,10}[a-f]\d)(?=[\da-f]{0,10}\d[a-f])[\da-f]{7,11}(?!\w)`,
    apart(([commit]) => spelled(commit)),
  ),
  // A formula's letters stand apart, so that they stay what they are.
  rule(
    `(?=[A-Za-z]{0,8}\\d)(?:${ELEMENT}\\d{0,3}){2,10}(?![\\w-])`,
    apart(([formula]) =>
      (formula.match(/[A-Z][a-z]?|\d+/g) ?? [])
        .map((part) => (/\d/.test(part) ? cardinal(part) : part))
        .join(' '),
    ),
  ),
  rule(
    '9/11(?![\\d/])',
    apart(() => 'nine eleven'),
  ),
  rule(
    '7/11(?= (?:store|shop|was|is|on|around)\\b)',
    apart(() => 'seven eleven'),
  ),
  rule(
    '24[/x]7[/x]365(?![\\d/])',
    apart(() => 'twenty four seven three sixty five'),
  ),
  rule(
    '24/7(?![\\d/])',
    apart(() => 'twenty four seven'),
  ),
  // Shares of a hundred, and good eyes.
  rule(
    '(\\d[05])\\/(\\d[05])(?![\\d/.])',
    apart(([, one, other]) =>
      Number(one) + Number(other) === 100 || (one === '20' && other === '20')
        ? `${cardinal(one!)} ${cardinal(other!)}`
        : undefined,
    ),
  ),
  rule(
    '(401|403|457) ?\\(([kb])\\)',
    apart(([, number, letter]) => `${oh(number!)} ${letter!.toUpperCase()}`),
  ),
  // Programs.
  rule(
    '([A-Z])#(?![\\w])',
    apart(([, letter]) => `${letter} sharp`),
  ),
  rule(
    String.raw`#((?=[A-Z]{1,3}\d|\d)(?=[A-Z\d-]{0,20}\d)[A-Z\d]{1,8}(?:-[A-Z\d]{1,8}){1,4})(?![\w-])`,
    apart(([, code]) => `number ${spellCode(code!)}`),
  ),
  rule(String.raw`#(?=[A-Z]{1,3}-\d)`, (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : 'number ',
  ),
  rule(String.raw`#([A-Za-z][A-Za-z\d_]{0,63}|\d{1,9}[A-Z]?[a-z]{2}[A-Za-z\d_]{0,50})`, (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : `hashtag ${hashtag(match[1]!)}`,
  ),
  rule(String.raw`\s?&&\s?`, () => ' and '),
  rule(String.raw`\s?\|\|\s?`, () => ' or '),
  rule(
    String.raw`([A-Z])\+\+(?=\d)`,
    apart(([, letter]) => `${letter} plus plus `),
  ),
  rule(String.raw`(?<=[a-z])\+\+`, (match, text) =>
    /\w/.test(text[match.index + 2] ?? ' ') ? ' plus plus ' : ' plus plus',
  ),
  rule(
    String.raw`\s?([+*-])=\s?`,
    ([, sign]) => ` ${{ '+': 'plus', '-': 'minus', '*': 'times' }[sign!]} equals `,
  ),
  rule(String.raw`(?<=[a-z)])\.(?=[a-z])`, () => ' dot '),
  rule(String.raw`\.(?=[A-Z]{2}|(?:env|git|bash|ssh|npm|vim|zsh)[a-z]{0,8}(?!\w))`, (match, text) =>
    /[\s(]/.test(charBefore(match, text)) ? 'dot ' : undefined,
  ),
]

/** BlackLivesMatter, AI_News, top10 → words. */
function hashtag(name: string): string {
  return name
    .replaceAll('_', ' ')
    .replace(/(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/g, ' ')
    .replace(/\d+/g, (number) =>
      /^(?:19|20)\d\d$/.test(number)
        ? `${cardinal(number.slice(0, 2))} ${cardinal(number.slice(2))}`
        : cardinal(number),
    )
}

/** The way SSML's `say-as` asks for; undefined where the text is nothing of that kind. */
export function readEnglish(
  text: string,
  as: 'characters' | 'telephone' | 'cardinal' | 'ordinal',
): string | undefined {
  if (as === 'telephone') return (text.trim().startsWith('+') ? 'plus ' : '') + lettered(text)
  const number = text.replace(/[,\s]|(?<=\d)(?:st|nd|rd|th)$/g, '')
  if (as === 'characters') {
    return [...text]
      .filter((one) => /[\p{L}\p{N}]/u.test(one) || SIGN_NAMES[one] !== undefined)
      .map((one) => (/\d/.test(one) ? digits(one) : (SIGN_NAMES[one] ?? one.toUpperCase())))
      .join(' ')
  }
  if (!/^-?\d{1,18}$/.test(number)) return undefined
  const sign = number.startsWith('-') ? 'minus ' : ''
  const value = number.replace('-', '')
  return sign + (as === 'ordinal' ? ordinal(value) : cardinal(value))
}

/** A telephone number some groups of which may be words, or an extension. */
function lettered(text: string): string {
  return (text.match(/\d+|[A-Za-z]+/g) ?? [])
    .map((group) =>
      /\d/.test(group)
        ? digits(group)
        : /^(?:x|ext|extn|extension)$/i.test(group)
          ? 'extension'
          : group.toLowerCase(),
    )
    .join(', ')
    .replace('extension,', 'extension')
}
