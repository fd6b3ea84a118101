/**
 * English abbreviations and Roman numerals as rules, by what stands beside them.
 */
import { cardinal, ordinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

/** Said the same wherever they stand; the point is theirs. */
const ALWAYS: Readonly<Record<string, string>> = {
  'approx.': 'approximately',
  'vs.': 'versus',
  'e.g.': 'for example',
  'i.e.': 'that is',
  'a.k.a.': 'also known as',
  'Prof.': 'Professor',
  'prof.': 'professor',
  'Dept.': 'Department',
  'dept.': 'department',
  'Rep.': 'Representative',
  'Sen.': 'Senator',
  'Mt.': 'Mount',
  'Ft.': 'Fort',
  'Ave.': 'Avenue',
  'Blvd.': 'Boulevard',
  'Rd.': 'Road',
  'Hwy.': 'Highway',
  'Apt.': 'Apartment',
  'Col.': 'Colonel',
  'Maj.': 'Major',
  'Cpl.': 'Corporal',
  'Cmdr.': 'Commander',
  'Adm.': 'Admiral',
  'Pres.': 'President',
  'Supt.': 'Superintendent',
  'Mr.': 'Mister',
  'Mrs.': 'Misses',
  'Ms.': 'Miss',
  'mr.': 'mister',
  'mrs.': 'misses',
  'Messrs.': 'Messieurs',
  'Jr.': 'Junior',
  'Sr.': 'Senior',
  'Esq.': 'Esquire',
  'Fr.': 'Father',
  'Bros.': 'Brothers',
  'Assn.': 'Association',
  'Univ.': 'University',
  'est.': 'established',
  'incl.': 'including',
  'excl.': 'excluding',
  'resp.': 'respectively',
  'misc.': 'miscellaneous',
  'Fig.': 'Figure',
  'fig.': 'figure',
  'Figs.': 'Figures',
  'Eq.': 'Equation',
  'Sec.': 'Section',
  'Ch.': 'Chapter',
  'Vol.': 'Volume',
  'vol.': 'volume',
  'govt.': 'government',
  'mgmt.': 'management',
  'tel.': 'telephone',
  'Tel.': 'Telephone',
  'temp.': 'temperature',
  'max.': 'maximum',
  'min.': 'minimum',
  'avg.': 'average',
  'appt.': 'appointment',
  'cont.': 'continued',
  'ed.': 'edition',
  'w/o': 'without',
  'w/': 'with ',
  'b/c': 'because',
  'c/o': 'care of',
}
/** End a sentence as often as not, so a point stays where one could end. */
const LAST: Readonly<Record<string, string>> = {
  'etc.': 'et cetera',
  'Inc.': 'Incorporated',
  'Ltd.': 'Limited',
  'Co.': 'Company',
  'Corp.': 'Corporation',
  'Ph.D.': 'P H D',
  'M.D.': 'M D',
  'B.A.': 'B A',
  'U.S.A.': 'U S A',
  'U.S.': 'U S',
  'U.K.': 'U K',
  'E.U.': 'E U',
  'U.N.': 'U N',
  'D.C.': 'D C',
}
/** Before a number only. */
const NUMBERED: Readonly<Record<string, string>> = {
  'No.': 'number',
  'no.': 'number',
  'Nos.': 'numbers',
  'p.': 'page',
  'pp.': 'pages',
  'ch.': 'chapter',
  'ca.': 'about',
  'c.': 'about',
  'Art.': 'Article',
  'art.': 'article',
}
/** Where no day follows; with one they are a date. */
const MONTHS: Readonly<Record<string, string>> = {
  'Jan.': 'January',
  'Feb.': 'February',
  'Mar.': 'March',
  'Apr.': 'April',
  'Aug.': 'August',
  'Sept.': 'September',
  'Oct.': 'October',
  'Nov.': 'November',
  'Dec.': 'December',
}
const DAYS: Readonly<Record<string, string>> = {
  'Mon.': 'Monday',
  'Tue.': 'Tuesday',
  'Tues.': 'Tuesday',
  'Wed.': 'Wednesday',
  'Thu.': 'Thursday',
  'Thur.': 'Thursday',
  'Thurs.': 'Thursday',
  'Fri.': 'Friday',
  'Sat.': 'Saturday',
  'Sun.': 'Sunday',
}

/** One pattern of a table's keys, longest first. */
const oneOf = (table: Readonly<Record<string, string>>) =>
  `(?:${Object.keys(table)
    .sort((a, b) => b.length - a.length)
    .map((key) => key.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('|')})`

const ROMAN = 'X{0,3}(?:IX|IV|V?I{0,3})'
const PARTS =
  'Chapter|CHAPTER|chapter|Part|PART|part|Section|section|Volume|volume|Book|Act|Scene|Article|Appendix|Phase|phase|Stage|stage|Level|Type|type|Class|Grade|Unit|Episode|Season|Title|Figure|Table|Lesson|Division|Region|War|Bowl|Apollo|Gemini|Mark|Final Fantasy|Rocky|Windows|Symphony'
const RULERS =
  'Henry|Louis|Edward|George|Charles|James|William|Richard|Elizabeth|Mary|Philip|Pius|John|Paul|Benedict|Napoleon|Alexander|Nicholas|Catherine|Frederick|Leo|Gregory|Clement|Innocent|Urban|Peter|Ivan|Francis|Ferdinand|Joseph|Leopold|Wilhelm|Friedrich|Otto|Ludwig|Ramses|Ramesses|Ptolemy|Cleopatra|Harold|Stephen|Robert|David|Malcolm|Alfonso|Carlos|Felipe|Juan|Gustav|Christian|Haakon|Olaf|Margrethe|Rama|Boniface|Julius|Sixtus|Celestine|Victoria|Xerxes|Darius|Albert|Baldwin|Rudolf|Maximilian|Manuel|Pedro|Umberto|Victor Emmanuel'

/** I … XXXIX → 1 … 39. */
export function romanValue(numeral: string): number {
  const VALUES: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10 }
  let sum = 0
  for (let i = 0; i < numeral.length; i++) {
    const value = VALUES[numeral[i]!]!
    sum += value < (VALUES[numeral[i + 1] ?? ''] ?? 0) ? -value : value
  }
  return sum
}

