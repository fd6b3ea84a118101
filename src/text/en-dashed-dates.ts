/**
 * English dates whose parts dashes join, apart from codes that look alike: `due 03-07-25`, `combination 12-13-24`.
 */
import { DATED, MONTH, NAMES, named, numbered, sayYear } from './en-calendar.ts'
import { ordinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

/** Behind these three numbers with dashes are a code. */
const CODED =
  /\b(?:code|combination|combo|lock|locker|safe|number|no|part|item|sku|serial|id|pin|model|account|reference|ref|section|lottery|numbers|draw|extension|isbn|batch|lot|key|sort|won|lost|score|record|ratio)\b[^.!?]{0,12}$|#\s?$/i
const CODE_REACH = 32

export const DASHED_DATE_RULES: readonly Rule[] = [
  // The reference wants something else than a full stop behind.
  rule(
    String.raw`((?:19|20)\d\d)([-/])(\d{1,2})\2(\d{1,2})(?=\.(?!\d))`,
    apart(([, digits, , month, day]) => {
      const date = Number(month) > 12 ? undefined : numbered(month!, day!, true)
      return date === undefined ? undefined : `${date} ${sayYear(digits!)}`
    }),
  ),
  rule(
    `(\\d{1,2})(?:-(${MONTH})-((?:19|20)?\\d\\d)(?![\\w-])| (${MONTH}) ([2-3]\\d)(?=[.,;)]?(?:\\s*$| (?:at|and|to)\\b)))`,
    apart(([, day, dashedMonth, dashed, apartMonth, short]) => {
      const [month, digits] = [dashedMonth ?? apartMonth, dashed ?? short]
      const name = named(NAMES, month!)
      return Number(day) < 1 || Number(day) > 31
        ? undefined
        : `the ${ordinal(String(Number(day)))} of ${name} ${sayYear(digits!)}`
    }),
  ),
  rule(
    String.raw`((?:19|20)\d\d)\.(0[1-9]|1[0-2])\.(0[1-9]|[12]\d|3[01])(?![\w-]|\.\d)`,
    apart(([, digits, month, day]) => `${numbered(month!, day!, true)!} ${sayYear(digits!)}`),
  ),
  // Dashes join dates and codes; the words in front tell.
  rule(
    String.raw`(\d{1,2})-(\d{1,2})-(\d{2})(?![\w-]|\.\d)`,
    apart((match, text) => {
      const lead = text.slice(Math.max(0, match.index - CODE_REACH), match.index)
      const dated = new RegExp(
        `\\b(?:${DATED}|dates?|dob|expires?|effective|thru|through|and|or)[:.]? $`,
        'i',
      ).test(lead)
      const said =
        CODED.test(lead) || (/(?<!\d)\d(?!\d)/.test(match[0]) && !dated)
          ? undefined
          : numbered(match[1]!, match[2]!, true)
      return said === undefined ? undefined : `${said}, ${sayYear(match[3]!)}`
    }),
  ),
]
