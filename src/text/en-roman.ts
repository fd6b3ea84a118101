/**
 * Roman numerals in English: of parts, rulers, centuries and years, by what stands beside them.
 */
import { cardinal, ordinal, year } from './en-numbers.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

const ROMAN = '(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})'
const LONG = 'M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})'
/** What has parts; a short form is said in full. */
const PARTS =
  'Chapter|CHAPTER|chapter|Part|PART|part|Section|section|Volume|volume|Book|book|Act|Scene|Article|Appendix|Phase|phase|Stage|stage|Level|Type|type|Class|Grade|Unit|Episode|Season|Title|Figure|Table|Lesson|Division|Region|War|Bowl|Apollo|Gemini|Mark|Final Fantasy|Rocky|Windows|Symphony|Quest|GTA|Theft Auto|iPhone|Mac OS|Schedule|Annex|Canto|Sonata|century|Century|Olympiad|Corps|Protocol|Psalm|Article|Amendment|No\\.|Vol\\.|vol\\.|Ch\\.|ch\\.|Fig\\.|Sec\\.|Pt\\.|pt\\.|Art\\.|Bk\\.'
const SHORT: Readonly<Record<string, string>> = {
  'No.': 'number',
  'Vol.': 'Volume',
  'vol.': 'volume',
  'Ch.': 'Chapter',
  'ch.': 'chapter',
  'Fig.': 'Figure',
  'Sec.': 'Section',
  'Pt.': 'Part',
  'pt.': 'part',
  'Art.': 'Article',
  'Bk.': 'Book',
}
const RULERS =
  'Henry|Louis|Edward|George|Charles|James|William|Richard|Elizabeth|Mary|Philip|Pius|John|Paul|Benedict|Napoleon|Alexander|Nicholas|Catherine|Frederick|Leo|Gregory|Clement|Innocent|Urban|Peter|Ivan|Francis|Ferdinand|Joseph|Leopold|Wilhelm|Friedrich|Otto|Ludwig|Ramses|Ramesses|Ptolemy|Cleopatra|Harold|Stephen|Robert|David|Alfonso|Carlos|Felipe|Juan|Gustav|Gustaf|Christian|Haakon|Olaf|Harald|Margrethe|Rama|Boniface|Julius|Sixtus|Celestine|Victoria|Xerxes|Darius|Albert|Baldwin|Rudolf|Maximilian|Manuel|Pedro|Umberto|Victor Emmanuel|Constantine|Theodosius|Hassan|Mohammed|Mehmed|Selim|Murad|Abdullah|Willem|Wenceslaus|Casimir|Sigismund|Umar|Thutmose|Amenhotep|Nebuchadnezzar|Philippe|Pope|Henri|Karl|Heinrich'
const VALUES: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 }

/** I … MMMCMXCIX → 1 … 3999. */
export function romanValue(numeral: string): number {
  let sum = 0
  for (let i = 0; i < numeral.length; i++) {
    const value = VALUES[numeral[i]!]!
    sum += value < (VALUES[numeral[i + 1] ?? ''] ?? 0) ? -value : value
  }
  return sum
}

