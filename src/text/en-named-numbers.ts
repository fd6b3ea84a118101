/**
 * Numbers that name, where the word in front tells: shoes and jeans by their number, codes of clinics, coupons, extensions, passwords.
 */
import { sayCapitals } from './capitals.ts'
import { SIGN_NAMES, spelled } from './en-machine.ts'
import { nameNumber, severalOf } from './en-models.ts'
import { cardinal } from './en-numbers.ts'
import { digits } from './en-phones.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

const REACH = 32
/** Words of clocks: seconds follow them. */
const TIMED =
  /\b(?:Time|Timeout|Duration|Wait|Rest|Interval|Delay|Length|Plank|Sprint|Hold|Lap|Round|Set|Pause|About|After|Every|In|For|The|Until) $/
const COUPON = /\b(?:codes?|coupon|promo|voucher|use|with|enter|apply)\b[^.!?]{0,16}$/i
/** Names whose number is said as on a door. */
const NAMED =
  "Xbox|Office|Microsoft|Fahrenheit|Formula|Levi's|Yeezy|Boost|Hwy\\.?|Highway|Roundup|Chanel|Studio|Area|Psalm|[Ee]xtension"

/** Behind these a code stands. */
const CODED =
  '[Cc]ode|[Rr]ef(?:erence|\\.)?|[Cc]onfirmation|[Bb]ooking|[Tt]racking|[Ss]erial|[Vv]oucher|PNR|SKU|VIN'
/** Group by group; letters alone stay a word. */
const grouped = (code: string) =>
  code
    .split(/[-/]/)
    .map((group) => (/\d/.test(group) ? spelled(group) : group))
    .join(', ')

