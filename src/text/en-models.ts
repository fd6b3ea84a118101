/**
 * Names of machines, standards and programs that hold numbers, as English rules.
 */
import { cardinal, digitByDigit, year } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

/** A number that names: 9700 is ninety seven hundred, 4090 forty ninety, 737 seven thirty seven, 204 two oh four. */
export function nameNumber(number: string): string {
  if (number.length > 5 || number.startsWith('0')) return digitByDigit(number, 'zero')
  if (number.length < 3 || /^\d00$/.test(number) || /^\d000$/.test(number)) return cardinal(number)
  if (number.length === 5) return `${cardinal(number.slice(0, 2))} ${nameNumber(number.slice(2))}`
  const [head, tail] = [number.slice(0, -2), number.slice(-2)]
  if (tail === '00') return `${cardinal(head)} hundred`
  if (number.length === 3 && tail.startsWith('0')) return digitByDigit(number, 'oh')
  return `${cardinal(head)} ${tail.startsWith('0') ? digitByDigit(tail, 'oh') : cardinal(tail)}`
}

/** Letters and numbers of a name in turn. */
const named = (part: string) =>
  (part.match(/\d+|[A-Za-z]+/g) ?? []).map((one) => (/\d/.test(one) ? nameNumber(one) : one)).join(' ')

/** Six → sixes, forty → forties. */
export const severalOf = (number: string) =>
  number.endsWith('y') ? `${number.slice(0, -1)}ies` : `${number}${number.endsWith('x') ? 'es' : 's'}`

/** A standard's year. */
const edition = (digits: string) => (/^(?:19|20)\d\d$/.test(digits) ? year(digits) : named(digits))

const STANDARDS = 'ISO(?:\\/IEC)?|IEC|IEEE|ANSI|DIN|EN|ETSI|GB\\/T|GB|JIS|BS|ASTM|NIST|SAE'