const spaced = (match: RegExpExecArray, text: string) =>
  /[A-Za-z\d]/.test(text[match.index + match[0].length] ?? ' ') ? ' ' : ''

export const ABBREVIATION_RULES: readonly Rule[] = [
  rule(
    `(${PARTS})( )(?=[IVX])(${ROMAN})(?![A-Za-z'])`,
    apart(([, part, space, roman]) =>
      roman === '' ? undefined : `${part}${space}${cardinal(String(romanValue(roman!)))}`,
    ),
  ),
  rule(
    `(${RULERS}) (?=[IVX])(${ROMAN})(?=(?:'s)?(?:[\\s.,;:!?)]|$))`,
    apart((match, text) => {
      const [, name, roman] = match
      // "Charles I met" is a person and a pronoun; a ruler's I is followed by what rulers do.
      if (
        roman === '' ||
        (roman === 'I' &&
          !/^(?:'s|[.,;:!?)]|$| (?:of|was|became|reigned|died|ruled|is)\b)/.test(
            text.slice(match.index + match[0].length, match.index + match[0].length + 12),
          ))
      )
        return undefined
      return `${name} the ${ordinal(String(romanValue(roman!)))}`
    }),
  ),
  rule(
    `(?=[IVX]{2})(${ROMAN})(?![A-Za-z'-])`,
    apart((match, text) =>
      match[1] !== '' && /[A-Z][a-z]+ $/.test(text.slice(Math.max(0, match.index - 20), match.index))
        ? cardinal(String(romanValue(match[1]!)))
        : undefined,
    ),
  ),
  rule(
    String.raw`St\.(?= [A-Z][a-z])`,
    apart((match, text) =>
      /\b(?:\d\w*|[A-Z][a-z]+) $/.test(text.slice(Math.max(0, match.index - 24), match.index)) &&
      !/^ (?:[A-Z][a-z]+'s|Mary|John|Paul|Peter|Louis|George|Patrick|James|Andrew|Nicholas)\b/.test(
        text.slice(match.index + 3, match.index + 20),
      ) &&
      /\d/.test(text.slice(Math.max(0, match.index - 24), match.index))
        ? 'Street'
        : 'Saint',
    ),
  ),
  rule(
    String.raw`St\.(?=\s*[,;:]|\s+[a-z]|\s*$)`,
    apart(() => 'Street'),
  ),
  rule(
    String.raw`Dr\.(?=\s*[,;:]|\s+[a-z]|\s*$)`,
    apart((match, text) =>
      /[A-Z][a-z]+ $/.test(text.slice(Math.max(0, match.index - 20), match.index)) ? 'Drive' : 'doctor',
    ),
  ),
  rule(
    String.raw`[Dd]r\.`,
    apart(() => 'doctor'),
  ),
  rule(
    `(${oneOf(NUMBERED)})\\s?(?=\\d)`,
    apart(([, key]) => `${NUMBERED[key!]!} `),
  ),
  rule(
    `(${oneOf(MONTHS)})(?!\\s*\\d)`,
    apart(([, key]) => MONTHS[key!]!),
  ),
  rule(
    `(${oneOf(DAYS)})(?=,| \\d| at |-|\\)| [A-Z][a-z]{2,8}\\.? \\d)`,
    apart(([, key]) => DAYS[key!]!),
  ),
  rule(
    `(${oneOf(ALWAYS)})`,
    apart((match, text) => ALWAYS[match[1]!]! + (match[1]!.endsWith('.') ? spaced(match, text) : '')),
  ),
  rule(
    `(${oneOf(LAST)})`,
    apart((match, text) => {
      const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 4)
      return (
        LAST[match[1]!]! +
        (/^["')\]]*(?:\s+[A-Z"'(]|\s*$)/.test(rest) && (/^\s*$/.test(rest) || match[1] === 'etc.')
          ? '.'
          : spaced(match, text))
      )
    }),
  ),
  // Single letters with points: A.B.C.
  rule(
    String.raw`(?:[A-Z]\.){2,8}`,
    apart(([letters]) => letters.replaceAll('.', ' ').trim()),
  ),
]
