/**
 * English abbreviations as rules, by what stands beside them.
 */
import { BARE_RULES, oneOf } from './en-bare-abbreviations.ts'
import { ENDS_SENTENCE, sentenceEnd } from './en-names.ts'
import { DAYS, MONTHS, YEARED } from './en-short-days.ts'
import { apart, behind, charAfter, charBefore, type Rule, rule } from './rules.ts'

/** Said the same wherever they stand; the point is theirs. */
const ALWAYS: Readonly<Record<string, string>> = {
  'approx.': 'approximately',
  'vs.': 'versus',
  'e.g.': 'for example',
  'i.e.': 'that is',
  'a.k.a.': 'also known as',
  'Prof.': 'Professor',
  'prof.': 'professor',
  'Profs.': 'Professors',
  'Rep.': 'Representative',
  'Sen.': 'Senator',
  'Mt.': 'Mount',
  'Ft.': 'Fort',
  'Ave.': 'Avenue',
  'Blvd.': 'Boulevard',
  'Rd.': 'Road',
  'Hwy.': 'Highway',
  'Rte.': 'Route',
  'Div.': 'Division',
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
  'Fr.': 'Father',
  'est.': 'established',
  'incl.': 'including',
  'excl.': 'excluding',
  'resp.': 'respectively',
  'misc.': 'miscellaneous',
  'Fig.': 'Figure',
  'fig.': 'figure',
  'Figs.': 'Figures',
  'Eq.': 'Equation',
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
  'cf.': 'compare',
  'et al.': 'and others',
  'fl. oz.': 'fluid ounces',
  'a.m.': 'A M',
  'p.m.': 'P M',
  'Ste.': 'Suite',
  'Sq.': 'Square',
  'Pkwy.': 'Parkway',
  'Ln.': 'Lane',
  'Ct.': 'Court',
  'intl.': 'international',
  'orig.': 'original',
  'Mts.': 'Mountains',
  'viz.': 'namely',
  'elev.': 'elevation',
  'feat.': 'featuring',
  'ibid.': 'in the same place',
  'Ibid.': 'In the same place',
  'Tue.': 'Tuesday',
  'Tues.': 'Tuesday',
  'Thur.': 'Thursday',
  'Thurs.': 'Thursday',
  'Fri.': 'Friday',
  vs: 'versus',
  aka: 'also known as',
  'ed. by': 'edited by',
  'op. cit.': 'in the work cited',
  'ed.': 'edition',
  'w/o': 'without',
  'w/out': 'without',
  'attn.': 'attention',
  'Attn.': 'Attention',
  'b/c': 'because',
  'c/o': 'care of',
  'w/in': 'within',
  'avail.': 'available',
  'blks.': 'blocks',
  'Jct.': 'Junction',
  'mgr.': 'manager',
  'wk.': 'week',
  edn: 'edition',
}
/** End a sentence as often as not, so a point stays where one could end. */
const LAST: Readonly<Record<string, string>> = {
  'etc.': 'et cetera',
  'Etc.': 'Et cetera',
  'Inc.': 'Incorporated',
  'Ltd.': 'Limited',
  'Co.': 'Company',
  'Corp.': 'Corporation',
  'Ph.D.': 'P H D',
  'Ed.D.': 'E D D',
  'LL.B.': 'L L B',
  'LL.M.': 'L L M',
  'M.D.': 'M D',
  'B.A.': 'B A',
  'U.S.A.': 'U S A',
  'U.S.': 'U S',
  'U.K.': 'U K',
  'E.U.': 'E U',
  'U.N.': 'U N',
  'D.C.': 'D C',
  'B.Sc.': 'B S C',
  'M.Sc.': 'M S C',
  'B.S.': 'B S',
  'M.A.': 'M A',
  'Bldg.': 'Building',
  'Dept.': 'Department',
  'dept.': 'department',
  'Jr.': 'Junior',
  'Sr.': 'Senior',
  'Jnr.': 'Junior',
  'Snr.': 'Senior',
  'Esq.': 'Esquire',
  'Bros.': 'Brothers',
  'Assn.': 'Association',
  'Univ.': 'University',
  'Utd.': 'United',
}
/** Before a number only. */
const NUMBERED: Readonly<Record<string, string>> = {
  'No.': 'number',
  'no.': 'number',
  'nos.': 'numbers',
  'Fl.': 'Floor',
  'NO.': 'number',
  'Lv.': 'level',
  'Rte.': 'Route',
  'Rm.': 'Room',
  'Suppl.': 'Supplement',
  'LV.': 'level',
  'Nos.': 'numbers',
  'p.': 'page',
  'pp.': 'pages',
  'ch.': 'chapter',
  'ca.': 'about',
  'Art.': 'Article',
  'art.': 'article',
  'nr.': 'number',
  'Nr.': 'number',
  'sec.': 'section',
  'Sec.': 'Section',
  'Ref.': 'Reference',
  'ref.': 'reference',
  'Pt.': 'Part',
  'pt.': 'part',
  'para.': 'paragraph',
  'Sch.': 'Schedule',
  'Tab.': 'Table',
  'Eqn.': 'Equation',
  'eq.': 'equation',
  'eqn.': 'equation',
  'Exp.': 'Experiment',
  'ex.': 'exercise',
  'exs.': 'exercises',
  'Rt.': 'Route',
  'll.': 'lines',
  'sc.': 'scene',
  'ep.': 'episode',
  'Ep.': 'Episode',
  'bk.': 'book',
  'Bk.': 'Book',
  'Blk.': 'Block',
  'pg.': 'page',
  'Pg.': 'Page',
  'cl.': 'clause',
  'Dkt.': 'Docket',
}
/** Short forms in small letters that people write with a capital as well. */
const BEGINNING =
  '(?:Approx|Max|Min|Avg|Temp|Incl|Excl|Misc|Orig|Appt|Intl|Vs|Cont|Govt|Mgmt|Est|Resp|Cf|Viz|E\\.g|I\\.e)\\.'

