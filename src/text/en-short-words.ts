/**
 * Words that forms, tickets and advertisements shorten with a point where something tells what is meant, as English rules.
 */
import { oneOf } from './en-bare-abbreviations.ts'
import { nameNumber } from './en-models.ts'
import { cardinal } from './en-numbers.ts'
import { NUMBER, sayNumber } from './en-quantities.ts'
import { ahead, apart, behind, type Rule, rule, stopBehind } from './rules.ts'

/** Said the same wherever they stand. */
const ALWAYS: Readonly<Record<string, string>> = {
  'qty.': 'quantity',
  'Qty.': 'Quantity',
  'Mme.': 'Madame',
  'Mlle.': 'Mademoiselle',
  'mtg.': 'meeting',
  'proj.': 'projected',
  'Batt.': 'Battery',
  'batt.': 'battery',
  'Sect.': 'Section',
  'stn.': 'station',
  'Tpke.': 'Turnpike',
  'Expy.': 'Expressway',
  'Fwy.': 'Freeway',
  'Hosp.': 'Hospital',
  'pkgs.': 'packages',
  'srs.': 'seniors',
  'bldg.': 'building',
  'mdse.': 'merchandise',
  'mfr.': 'manufacturer',
  'Mfr.': 'Manufacturer',
  'mfg.': 'manufacturing',
  'natl.': 'national',
  'Natl.': 'National',
  'asst.': 'assistant',
  'Asst.': 'Assistant',
  'Assoc.': 'Associate',
  'dist.': 'distance',
  'addl.': 'additional',
  'btn.': 'button',
  'wt.': 'weight',
  'Intl.': 'International',
  "gov't": 'government',
  "Gov't": 'Government',
}
/** What stands behind tells what is meant. */
const BEFORE: readonly (readonly [string, string, string])[] = [
  ['[Mm]fg\\.', ' by\\b', 'manufactured'],
  ['[Mm]ins\\.', ' of the\\b', 'minutes'],
  ['[Mm]ach\\.', ' wash', 'machine'],
  ['[Aa]vail\\.', ' (?:in|at|on|for|from|now|to)\\b', 'available'],
  ['[Ss]ched\\.', ' (?:[A-Z]\\b|\\d|for\\b)', 'schedule'],
  ['[Rr]egs?\\.', ' (?:\\(|\\d|No)', 'regulation'],
  ['[Aa]pt\\.', ' ?(?:#|\\d|[B-HJ-Z]\\b|[AI]\\b(?! [a-z]))', 'apartment'],
  ['[Aa]dm\\.', ' ?(?:[$€£\\d]|free\\b|is\\b)|: ', 'admission'],
  ['(?<=\\b(?:[Aa]n|[Tt]he) )est\\.', ' ?[$€£]\\d', 'estimated'],
  ['[Ee]st\\.', ' ?[$€£]\\d| of [$€£\\d]', 'estimate'],
  [
    '[Ee]st\\.',
    ' (?:delivery|arrival|values?|time|cost|completion|total|price|shipping|retail|reading|wait|date)\\b',
    'estimated',
  ],
  ['(?<=[a-z)] |, |\\()ft\\.', ' [A-Z][a-z]', 'featuring'],
  // A generation, no general.
  ['Gen\\.?', ' (?:[XYZ]|Alpha|Beta)\\b', 'gen'],
  ['[Mm]ed\\.?', ' (?:heat|size)\\b', 'medium'],
  ['[Aa]ppx\\.', ' [A-Z\\d]', 'appendix'],
  ['[Tt]bl\\.', ' \\d', 'table'],
  ['[Ww]t', ':', 'weight'],
  ['[Dd]im[ns]?\\.?', ':', 'dimensions'],
  ['[Qq]ty', ':', 'quantity'],
  ['[Aa]ttn', ':', 'attention'],
  ['[Hh]x', ' of\\b', 'history'],
  ['[Rr]ef\\.', ':? ?[A-Z]{1,6}[-/\\d]', 'reference'],
  // Not an answer: Patent no. US 7,654,321.
  [
    '(?<=[a-z] )(?<!\\b(?:sa(?:id|ys?)|answer(?:ed|s)?|replied|was|is|an?) )no\\.',
    ' ?[A-Z]{1,4}[ -]?\\d',
    'number',
  ],
  ['[Aa]cct\\.?', ' (?:#|no\\.|number)', 'account'],
  ['[Ee]xp\\.?', ':? [1-9]/\\d', 'expires'],
  ['med\\.?', '-(?:high|low|rare|well|sized?)\\b', 'medium'],
  ['Med', '-(?:high|low|rare|well)\\b', 'medium'],
  ['O/U', ' \\d', 'over under'],
  ['TL; ?DR', '', 'TLDR'],
  ['[Pp]roj\\.', ' ?[#A-Z]', 'project'],
  ['[Mm]tg', "s?(?:'s)?(?![\\w.])", 'meeting'],
  ['[Rr]m', ' \\d', 'room'],
  ['[Ee]xp\\.', ' dates?\\b', 'expiration'],
  ['[Rr]ef\\.', ' (?:no\\.|number|#)', 'reference'],
  ['[Nn]o\\.', ': ?[A-Z\\d]', 'number'],
  ['[Cc]nr\\.', ' (?:of\\b|[A-Z\\d])', 'corner'],
  ['[Oo]pp\\.', ' (?:the|a|[A-Z])', 'opposite'],
  ['Apt', ' #', 'apartment'],
  ['Bldg', ' [A-Z]\\b', 'building'],
  ['Rte', ' \\d', 'route'],
  ['req\\.', ' (?:\\d|an?\\b|[a-z]{3,})', 'requires'],
  ['[Ee]quiv\\.', '', 'equivalent'],
  ['[Mm]kt\\.?', ' (?:cap|value|share)\\b', 'market'],
  ["rev'd", ' ', 'revised'],
  ['bt\\.', ' [A-Z]', 'beat'],
  ['[Nn]os?\\.', ' of [a-z]', 'number'],
  ['[Dd]ef\\.', ' (?:a|[a-z]{2,})\\b', 'definitely'],
  [
    '[Pp]rob\\.',
    " (?:not|a|the|be|gonna|going|will|need|just|won't|about|[a-z]{2,12}ing|[a-z]{4,})\\b",
    'probably',
  ],
  ['[Pp]l[sz]\\.', ' ["\'(]?[A-Za-z]', 'please'],
  ['Pt\\.', ' (?:is|was|has|had|denies|reports|presents|states|c/o|will|should)\\b', 'patient'],
  ['[Ii]\\.e\\.', ',', 'that is'],
  ['[Ee]\\.g\\.', ',', 'for example'],
  ['[Pp]wd', ':? \\S', 'password'],
  [
    'OOO',
    ' (?:from|until|till|on|next|this|today|tomorrow|for|all|message|reply|starting|through|and)\\b|[.,]',
    'out of office',
  ],
]
const PERIODS: Readonly<Record<string, string>> = {
  pa: 'per annum',
  pm: 'per month',
  pw: 'per week',
  pcm: 'per calendar month',
}
const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1)