export const NAMED_NUMBER_RULES: readonly Rule[] = [
  rule(String.raw`(?=\d)(?<=\b(?:${NAMED}) )([1-9]\d{2})(?![\d.,:%-]{0,24}\d|\w|%)`, ([, number]) =>
    nameNumber(number!),
  ),
  rule(String.raw`(?=\d)(?<=\b(?:${NAMED}|Model|Series|MAX) )(\d{1,3})s(?![\w'])`, ([, number]) =>
    severalOf(nameNumber(number!)),
  ),
  // Several of a thing that is named by its number: a pair of 501s.
  rule(
    String.raw`(?=\d)(?<=\b(?:pairs? of|wear(?:ing|s)?|wore|my|his|her|your|old|vintage|those) )([1-9]\d{2})s(?![\w'])`,
    ([, number]) => severalOf(nameNumber(number!)),
  ),
  rule(String.raw`(?=\d)(?<=[A-Za-z\d,] (?:[A-Z][A-Za-z']{2,20} ){1,2})(\d{1,3})s(?![\w'])`, (match, text) =>
    TIMED.test(ahead(match, text, REACH)) ? undefined : severalOf(nameNumber(match[1]!)),
  ),
  // Marks of an examination or a die.
  rule(
    String.raw`(?=[1-9])(?<=\b(?:got|gets|get|earned|scored|rolled|and) )([1-9]|10)s(?= on\b)`,
    ([, mark]) => severalOf(nameNumber(mark!)),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:CPT|HCPCS|NPI|DRG|SIC|NAICS|MLS)(?: codes?| numbers?)?[:#]? ?)(\d{4,10})(?![\w-]|[.,]\d)`,
    ([, code]) => digits(code!),
  ),
  // A word and a number that lower a price.
  rule(
    String.raw`([A-Z]{4,12})(\d{1,4})(?![\w-])`,
    apart((match, text) => {
      const [, word, number] = match
      const said = sayCapitals(word!, false)
      return said !== word &&
        (COUPON.test(ahead(match, text, REACH)) || /^\W{0,2} at checkout\b/.test(behind(match, text, 14)))
        ? `${said} ${/^(?:19|20)\d\d$|^\d{3}$/.test(number!) ? nameNumber(number!) : cardinal(number!)}`
        : undefined
    }),
  ),
  // Groups of capitals and digits, and digits of a lock or an area, behind the word that names them.
  rule(
    String.raw`(?=[A-Z\d])(?<=\b(?:${CODED})(?: (?:[Cc]ode|[Nn]umber|[Nn]o\.?|ID))?(?::| is)? )(?=[A-Z\d/-]{0,24}\d)(?=[A-Z\d/-]{0,24}[A-Z])[A-Z\d]{1,8}(?:[-/][A-Z\d]{1,8}){1,5}(?![\w/-])`,
    ([code]) => (/[A-Z]{4}/.test(code) ? undefined : grouped(code)),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:[Aa]rea|[Cc]ountry|[Dd]oor|[Gg]ate|[Ee]ntry|[Aa]ccess|[Ss]ecurity|[Dd]ialling|[Ll]ock) codes?(?::| is| of)? )\d{2,6}(?![\w.,]{0,24}\d|[\w%-])`,
    ([code]) => digits(code),
  ),
  rule(
    String.raw`(?=\d)(?<=\b[Cc]omb(?:o|ination)(?::| is| of)? )\d{1,2}(?:-\d{1,2}){1,4}(?![\w-])`,
    ([code]) => grouped(code),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:[Cc]ode|[Pp]asscode|PIN|[Pp]in|OTP)(?: is|:)? )\d{3}-\d{3}(?![\w-]|\.\d)`,
    ([code]) => grouped(code),
  ),
  // The inner number of an office.
  rule(
    String.raw`(?=x)(?<=\b(?:or|at|on|call|dial|office|desk|[Ee]xtension|phone):? |\()x(\d{3,5})(?!\w)`,
    ([, number]) => `extension ${digits(number!)}`,
  ),
  rule(String.raw`(?=#)(?<=\d{3,12})#(?=[\s.,;)]|$)`, (match, text) =>
    /\b(?:passcode|PIN|pin|press|dial|enter|code|then)\b/.test(ahead(match, text, REACH))
      ? ' pound'
      : undefined,
  ),
  // Sign by sign, where no words can be meant.
  rule(
    String.raw`(?<=\b(?:[Pp]assword|[Pp]asscode|[Pp]wd|PW)(?: is)?:? )(?=\S{0,40}\d)(?=\S{0,40}[A-Za-z])([\w#$@!%^&*+=?~-]{5,40})(?=[.,;:)"']{0,2}(?:\s|$))`,
    ([, word]) =>
      /[#$@!%^&*+=?~]./.test(word!) || (word!.match(/\d[A-Za-z]|[A-Za-z]\d/g) ?? []).length > 2
        ? [...word!]
            .map((sign) =>
              sign === '$'
                ? 'dollar'
                : sign === '!'
                  ? 'exclamation mark'
                  : /[A-Za-z]/.test(sign)
                    ? sign
                    : (SIGN_NAMES[sign] ?? spelled(sign)),
            )
            .join(' ')
        : undefined,
  ),
  // Files and models with letters behind; aircraft by their family.
  rule(
    String.raw`(\d{2,4})\/(\d{1,4})\/(0\d{2,5}|\d{5,6})(?:-([A-Z]))?(?![\w/-])`,
    apart(
      ([, one, other, last, letter]) =>
        `${[one, other, last].map((part) => digits(part!)).join(', ')}${letter === undefined ? '' : `, ${letter}`}`,
    ),
  ),
  rule(
    String.raw`([A-Z]{1,4})-(\d{3,4})([A-Z]{1,2})(?![\w-])`,
    apart(([, letters, number, suffix]) => `${letters} ${nameNumber(number!)} ${suffix}`),
  ),
  rule(
    '(7[0-8]7)(?= (?:MAX|Max|Dreamliner|jets?|jetliners?|planes?|aircraft|freighters?)\\b)',
    apart(([, family]) => nameNumber(family!)),
  ),
  rule(String.raw`(?=\d)(?<=\b(?:NYC|LA|SF|N\.Y\.C\.),? )(\d{5})(?![\d-]|[.,]\d)`, ([, code]) =>
    digits(code!),
  ),
  rule(
    String.raw`(?=\d)(?<=\bline )(\d{1,5}):(\d{1,4})(?![\d:])`,
    ([, line, column]) => `${cardinal(line!)}, ${cardinal(column!)}`,
  ),
]