const spaced = (match: RegExpExecArray, text: string) =>
  /[A-Za-z\d]/.test(text[match.index + match[0].length] ?? ' ') ? ' ' : ''

/** The point of these ends the sentence as well where they stand last. */
const ENDERS = new Set(['a.m.', 'p.m.', 'et al.', 'Tue.', 'Tues.', 'Thur.', 'Thurs.', 'Fri.'])
const endOf = (match: RegExpExecArray, text: string) =>
  ENDERS.has(match[1]!) && /^\s*(?:$|[A-Z])/.test(text.slice(match.index + match[0].length).slice(0, 3))
    ? '.'
    : spaced(match, text)

export const ABBREVIATION_RULES: readonly Rule[] = [
  ...BARE_RULES,
  // At the beginning of a line or a label: Max. load, Approx. 5.
  rule(
    `(${BEGINNING})(?=:? ?[a-z\\d])(?!(?<=M(?:ax|in)\\.) (?!load|weight|speed|length|height|width|depth|temp|size|of|number|order|score|capacity|power|current|voltage|output|input|price|age|pressure|time|value|rate|distance|stay|bid|qty|\\d)[a-z])`,
    apart(([, key]) => {
      const said = ALWAYS[key!.toLowerCase()]!
      return said[0]!.toUpperCase() + said.slice(1)
    }),
  ),
  rule(String.raw`(?<=\d(?:st|nd|rd|th) )[Ff]l(?:\.(?=,|\s[a-z])|(?!\w|\.\w))`, () => 'floor'),
  rule(String.raw`(?<=\d)-yr-old(?!\w)`, () => '-year-old'),
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
    String.raw`(?:[Dd]r|DR)\.`,
    apart((match, text) => `doctor${spaced(match, text)}`),
  ),
  rule(
    `(${oneOf(YEARED)})\\s?(?=[12]\\d{2,3}(?!\\d)|\\d{1,4} ?(?:BCE?|CE|AD)\\b)`,
    apart(([, key]) => `${YEARED[key!]!} `),
  ),
  rule(
    `(${oneOf(NUMBERED)})\\s?(?=\\(?\\d)`,
    apart((match, text) =>
      // "He said no. 5 people came."
      match[1] === 'no.' &&
      /\b(?:sa(?:id|ys?)|answered|replied|(?:is|was) a)\s$|^$/.test(
        text.slice(Math.max(0, match.index - 12), match.index),
      ) &&
      !/^\d{1,9}[.,;!?)](?!\d{3})/.test(text.slice(match.index + match[0].length).slice(0, 12))
        ? undefined
        : `${NUMBERED[match[1]!]!} `,
    ),
  ),
  rule(
    `(${oneOf(MONTHS)})(?!\\s*\\d)`,
    apart((match, text) => MONTHS[match[1]!]! + sentenceEnd(match, text)),
  ),
  rule(
    `(${oneOf(DAYS)})(?=,| \\d| at | to | through | and | & | or |-|\\)| (?:morning|night|evening|afternoon|noon)\\b| [A-Z][a-z]{2,8}\\.? \\d|(?<=(?:[AaPp]\\.?[Mm]\\.?|on|this|next|last|by|until|noon) [A-Z][a-z]{2,4}\\.)\\s+[A-Z])`,
    apart(
      (match, text) =>
        DAYS[match[1]!]! + (/^\s+[A-Z][a-z]+(?! ?\.? ?\d)\b/.test(behind(match, text, 14)) ? '.' : ''),
    ),
  ),
  rule(
    `(${oneOf(ALWAYS)})`,
    apart((match, text) =>
      (/[A-Za-z]$/.test(match[1]!) && /[\w'.]/.test(charAfter(match, text))) ||
      charBefore(match, text) === '/'
        ? undefined
        : ALWAYS[match[1]!]! + (match[1]!.endsWith('.') ? endOf(match, text) : ''),
    ),
  ),
  rule(
    `(${oneOf(LAST)})`,
    apart((match, text) => {
      const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 4)
      return (
        LAST[match[1]!]! +
        (ENDS_SENTENCE.test(text.slice(match.index + match[0].length, match.index + match[0].length + 12)) ||
        (/^["')\]]*\s+[A-Z"'(]/.test(rest) && /^[Ee]tc\.$/.test(match[1]!))
          ? '.'
          : spaced(match, text))
      )
    }),
  ),
  rule(
    String.raw`w\/ ?(?=[A-Za-z\d])`,
    apart(() => 'with '),
  ),
]