export const MODEL_RULES: readonly Rule[] = [
  rule(
    `((?:${STANDARDS})(?: (?:EN|ISO|IEC))?)[ -]?(\\d{3,6})(?:-(\\d{1,3}))?(?:[:-]((?:19|20)\\d\\d))?(?![\\w.]{0,24}\\d|\\w)`,
    apart(
      ([, body, number, part, digits]) =>
        [
          body!.replaceAll('/', ' '),
          number!.length > 5 ? nameNumber(number!) : cardinal(number!),
          ...(part === undefined ? [] : [`dash ${cardinal(part)}`]),
        ].join(' ') + (digits === undefined ? '' : `, ${edition(digits)}`),
    ),
  ),
  // What a server answers.
  rule(
    String.raw`(HTTP(?:\/\d(?:\.\d)?)?(?: (?:error|status|code))?|(?:[Ee]rror|[Ss]tatus|[Rr]esponse)(?: code)?) ([1-5]\d\d)(?![\d.,:%-]{0,24}\d|\w|%)`,
    apart(
      ([, lead, code]) =>
        `${lead!.replace(/\/(\d)(?:\.(\d))?/, (_, major: string, minor: string | undefined) => ` ${cardinal(major)}${minor === undefined ? '' : ` point ${cardinal(minor)}`}`)} ${nameNumber(code!)}`,
    ),
  ),
  rule(
    String.raw`(HTTP|TLS|SSL|TCP|RTMP|SMB|RTP)[\/v](\d)(?:\.(\d))?(?![\w.]{0,24}\d)`,
    apart(
      ([, name, major, minor]) =>
        `${name} ${cardinal(major!)}${minor === undefined ? '' : ` point ${cardinal(minor)}`}`,
    ),
  ),
  // F-150, XJ-900; the families of a maker of aircraft.
  rule(
    String.raw`([A-Z]{1,4}|[A-Z][a-z]{3,8})-(\d{3})(?![\w.,-]{0,24}\d|\w)`,
    apart(([, letters, number]) =>
      /^(?:ISO|RFC|COVID|GPT|UTF|UTC|GMT)$/.test(letters!) ? undefined : `${letters} ${nameNumber(number!)}`,
    ),
  ),
  rule(
    String.raw`(7[0-8]7)-([1-9]00|[89]|10)(?![\w.,-]{0,24}\d|\w)`,
    apart(([, family, kind]) => `${nameNumber(family!)} ${nameNumber(kind!)}`),
  ),
  // Two of a series side by side are no fraction.
  rule(
    String.raw`(Windows|iPhones?|iOS|Android|Office|Galaxy|Grades?|Rooms?|Routes?|Chapters?|Gates?|Terminals?|Versions?|Flights?|Xbox|PlayStation|macOS|Python|Years?|Classes|Ages?|Levels?|Units?) (\d{1,4})\/(\d{1,4})(?![\d/]|\.\d)`,
    apart(([, name, one, other]) => `${name} ${nameNumber(one!)}, ${nameNumber(other!)}`),
  ),
  // Several of a kind: F-16s, 747s, MP3s.
  rule(
    String.raw`(?:([A-Z][A-Za-z]{0,3})-?(\d{1,4})|(7[0-8]7|A3[1-8]0))s(?!\w)`,
    apart(([, letters, number, family]) =>
      family === undefined ? `${letters} ${severalOf(nameNumber(number!))}` : severalOf(named(family)),
    ),
  ),
  // Files and codings that people write in small letters.
  rule(
    String.raw`([mM][pP])([34])(?!\w)`,
    apart(([, , number]) => `MP ${cardinal(number!)}`),
  ),
  rule(
    String.raw`[hHx](26[45])(?!\w)`,
    apart(([letter, number]) => `${letter[0]!.toUpperCase()} ${digitByDigit(number!, 'oh')}`),
  ),
  // H.264 is no decimal.
  rule(
    String.raw`([A-Z])\.(\d{3})(?![\d.]{0,24}\d)`,
    apart(([, letter, number]) => `${letter} ${digitByDigit(number!, 'oh')}`),
  ),
  // i7-9700K, B737-800, 747-8: both sides name, and nothing is subtracted.
  rule(
    String.raw`([A-Za-z]{1,3}\d{1,4})-(\d{1,5}[A-Za-z]{0,3})(?![\w-]{0,24}\w|\s?[=+*])`,
    apart(([, series, model]) => `${named(series!)} ${named(model!)}`),
  ),
  rule(
    String.raw`([A-Z][A-Za-z]{0,2})(\d{3,5})([A-Za-z]{0,4})(?![\w.,]{0,24}\d|\w)`,
    apart(([name, letters, number, suffix]) =>
      // Letters with many digits are a code.
      number!.length > 4 || /^(?:FY|CY)/.test(name)
        ? undefined
        : [letters, nameNumber(number!), ...(suffix === '' ? [] : [suffix])].join(' '),
    ),
  ),
  rule(
    String.raw`(Boeing|Cessna|Piper|Learjet|Gulfstream|Bombardier|Airbus|Embraer|Antonov|Porsche|Peugeot|Ferrari|Commodore|Nokia|Core|Ryzen(?: \d)?|Xeon|Radeon(?: [A-Z]{2})?|GeForce(?: [A-Z]{2,3})?|[A-Z]{2,4}) (\d{3,5})(?:-(\d{1,4}))?([A-Z][A-Za-z]{0,2})?(?![\w.,:%-]{0,24}\d|\w|%)(?!\s(?:[A-Z]{1,2}|people|years|times|[a-z]{3,}s)\b)`,
    apart((match) => {
      const [, name, number, part, suffix] = match
      // A year, an amount, a standard behind capital letters is no model.
      if (/^[A-Z]{2,4}$/.test(name!) && (!MAKERS.test(name!) || /^(?:19|20)\d\d$/.test(number!)))
        return undefined
      return [
        named(name!),
        nameNumber(number!),
        ...(part === undefined ? [] : [nameNumber(part)]),
        ...(suffix === undefined ? [] : [suffix]),
      ].join(' ')
    }),
  ),
  // Years of money.
  rule(
    String.raw`(FY|CY)\s?'?((?:19|20)\d\d|\d\d)(?:[-/](\d\d))?(?![\w.,]{0,24}\d|\w)`,
    apart(
      ([, kind, digits, to]) =>
        `${kind} ${digits!.length === 4 ? year(digits!) : cardinal(digits!)}${to === undefined ? '' : ` to ${cardinal(to)}`}`,
    ),
  ),
  // A version before it is one: beta two, release candidate one.
  rule(
    String.raw`(?<=\d)-?(alpha|beta|rc|pre|preview|dev|canary|next|nightly)\.?(\d{1,4})?(?![\w.]{0,24}\d|\w)`,
    ([, stage, number]) =>
      ` ${stage === 'rc' ? 'R C' : stage}${number === undefined ? '' : ` ${cardinal(number)}`}`,
  ),
]

const MAKERS = /^(?:RTX|GTX|RX|GT|MX|XT|BMW|AMD|MD|DC|CRJ|ERJ|SAAB|XC|EX)$/
