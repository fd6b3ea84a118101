/**
 * What timetables, labels, recipes and books write short, as English rules: sizes, currents, packs, verses, scales of maps.
 */
import { tellsKind } from './en-kinds.ts'
import { cardinal, decimal, fraction, ordinal, year } from './en-numbers.ts'
import { digits } from './en-phones.ts'
import { ANY_UNIT, sayNumber, unit } from './en-quantities.ts'
import { apart, charAfter, charBefore, type Rule, rule } from './rules.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const BOOKS: Readonly<Record<string, string>> = {
  Gen: 'Genesis',
  Exod: 'Exodus',
  Ex: 'Exodus',
  Lev: 'Leviticus',
  Num: 'Numbers',
  Deut: 'Deuteronomy',
  Josh: 'Joshua',
  Judg: 'Judges',
  Sam: 'Samuel',
  Kgs: 'Kings',
  Chr: 'Chronicles',
  Neh: 'Nehemiah',
  Ps: 'Psalm',
  Pss: 'Psalms',
  Prov: 'Proverbs',
  Eccl: 'Ecclesiastes',
  Isa: 'Isaiah',
  Jer: 'Jeremiah',
  Ezek: 'Ezekiel',
  Dan: 'Daniel',
  Zech: 'Zechariah',
  Mal: 'Malachi',
  Matt: 'Matthew',
  Mt: 'Matthew',
  Mk: 'Mark',
  Lk: 'Luke',
  Jn: 'John',
  Rom: 'Romans',
  Cor: 'Corinthians',
  Gal: 'Galatians',
  Eph: 'Ephesians',
  Phil: 'Philippians',
  Col: 'Colossians',
  Thess: 'Thessalonians',
  Tim: 'Timothy',
  Heb: 'Hebrews',
  Jas: 'James',
  Pet: 'Peter',
  Rev: 'Revelation',
  Lam: 'Lamentations',
  Hos: 'Hosea',
  Mic: 'Micah',
  Hab: 'Habakkuk',
  Zeph: 'Zephaniah',
  Hag: 'Haggai',
  Tit: 'Titus',
  Phlm: 'Philemon',
  Qur: "Qur'an",
}
const FULL_BOOKS =
  "Ruth Ezra Esther Job Song Lamentations Joel Amos Obadiah Jonah Nahum Acts Jude Qur'an Quran Koran Surah Sura Gita".split(
    ' ',
  )
const BOOK = `(?:${[...Object.keys(BOOKS), ...Object.values(BOOKS), ...FULL_BOOKS].sort((a, b) => b.length - a.length).join('|')})`
const WEEKDAYS: Readonly<Record<string, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}
const WEEKDAY = '(?:[Mm]on|[Tt]ues?|[Ww]ed|[Tt]hu(?:rs?)?|[Ff]ri|[Ss]at|[Ss]un|MON|TUE|WED|THU|FRI|SAT|SUN)'
const weekday = (short: string) => WEEKDAYS[short.toLowerCase().slice(0, 3)]!
const SHORT: Readonly<Record<string, string>> = {
  Dep: 'Departs',
  dep: 'departs',
  Arr: 'Arrives',
  arr: 'arrives',
  Tbsp: 'tablespoons',
  tbsp: 'tablespoons',
  Tsp: 'teaspoons',
  tsp: 'teaspoons',
}
/** Twenty, two is no twenty two. */
const verseOf = (chapter: string, verse: string) =>
  `${cardinal(chapter)}${/[2-9]0$/.test(chapter) && verse.length === 1 ? ',' : ''} ${cardinal(verse)}`
const DIMENSION = String.raw`\d{1,5}(?:\.\d{1,3})?`

