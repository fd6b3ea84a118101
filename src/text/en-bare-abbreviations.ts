/**
 * English abbreviations that people write without a point, as rules.
 */
import { apart, behind, type Rule, rule } from './rules.ts'

/** One pattern of a table's keys, longest first. */
export const oneOf = (table: Readonly<Record<string, string>>) =>
  `(?:${Object.keys(table)
    .sort((a, b) => b.length - a.length)
    .map((key) => key.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('|')})`

/** As Britain writes titles, before a name; and what people shorten without a point. */
const BARE_TITLES: Readonly<Record<string, string>> = {
  Dr: 'doctor',
  Mr: 'Mister',
  Mrs: 'Misses',
  Ms: 'Miss',
  Prof: 'Professor',
  St: 'Saint',
  Mt: 'Mount',
  Capt: 'captain',
  Sgt: 'sergeant',
  Lt: 'lieutenant',
  Gen: 'general',
  Col: 'Colonel',
  Gov: 'governor',
  Rev: 'Reverend',
}
const BARE: Readonly<Record<string, string>> = {
  approx: 'approximately',
  dept: 'department',
  Dept: 'Department',
  govt: 'government',
  mgmt: 'management',
  hrs: 'hours',
  mins: 'minutes',
  secs: 'seconds',
  lbs: 'pounds',
  Tues: 'Tuesday',
  Thurs: 'Thursday',
  appt: 'appointment',
  intl: 'international',
  Blvd: 'Boulevard',
  Hwy: 'Highway',
}
/** Behind the name of a company or a person. */
const BEHIND: Readonly<Record<string, string>> = {
  Inc: 'Incorporated',
  Ltd: 'Limited',
  Corp: 'Corporation',
  Jr: 'Junior',
  Sr: 'Senior',
  Jnr: 'Junior',
  Snr: 'Senior',
}
const BARE_NUMBERED: Readonly<Record<string, string>> = {
  Fig: 'Figure',
  fig: 'figure',
  Vol: 'Volume',
  vol: 'volume',
  Eq: 'Equation',
  Ch: 'Chapter',
  pp: 'pages',
  para: 'paragraph',
  Para: 'Paragraph',
  Sec: 'Section',
  Bldg: 'Building',
  Apt: 'Apartment',
  Ste: 'Suite',
  Rm: 'Room',
}

/** All of them: words that rules change, although no mark tells. */
export const BARE_WORDS: readonly string[] = [BARE_TITLES, BARE, BEHIND, BARE_NUMBERED].flatMap((table) =>
  Object.keys(table),
)

/** Behind a number and a hyphen. */
const JOINED: Readonly<Record<string, string>> = {
  yr: 'year',
  mo: 'month',
  hr: 'hour',
  wk: 'week',
  min: 'minute',
  sec: 'second',
  mi: 'mile',
  ft: 'foot',
  yd: 'yard',
  lb: 'pound',
  oz: 'ounce',
  gal: 'gallon',
  ga: 'gauge',
  spd: 'speed',
  qt: 'quart',
  pt: 'pint',
  mag: 'magnitude',
}

/** What points tell the size of. */
const POINTS =
  /^ (?:drop|gain|lead|rise|fall|swing|loss|margin|win|game|night|scale|font|type|text|buck|cut|hike|increase|decrease|shot|play|basket|try|deficit|advantage|run|victory|defeat)/

export const BARE_RULES: readonly Rule[] = [
  rule(
    'max(?= \\d)',
    apart(() => 'maximum'),
  ),
  // At most, behind an amount; an average before one.
  rule(
    String.raw`(?<=\d ?(?:[A-Za-z%°Ω]{1,5})? )max(?![\w.'(-])|(?<=\d ?(?:[A-Za-z%°Ω]{1,5})? )max(?=\.\s*$)`,
    () => 'maximum',
  ),
  rule(
    'avg(?![\\w.(-])(?=:? )',
    apart(() => 'average'),
  ),
  rule(
    String.raw`(?<=\d)-(yr|mo|hr|wk|min|sec|mi|ft|yd|lb|oz|gal|ga|spd|mag|qt|pt)(?:\.(?=[ ,])|(?![\w.]))`,
    (match, text) =>
      `-${match[1] === 'pt' && POINTS.test(behind(match, text, 12)) ? 'point' : JOINED[match[1]!]}`,
  ),
  rule(String.raw`(?<=\d )c\.(?= [a-z])`, (match, text) =>
    /(?:^|[^\d.])(?:1|1\/\d{1,2}) $/.test(text.slice(Math.max(0, match.index - 6), match.index)) &&
    !/\d \d\/\d{1,2} $/.test(text.slice(Math.max(0, match.index - 8), match.index))
      ? 'cup'
      : 'cups',
  ),
  rule(
    String.raw`App\.(?= [A-Z](?![\w']))`,
    apart(() => 'Appendix'),
  ),
  rule(
    `(${oneOf(BARE_TITLES)})(?= [A-Z][a-z])`,
    apart(([, title]) => BARE_TITLES[title!]!),
  ),
  rule(
    `(${oneOf(BARE)})(?![\\w.'-])`,
    apart(([, word]) => BARE[word!]!),
  ),
  rule(
    `(${oneOf(BARE_NUMBERED)})(?= \\d)`,
    apart(([, word]) => BARE_NUMBERED[word!]!),
  ),
  rule(
    `(${oneOf(BEHIND)})(?![\\w.'-])`,
    apart((match, text) =>
      /[A-Z][A-Za-z]*,? \(?$/.test(text.slice(Math.max(0, match.index - 20), match.index))
        ? BEHIND[match[1]!]
        : undefined,
    ),
  ),
]
