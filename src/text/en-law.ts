/**
 * What courts, laws and reporters write short, as English rules: series of reports, public laws, sections with parts.
 */
import { nameNumber } from './en-models.ts'
import { cardinal, ordinal } from './en-numbers.ts'
import { paragraph, romanValue } from './en-roman.ts'
import { STATE, stateName } from './en-states.ts'
import { apart, type Rule, rule } from './rules.ts'

const SERIES =
  'F\\. ?Supp|L\\. ?Ed|S\\. ?Ct|Cal\\. ?Rptr|Cal\\. ?App|N\\.Y\\.S|N\\.E|N\\.W|S\\.E|S\\.W|So|F|P|A'
const REPORTERS: Readonly<Record<string, string>> = {
  Supp: 'Supplement',
  Ed: 'Edition',
  Ct: 'Court',
  Cal: 'California',
  Rptr: 'Reporter',
  App: 'Appellate',
  So: 'Southern',
}
const reporter = (series: string) =>
  series
    .split(/\. ?/)
    .map((part) => REPORTERS[part] ?? part)
    .join(' ')
const PARTIES: Readonly<Record<string, string>> = { D: 'Democrat', R: 'Republican', I: 'Independent' }
const RANKS: Readonly<Record<string, string>> = {
  Det: 'Detective',
  Insp: 'Inspector',
  Pvt: 'Private',
  Brig: 'Brigadier',
  Cdr: 'Commander',
  Amb: 'Ambassador',
  Atty: 'Attorney',
}

export const LAW_RULES: readonly Rule[] = [
  rule(
    `(?<=\\d )(${SERIES})(?:\\. ?| )([2345])(?:d|th)(?= \\d|[,;)]|$)`,
    ([, series, number]) => `${reporter(series!)} ${ordinal(number!)}`,
  ),
  rule(`(?<=\\d )(F\\. ?Supp|S\\. ?Ct|L\\. ?Ed|Cal\\. ?Rptr)\\.(?= \\d)`, ([, series]) => reporter(series!)),
  rule(
    String.raw`(Pub|Priv)\. ?L\.(?= )`,
    apart(([, kind]) => (kind === 'Pub' ? 'Public Law' : 'Private Law')),
  ),
  rule(String.raw`(?<=\d )Stat\.(?= \d)`, () => 'Statutes'),
  rule(String.raw`(?<=\d )nn?\. ?(?=\d)`, ([short]) => (short.startsWith('nn') ? 'notes ' : 'note ')),
  rule('§§ ?', () => 'sections '),
  rule(
    String.raw`(?<=§§? ?|[Ss]ections? )(\d{1,4})\.(\d{1,4})(?:([a-z])(?:-(\d{1,3}))?|-(\d{1,3}))(?![\w.-]{0,24}\w)`,
    ([, title, section, letter, part, other]) =>
      [
        cardinal(title!),
        'point',
        cardinal(section!),
        ...(letter === undefined ? [] : [letter]),
        ...(part === undefined && other === undefined ? [] : [`dash ${cardinal((part ?? other)!)}`]),
      ].join(' '),
  ),
  rule(
    `\\(([DRI])-(${STATE})-(\\d{1,2})\\)`,
    ([, party, state, district]) => `(${PARTIES[party!]}, ${stateName(state!)} ${cardinal(district!)})`,
  ),
  rule('\\([Rr]et\\.\\)', () => '(retired)'),
  rule(
    `(${Object.keys(RANKS).join('|')})\\.(?= [A-Z][a-z]+)`,
    apart(([, rank]) => RANKS[rank!]),
  ),
  // Parts of a rule in brackets, two and more: 12(b)(6), 501(c)(3).
  rule(
    String.raw`(\d{1,4})((?:\((?:[a-zA-Z]|[ivx]{1,4}|\d{1,2})\)){2,5})(?!\w)`,
    apart(
      ([, number, parts]) =>
        `${number!.length > 2 ? nameNumber(number!) : cardinal(number!)} ${parts!
          .slice(1, -1)
          .split(')(')
          .map(paragraph)
          .join(' ')}`,
    ),
  ),
  // Sections by a letter, and those whose chapter stands before a dash.
  rule(String.raw`(?=s)(?<=\b(?:[Uu]nder|[Ss]ee|by|of|in|with|to|and|or|per) )(ss?)\. ?(?=\d)`, ([, many]) =>
    many === 's' ? 'section ' : 'sections ',
  ),
  rule(
    String.raw`(?=\d)(?<=\b[Ss]ec(?:tion|\.) )(\d{1,3})-(\d{3})(?![\w-])`,
    ([, chapter, section]) => `${cardinal(chapter!)} dash ${nameNumber(section!)}`,
  ),
  // Stage IVb: a letter behind a numeral.
  rule(
    '(Stage|stage|Type|type|Class|class|Grade|grade|Table|Group|Phase|phase) (?=[IVX])(X{0,2}(?:IX|IV|V?I{0,3}))([a-dA-D])(?!\\w)',
    apart(([, kind, numeral, letter]) =>
      numeral === '' ? undefined : `${kind} ${cardinal(String(romanValue(numeral!)))} ${letter}`,
    ),
  ),
]