export const NOTICE_RULES: readonly Rule[] = [
  rule(
    `(${BOOK})\\.? (\\d{1,3}):(\\d{1,3})(?:-(?:(\\d{1,3}):)?(\\d{1,3}))?(?![\\d:]|\\s?[apAP]\\.?[mM])`,
    apart(
      ([, book, chapter, verse, lastChapter, last]) =>
        `${BOOKS[book!] ?? book} ${verseOf(chapter!, verse!)}${last === undefined ? '' : ` to ${lastChapter === undefined ? cardinal(last) : verseOf(lastChapter, last)}`}`,
    ),
  ),
  rule(
    String.raw`(?<=\b[123] )(Sam|Kgs|Chr|Cor|Thess|Tim|Pet)\.?(?= \d)`,
    apart(([, book]) => BOOKS[book!]),
  ),
  rule(
    String.raw`(Pss?|Prov|Isa|Matt|Deut|Exod)\.?(?= \d)`,
    apart(([, book]) => BOOKS[book!]),
  ),
  rule(
    String.raw`(\d{1,2})(?:st|nd|rd|th)-c\.(?=\s|$)`,
    apart(([, number]) => `${ordinal(number!)} century`),
  ),
  // Clocks of timetables.
  rule(
    String.raw`(Dep|dep|Arr|arr)(?:\.(?= \d| [A-Z][a-z]{2,15} \d{1,2}[.:]\d\d)|(?= \d{1,2}:\d\d))`,
    apart(([, short]) => SHORT[short!]),
  ),
  rule(String.raw`(?<=\b[Nn]oon|\b[Mm]idnight)\s?-\s?(?=\d)`, () => ' to '),
  rule(
    String.raw`(\d{1,2}):([0-5]\d):([0-5]\d)\.(\d{1,3})(?!\w|\.\d)`,
    apart(
      ([, hours, minutes, seconds, part]) =>
        `${cardinal(hours!)} ${hours === '1' ? 'hour' : 'hours'} ${cardinal(String(Number(minutes)))} ${Number(minutes) === 1 ? 'minute' : 'minutes'} and ${decimal(String(Number(seconds)), part!)} seconds`,
    ),
  ),
  rule(
    String.raw`(\d{1,3})(?:'\s?\+\s?(\d{1,2})'?|\+(\d{1,2})')(?![\d"'\w])`,
    apart(([, minute, added, more]) => `${cardinal(minute!)} plus ${cardinal((added ?? more)!)} minutes`),
  ),
  rule(
    `(${WEEKDAY})\\.?,? (\\d{1,2})\\/(\\d{1,2})(?![\\d/])`,
    apart(([, day, month, number]) => {
      const name = MONTHS[Number(month) - 1]
      return name === undefined || Number(number) < 1 || Number(number) > 31
        ? undefined
        : `${weekday(day!)} the ${ordinal(String(Number(number)))} of ${name}`
    }),
  ),
  rule(
    `(?<=\\d(?:st|nd|rd|th) |[Cc]losed (?:on )?|[Ee]very )(${WEEKDAY})(?:\\.(?=[ ,;)]|$)|(?![\\w.'-]))`,
    (match, text) =>
      /^sun$/.test(match[1]!)
        ? undefined
        : weekday(match[1]!) +
          (match[0].endsWith('.') && /^\s*(?:$|[A-Z])/.test(text.slice(match.index + match[0].length))
            ? '.'
            : ''),
  ),
  rule(
    String.raw`(0[1-9]|1[0-2])[-/]((?:19|20)\d\d)(?![\d/-])`,
    apart(([, month, digits]) => `${MONTHS[Number(month) - 1]} ${year(digits!)}`),
  ),
  // Recipes, packs, numbers of parts.
  rule(String.raw`(?<=\d )([Tt]b?sp)\.?(?=\s[a-z(])`, (match, text) => {
    const one = /(?:^|[^\d.])(?:1|\d\/\d{1,2}) $/.test(text.slice(Math.max(0, match.index - 6), match.index))
    return one ? SHORT[match[1]!]!.slice(0, -1) : SHORT[match[1]!]
  }),
  rule(
    String.raw`(\d{1,4})[- ]?(pk|ct)(?:\.(?=[;,)]| [a-z])|(?![\w.]))`,
    apart(([, number, short]) => `${cardinal(number!)} ${short === 'pk' ? 'pack' : 'count'}`),
  ),
  rule(
    String.raw`(?<=\b(?:[Mm]odel|[Cc]onf(?:irmation|\.)|[Pp]art|[Ss]erial|[Oo]rder|[Aa]ccount|[Rr]ef|[Pp]olicy) )[Nn]o\.(?= ?[A-Z\d])`,
    () => 'number',
  ),
  // Doses, fevers, solutions.
  rule(
    String.raw`([btq])\.i\.d\.(?!\w)|q(\d{1,2})h(?!\w)`,
    apart((match, text) => {
      const said =
        match[1] === undefined
          ? `every ${cardinal(match[2]!)} hours`
          : `${{ b: 'two', t: 'three', q: 'four' }[match[1]]} times a day`
      return (
        said + (match[0].endsWith('.') && /^\s*$/.test(text.slice(match.index + match[0].length)) ? '.' : '')
      )
    }),
  ),
  rule(
    String.raw`(\d{2,3}\.\d)\s?F(?![\w'])`,
    apart(([, degrees]) => `${sayNumber(degrees!)} degrees Fahrenheit`),
  ),
  rule(
    String.raw`(\d{1,4}(?:\.\d{1,3})?)\s?([µμnm])M(?![A-Za-z\d])`,
    apart(
      ([, number, scale]) =>
        `${sayNumber(number!)} ${scale === 'n' ? 'nano' : scale === 'm' ? 'milli' : 'micro'}molar`,
    ),
  ),
  // The last signs of a card, and until when it holds.
  rule(
    String.raw`(?<=\b(?:[Ee]nding (?:in|with)|[Ll]ast four(?: digits)?(?: are)?|CVV|CVC|[Cc]ode) )(\d{3,4})(?![\d.,]\d|\w)`,
    ([, code]) => digits(code!),
  ),
  rule(
    String.raw`([Ee]xp\.?|EXP\.?|[Ee]xpires|[Vv]alid thru):? (0[1-9]|1[0-2])\/(?:20)?(\d\d)(?![\d/])`,
    apart(
      ([, lead, month, short]) =>
        `${/^exp\.?$/i.test(lead!) ? (lead!.startsWith('E') ? 'Expires' : 'expires') : lead} ${MONTHS[Number(month) - 1]} ${year(`20${short}`)}`,
    ),
  ),
  // Ranges that are counted in thousands; parts of a whole.
  rule(
    String.raw`(\d{1,4})-(\d{1,4})([KkMB])(?![\w-])`,
    apart(
      ([, from, to, scale]) =>
        `${cardinal(from!)} to ${cardinal(to!)} ${{ k: 'thousand', m: 'million', b: 'billion' }[scale!.toLowerCase()]}`,
    ),
  ),
  rule(
    String.raw`(\d{1,3}(?:,\d{3}){1,3})-(?=\d{1,3}(?:,\d{3}){1,3}(?![\d,]))`,
    apart(([, from]) => `${sayNumber(from!)} to `),
  ),
  rule(
    String.raw`(\d{1,3})\/(\d{1,3})(?:th|rd|nd)s?(?!\w)`,
    apart(([, above, below]) => fraction(above!, below!)),
  ),
  rule(
    String.raw`(\d{1,3})\/(\d{1,3}\.\d{1,3})(?![\d.])`,
    apart(([, one, other]) => `${cardinal(one!)}, ${sayNumber(other!)}`),
  ),
  rule(String.raw`-(\d{1,9}(?:\.\d{1,6})?)(?=[.;:!?)][.,;:!?)]?(?:\s|$))`, (match, text) =>
    /[\s(]/.test(charBefore(match, text)) &&
    !/\d\s$/.test(text.slice(Math.max(0, match.index - 2), match.index))
      ? `negative ${sayNumber(match[1]!)}`
      : undefined,
  ),
  rule(String.raw`(?<=[A-Za-z]\d{1,4})\+(?=[\s,.;)]|$)`, () => ' plus'),
  rule(String.raw`(?<=[a-z])@(?=[a-z])`, () => ' at '),
  rule(
    String.raw`(\d\d)\/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/(\d{4})(?::(?=\d\d:))?`,
    apart(
      ([whole, day, month, digits]) =>
        `the ${ordinal(String(Number(day)))} of ${MONTHS.find((name) => name.startsWith(month!))} ${year(digits!)}${whole.endsWith(':') ? ', ' : ''}`,
    ),
  ),
  // Currents and mains; sides of a box; the scale of a map.
  rule(
    String.raw`(\d{1,4}(?:\.\d{1,2})?)\s?V\s?([/,⎓ ])\s?(\d{1,3}(?:\.\d{1,2})?)\s?(m?)A(?![A-Za-z\d])`,
    apart((match, text) => {
      const [whole, volts, joint, amperes, small] = match
      const one = amperes === '1' || tellsKind(text, match.index, match.index + whole.length)
      return `${sayNumber(volts!)} ${volts === '1' ? 'volt' : 'volts'}${joint === ',' ? ',' : ''} ${sayNumber(amperes!)} ${small === 'm' ? 'milli' : ''}${one ? 'ampere' : 'amperes'}`
    }),
  ),
  rule(
    String.raw`(\d{2,3})\/(\d{2,3})\s?(Hz|V|W|kHz)(?![A-Za-z\d])`,
    apart(
      ([, one, other, symbol]) =>
        `${cardinal(one!)} or ${cardinal(other!)} ${{ Hz: 'hertz', kHz: 'kilohertz', V: 'volts', W: 'watts' }[symbol!]}`,
    ),
  ),
  rule(
    `(${DIMENSION})[x×](${DIMENSION})[x×](${DIMENSION})(?:\\s?(${ANY_UNIT}))?(?![\\w"'.])`,
    apart(
      ([, one, other, last, symbol]) =>
        `${[one, other, last].map((side) => sayNumber(side!)).join(' by ')}${symbol === undefined ? '' : ` ${unit(symbol, false)}`}`,
    ),
  ),
  rule(
    `(${DIMENSION})\\s?[x×]\\s?(${DIMENSION})(?=\\s?[x×]\\s?\\d)`,
    apart(([, one, other]) => `${sayNumber(one!)} by ${sayNumber(other!)}`),
  ),
  rule(`(?<=\\d\\s?[x×]\\s?${DIMENSION})\\s?[x×]\\s?(?=\\d)`, () => ' by '),
  rule(
    String.raw`(\d{1,2}):(\d{1,3}(?:,\d{3}){1,3}|\d{4,7})(?![\d:,])`,
    apart(([, one, other]) => `${cardinal(one!)} to ${sayNumber(other!)}`),
  ),
  rule(
    String.raw`MX\$\s?(\d{1,9}(?:\.\d{1,2})?)(?!\d)`,
    apart(([, amount]) => `${sayNumber(amount!)} Mexican pesos`),
  ),
  rule(
    String.raw`¢(\d{1,3})(?!\d)`,
    ([, cents]) => `${cardinal(cents!)} ${cents === '1' ? 'cent' : 'cents'}`,
  ),
  rule(String.raw`(?<=[\dA-Z])\s?@\s?(?=\d)`, () => ' at '),
  rule(
    String.raw`[Ee]sp\.`,
    apart((match, text) => `especially${/\w/.test(charAfter(match, text)) ? ' ' : ''}`),
  ),
]