/** Before an argument in brackets. */
const FUNCTION = /\b(?:prime|log) of $|\b(?:sin|cos|tan|cot|sec|csc|log|ln|exp|det) $|(?:^|[^\w'])[fghFGPQ] $/
const BESIDE_VARIABLE = /^(?:,|,? and|,? or) \((?![ivx]\))[a-z]\)/
const isRoman = (numeral: string) => new RegExp(`^${ROMAN}$`).test(numeral)
const said = (roman: string) => cardinal(String(romanValue(roman)))

/** Parts of a law in brackets: a letter, then a numeral, then a number. */
export const paragraph = (inside: string, i: number): string =>
  /\d/.test(inside)
    ? cardinal(inside)
    : i > 0 && /^[ivx]+$/.test(inside)
      ? said(inside.toUpperCase())
      : inside.toUpperCase()

export const ROMAN_RULES: readonly Rule[] = [
  rule(
    String.raw`(?<=\b(?:[Ss]ections?|[Aa]rticles?|[Cc]lauses?|[Rr]ules?|[Pp]ara(?:graph)?s?\.?|[Rr]eg(?:ulation)?s?\.?|[Ss]ch(?:edule)?s?\.?|[Ii]tems?|[Qq]uestions?|[Ss]ec\.|[Aa]rt\.) ?\d{1,4}(?:\.\d{1,3}){0,3} ?|§ ?\d{1,4}(?:\.\d{1,3}){0,3} ?)(?:\((?:[a-zA-Z]|[ivx]{1,5}|\d{1,2})\)){1,4}`,
    ([brackets]) =>
      ` ${brackets
        .slice(1, -1)
        .split(')(')
        .map((inside, i) => paragraph(inside, i))
        .join(' ')}`,
  ),
  rule(
    `(${PARTS})( )(?=[IVXL])(${ROMAN})(?:\\.(\\d{1,3})(?![\\d.]{0,24}\\d))?(?![A-Za-z'])`,
    apart((match, text) => {
      const [, part, space, roman, under] = match
      // "No. I won't." denies.
      return roman === '' || (part === 'No.' && roman === 'I' && /^ [a-z]/.test(behind(match, text, 2)))
        ? undefined
        : `${SHORT[part!] ?? part}${space}${said(roman!)}${under === undefined ? '' : ` point ${cardinal(under)}`}`
    }),
  ),
  rule(
    `(${RULERS}) (?=[IVX])(${ROMAN})(?=(?:'s)?(?:[\\s.,;:!?)]|$))`,
    apart((match, text) => {
      const [, name, roman] = match
      // "Charles I met" is a person and a pronoun; a ruler's I is followed by what rulers do.
      if (
        roman === '' ||
        (roman === 'I' &&
          !/^(?:'s|[.,;:!?)]|$| (?:of|was|became|reigned|died|ruled|is)\b)/.test(behind(match, text, 12)))
      )
        return undefined
      return `${name} the ${ordinal(String(romanValue(roman!)))}`
    }),
  ),
  rule(
    `(?=[IVX])(${ROMAN})(?=(?:st|nd|rd|th)? [cC]entur)(?:st|nd|rd|th)?`,
    apart(([, roman]) => (roman === '' ? undefined : ordinal(String(romanValue(roman!))))),
  ),
  rule(
    'WW ?(I{1,3}|[123])(?!\\w)',
    apart(([, number]) => `World War ${/\d/.test(number!) ? cardinal(number!) : said(number!)}`),
  ),
  // In small letters: the pages before the first, scenes, points of a list.
  rule(
    String.raw`((?:[Pp]ages?|pp?\.|[Ss]cene|[Aa]ct|[Cc]hapter|[Pp]art|[Ss]ection|[Cc]lause|[Ii]tem|[Pp]hase|[Vv]ersion|[Pp]aragraph) \(?)([ivx]{1,6})(?![A-Za-z'])`,
    apart(([, lead, roman]) => {
      const value = romanValue(roman!.toUpperCase())
      return isRoman(roman!.toUpperCase())
        ? `${lead!.replace(/^pp\. /, 'pages ').replace(/^p\. /, 'page ')}${cardinal(String(value))}`
        : undefined
    }),
  ),
  rule(String.raw`\((?=[ivx]{1,5}\))([ivx]{1,5})\)`, (match, text) =>
    /[\w']/.test(text[match.index - 1] ?? ' ') ||
    !isRoman(match[1]!.toUpperCase()) ||
    (match[1]!.length === 1 &&
      (FUNCTION.test(ahead(match, text, 10)) || BESIDE_VARIABLE.test(behind(match, text, 9))))
      ? undefined
      : `(${cardinal(String(romanValue(match[1]!.toUpperCase())))})`,
  ),
  // IV.2 is a section of a part.
  rule(
    `(?=[IVX])(${ROMAN})\\.(\\d{1,3})(?![\\d.]{0,24}\\d)`,
    apart(([, roman, part]) => (roman === '' ? undefined : `${said(roman!)} point ${cardinal(part!)}`)),
  ),
  // A list of them begins with one.
  rule(
    '(I{1,2})(?=,? (?:and |or )?I{2,3}(?![A-Za-z]))',
    apart(([, roman]) => said(roman!)),
  ),
  // Nothing but a numeral.
  rule(`(?=[IVX]{2})(${ROMAN})(?=\\.?\\s*$)`, (match, text) =>
    match[1] === '' || text.slice(0, match.index).trim() !== '' ? undefined : said(match[1]!),
  ),
  // Of three letters and more by itself; of two behind a name; of five and more it is a year.
  rule(
    `(?=[IVX]{2})(${ROMAN})(?![A-Za-z'-])`,
    apart((match, text) =>
      match[1] !== '' &&
      (match[1]!.length >= 3 ||
        /(?:[A-Z][a-z]+|I,?|I, and|I and) $/.test(text.slice(Math.max(0, match.index - 20), match.index)))
        ? said(match[1]!)
        : undefined,
    ),
  ),
  rule(
    `(?=[IVXLCDM]{5})(${LONG})(?![A-Za-z'-])`,
    apart(([, roman]) => {
      const value = romanValue(roman!)
      return value > 1000 ? year(String(value)) : cardinal(String(value))
    }),
  ),
]
