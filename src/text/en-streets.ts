/**
 * English addresses of streets, whose kinds and quarters people shorten: 10 Downing St, W. 34th St., NE 5th Ave.
 */
import { nameNumber } from './en-models.ts'
import { ENDS_SENTENCE, STARTERS } from './en-names.ts'
import { cardinal, digitByDigit } from './en-numbers.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

const KINDS: Readonly<Record<string, string>> = {
  St: 'Street',
  Ave: 'Avenue',
  Rd: 'Road',
  Ln: 'Lane',
  Dr: 'Drive',
  Ct: 'Court',
  Pl: 'Place',
  Sq: 'Square',
  Pkwy: 'Parkway',
  Blvd: 'Boulevard',
  Cres: 'Crescent',
  Ter: 'Terrace',
  Tce: 'Terrace',
}
/** These are nothing else behind a name; the others need the number of a house. */
const SURE = /^(?:Ave|Rd|Ln|Pkwy|Blvd)$/
const QUARTERS: Readonly<Record<string, string>> = {
  N: 'North',
  S: 'South',
  E: 'East',
  W: 'West',
  NE: 'Northeast',
  NW: 'Northwest',
  SE: 'Southeast',
  SW: 'Southwest',
}
export const STREET_KIND = `(?:${Object.keys(KINDS).join('|')}|Street|Avenue|Road|Lane|Drive|Court|Place|Square|Parkway|Boulevard|Way|Highway|Hwy)`
const REACH = 30
const sideOf = (side: string) =>
  side.length === 3
    ? `${QUARTERS[side[0]!]!.toLowerCase()}-${QUARTERS[side.slice(1)]!.toLowerCase()}`
    : QUARTERS[side]!.toLowerCase()

/** Words that are no street's name, at a sentence's beginning. */
const NO_NAME =
  /(?:^|[.!?] )(?:On|In|At|To|From|And|But|Or|The|Then|Visit|See|Near|By|With|When|If|For|Is|Was|Like) $/
const BESIDE_STREET = `(?:${STARTERS}|Bridge|Station|Market|Bakery|Journal|Garage|Parade|Cafe|Diner|Theat(?:er|re))`

export const STREET_RULES: readonly Rule[] = [
  rule(
    `St\\.(?= ${BESIDE_STREET}\\b)`,
    apart((match, text) => {
      const before = ahead(match, text, REACH)
      if (!/[A-Z][a-z]+ $/.test(before) || NO_NAME.test(before)) return undefined
      return `Street${ENDS_SENTENCE.test(behind(match, text, 12)) ? '.' : ''}`
    }),
  ),
  // The quarter of a town behind a street goes on with it.
  rule(
    '(?<=(?:[A-Z][a-z]{1,20}|\\d(?:st|nd|rd|th)) )(St|Ave|Rd|Blvd|Dr|Ln|Ct|Pl)\\.(?= (?:NE|NW|SE|SW)(?!\\w))',
    ([, kind]) => KINDS[kind!],
  ),
  rule(
    String.raw`([Rr]unway|[Rr]wy) (\d{1,2})([LRC])?(?!\w)`,
    ([, lead, number, side]) =>
      `${lead!.replace('wy', 'unway')} ${digitByDigit(number!, 'zero')}${side === undefined ? '' : ` ${{ L: 'left', R: 'right', C: 'center' }[side]}`}`,
  ),
  rule(
    String.raw`(?<=\b[Ww]inds?:?(?: from the)? )(NNE|NNW|SSE|SSW|ENE|ESE|WNW|WSW|NE|NW|SE|SW|N|S|E|W)(?=,? (?:at |\d))`,
    ([, side]) => sideOf(side!),
  ),
  rule(
    '(NNE|NNW|SSE|SSW|ENE|ESE|WNW|WSW|NE|NW|SE|SW|N|S|E|W)(?= (?:winds?|gusts?|breezes?|swells?)\\b)',
    apart(([, side]) => sideOf(side!)),
  ),
  // So far from a place, and on which side of it.
  rule(
    String.raw`(?<=\b(?:\d{1,5} ?(?:km|mi\.?|m|ft|nm)|miles?|kilomet(?:er|re)s|just|due|far|located|blocks?) )(NNE|NNW|SSE|SSW|ENE|ESE|WNW|WSW|NE|NW|SE|SW|N|S|E|W)(?= of (?:(?:the |downtown )?[A-Z]|town|here|there|the (?:city|town|village)))`,
    ([, side]) => sideOf(side!),
  ),
  // Roads and where they lead.
  rule(
    String.raw`(I|US|SR|CR|[Rr]oute|[Hh]ighway|Hwy\.?)[- ](\d{1,3}) ?([NSEW]B?)(?:\.(?=,|\s[a-z]|$)|(?![\w'.-]))`,
    apart(
      ([, road, number, quarter]) =>
        `${road!.replace(/^Hwy\.?$/, 'Highway')} ${nameNumber(number!)} ${QUARTERS[quarter![0]!]!.toLowerCase()}${quarter!.length > 1 ? 'bound' : ''}`,
    ),
  ),
  rule(
    `(\\d{1,5}) ([NS][EW]?|[EW])\\.?(?= (?:\\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]{1,20})(?: [A-Z][a-z]{1,20})? ${STREET_KIND}\\b)`,
    apart(
      ([, house, quarter]) =>
        `${house!.length > 3 || /^\d{2}00$/.test(house!) ? nameNumber(house!) : cardinal(house!)} ${QUARTERS[quarter!]!}`,
    ),
  ),
  rule(
    String.raw`(\d{1,5}) ([NSEW])\.?(?= \d{1,3}(?:st|nd|rd|th)(?![A-Za-z-]))`,
    apart(
      ([, house, quarter]) =>
        `${house!.length > 3 ? nameNumber(house!) : cardinal(house!)} ${QUARTERS[quarter!]!}`,
    ),
  ),
  rule(
    `([NS][EW]?|[EW])\\.?(?= (?:\\d{1,3}(?:st|nd|rd|th)|[A-Z][a-z]{1,20})(?: [A-Z][a-z]{1,20})? ${STREET_KIND}\\b)`,
    apart(([, quarter]) => QUARTERS[quarter!]!),
  ),
  rule(
    `(?<=(?:${Object.keys(KINDS).join('|')})\\.? |${STREET_KIND} )([NS][EW]|[NSEW])(?![\\w'.-]| [A-Z\\d])`,
    ([, quarter]) => QUARTERS[quarter!]!,
  ),
  rule(
    `(${Object.keys(KINDS).join('|')})(?![\\w'-]|\\.[A-Za-z])(?:\\.(?=,|\\s[a-z\\d(&]))?`,
    apart((match, text) => {
      const [, kind] = match
      const before = ahead(match, text, REACH)
      const rest = behind(match, text, 8)
      if (!/(?:[A-Z][a-z]+(?:'s)?|\d(?:st|nd|rd|th)) $/.test(before)) return undefined
      if (SURE.test(kind!) || /\d|\b[NSEW][EW]?\.? [A-Z]/.test(before)) return KINDS[kind!]
      // Without the number of a house or a quarter only a name's end tells a street from a saint.
      return kind === 'St' && /^\s*(?:$|[,;:!?)&])|^ [a-z]/.test(rest) ? KINDS[kind] : undefined
    }),
  ),
]