/** Behind an ordinal number. */
const NUMBERED: Readonly<Record<string, string>> = {
  Bn: 'Battalion',
  Regt: 'Regiment',
  Bde: 'Brigade',
  Inf: 'Infantry',
  Cav: 'Cavalry',
  Cir: 'Circuit',
  cent: 'century',
  Cent: 'Century',
}

export const SHORT_WORD_RULES: readonly Rule[] = [
  rule(
    `(${oneOf(ALWAYS)})`,
    apart((match, text) => {
      const rest = behind(match, text, 3)
      if (/^\w/.test(rest)) return undefined
      return (
        ALWAYS[match[1]!]! +
        (/^(?:\s*$|\s+[A-Z])/.test(rest) && /^[a-z]|^(?:Hosp|Tpke|Expy|Fwy)/.test(match[1]!) ? '.' : '')
      )
    }),
  ),
  ...BEFORE.map(([short, rest, said]) =>
    rule(
      `(${short})(?=${rest})`,
      apart(([, written]) => (/^[A-Z](?![O/])/.test(written!) ? capital(said) : said)),
    ),
  ),
  // About so many, where no book has chapters.
  rule(
    String.raw`c\.(?= ?\d{1,3}(?:[ ,]|$))`,
    apart((match, text) =>
      /\b(?:was|were|is|are|be|with|of|to|at|from|for|has|have|had|only|cost|costs|weighs?|around|after|by) $/.test(
        ahead(match, text, 12),
      )
        ? 'about'
        : undefined,
    ),
  ),
  rule(
    '(?=inn)(?<=\\b(?:first|second|third|fourth|[1-4](?:st|nd|rd|th)|\\d) )inn\\.(?= [a-z]|[,;)])',
    () => 'innings',
  ),
  // Parts of an army, a court and an age by their number.
  rule(
    String.raw`(?=[A-Zc])(?<=\d(?:st|nd|rd|th) )(Bn|Regt|Bde|Inf|Cav|Cir|cent|Cent)\.`,
    (match, text) => `${NUMBERED[match[1]!]}${/^\s*$/.test(behind(match, text, 3)) ? '.' : ''}`,
  ),
  rule(
    String.raw`(?=[NSEW])(?<=\b(?:[Tt]hen|[Gg]o|[Hh]ead|[Tt]urn|[Dd]rive|[Cc]ontinue|[Ww]alk|[Tt]ravel|[Bb]ear) )([NSEW])(?= on\b)`,
    ([, side]) => ({ N: 'north', S: 'south', E: 'east', W: 'west' })[side!],
  ),
  rule('(?=#)(?<=[A-Za-z]{2} )#(?=:)', () => 'number'),
  rule('(?=e)(?<=\\b(?:years?|yrs?\\.?|mos?\\.?|months) of )exp\\.?(?!\\w)', () => 'experience'),
  rule('(?=T)(?<=\\b[A-Z][A-Za-z]{1,20} )(Tpke|Expy|Fwy)(?![\\w.])', ([, road]) => ALWAYS[`${road}.`]),
  // Bills of a congress; wickets; the pressure of a storm; miles on a side of a place.
  rule(
    String.raw`(H\.R|S)\. ?(\d{3,4})(?![\w.,]{0,24}\d)`,
    apart(([, house, number]) => `${house!.replace('.', ' ')} ${nameNumber(number!)}`),
  ),
  rule('(?=w)(?<=\\d )wkts?(?!\\w)', (match, text) =>
    /\b1 $/.test(ahead(match, text, 3)) ? 'wicket' : 'wickets',
  ),
  rule(
    String.raw`(8[5-9]\d|9\d\d|10\d\d|1,0\d\d) ?mb(?:ar)?(?!\w)`,
    apart(([, number]) => `${sayNumber(number!)} millibars`),
  ),
  rule(
    `(${NUMBER}) mi\\. (?=[NSEW]{1,3} of\\b)`,
    apart(([, number]) => `${sayNumber(number!)} miles `),
  ),
  // Days behind an hour: till 9 Thu.
  rule(
    String.raw`(?=[MTWFS])(?<=\d ?(?:[ap]m|[AP]M|[ap]\.m\.)? )(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat)(?=[;,)]|\.?\s*$)`,
    ([, day]) =>
      ({ Mo: 'Monday', Tu: 'Tuesday', We: 'Wednesday', Th: 'Thursday', Fr: 'Friday', Sa: 'Saturday' })[
        day!.slice(0, 2)
      ],
  ),
  rule('\\(M-F\\)', () => '(Monday to Friday)'),
  // Minutes, where no least of all can be meant: time in min.
  rule(
    String.raw`(?=m)(?<=\b(?:in|few|several|many|more) )mins?\.`,
    (match, text) => `minutes${stopBehind(match, text)}`,
  ),
  // Ages and stories of charts.
  rule(
    String.raw`(\d{1,3}) ?yo(?= [MFmf]\b| (?:male|female|man|woman|boy|girl|patient)\b)`,
    apart(([, age]) => `${cardinal(age!)} year old`),
  ),
  rule(
    String.raw`(?=m)(?<=\d(?:st|nd|rd|th) )min(?:(?!\w|\.)|\.(?!\w))`,
    (match, text) => `minute${match[0].endsWith('.') ? stopBehind(match, text) : ''}`,
  ),
  // By the year and the month: 5% p.a., £950 pcm.
  rule(
    String.raw`(?=p)(?<=[\d%](?:[kKmM]|bn)? )p\.a\.|(?=p)(?<=[$€£]\d[\d,.]{0,11}[kK]? |\d% )p\.?(?:a|m|w|cm|c\.m)(?:\.|(?![\w.'/-]))`,
    (match, text) =>
      PERIODS[match[0].replaceAll('.', '')]! + (match[0].endsWith('.') ? stopBehind(match, text) : ''),
  ),
]
