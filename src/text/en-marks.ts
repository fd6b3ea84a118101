/**
 * Marks out of so many, steps of so many, and what records, papers and courts write short, as English rules.
 */

import { nameNumber } from './en-models.ts'
import { cardinal } from './en-numbers.ts'
import { ANY_UNIT, sayNumber, unit } from './en-quantities.ts'
import { romanValue } from './en-roman.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

const STEPS =
  'Step|Page|Part|Slide|Episode|Level|Stage|Chapter|Lesson|Attempt|Try|Round|Question|Item|Disc|Lap|Batch|Task'
const MARKED =
  'Score|Grade|Rating|Progress|Result|Marks?|Total|Points|Accuracy|Health|HP|Attendance|Completed|Passed'
const SIDE_BY_SIDE =
  'Tables?|Figures?|Figs?\\.?|Exhibits?|Charts?|Exercises?|Problems?|Plates?|Diagrams?|Forms?'
const SHORT: Readonly<Record<string, string>> = {
  pts: 'points',
  reb: 'rebounds',
  ast: 'assists',
  stl: 'steals',
  blk: 'blocks',
  rebs: 'rebounds',
  asts: 'assists',
  assts: 'assists',
  stls: 'steals',
  blks: 'blocks',
}
const WORDS: Readonly<Record<string, string>> = {
  'agg.': 'aggregate',
  'fn.': 'footnote',
  'Cir.': 'Circuit',
  'Atty.': 'Attorney',
}
const ROMAN = '(?:X{0,3}(?:IX|IV|V?I{0,3}))'
const said = (numeral: string) => cardinal(String(romanValue(numeral)))
const NUMBERED_PARTS: Readonly<Record<string, string>> = {
  Vols: 'Volumes',
  'Vols.': 'Volumes',
  Chs: 'Chapters',
  'Chs.': 'Chapters',
}
/** Characters behind a heading's numeral in which the next heading's is looked for. */
const REACH = 2000

export const MARK_RULES: readonly Rule[] = [
  rule(
    `(?<=\\b(?:${STEPS}|${STEPS.toLowerCase()}) )(\\d{1,4})\\/(\\d{1,4})(?![\\d/])`,
    ([, one, all]) => `${cardinal(one!)} of ${cardinal(all!)}`,
  ),
  rule(
    `(?<=\\b(?:${MARKED}|${MARKED.toLowerCase()}):? |\\b[A-F][+-]? \\()(\\d{1,4}(?:\\.\\d)?)\\/(\\d{1,4})(?![\\d/])`,
    ([, mark, best]) => `${sayNumber(mark!)} out of ${cardinal(best!)}`,
  ),
  rule(
    String.raw`(?<=\b(?:[Rr]ate[sd]?|[Gg]ave|[Gg]ives?|[Ss]cored?|[Gg]ot|[Gg]ets|[Dd]eserves)(?: (?:it|this|them|him|her|me|us|an?))? )(\d{1,3}(?:\.\d)?)\/(5|10|20|50|100)(?![\d/])`,
    ([, mark, best]) => `${sayNumber(mark!)} out of ${cardinal(best!)}`,
  ),
  rule(
    String.raw`(?<=\b(?:[Aa]n?|[Aa]bout|[Ll]ike|[Mm]aybe|solid|strong|easy|perfect|clear|firm|overall:?) )(\d{1,2}(?:\.5)?)\/10(?![\d/]| (?:of|an?|the|inch|in|miles?|mi|second|mm|cm|ths)\b)`,
    ([, mark]) => `${sayNumber(mark!)} out of ten`,
  ),
  rule(
    String.raw`(\d{1,2})\/10(?= (?!(?:miles|inches|seconds|degrees|hours|minutes|acres|meters|metres|ounces|pounds|liters|litres|points|of|is|was|has|this)\b)[a-z]{3,20}s\b)`,
    apart(([, mark]) => `${cardinal(mark!)} out of ten`),
  ),
  // The last of so many: (2/2).
  rule(String.raw`(?=\d)(?<=\()(\d{1,3})\/(\d{1,3})(?=\))`, ([, one, all]) =>
    one === all ? `${cardinal(one!)} of ${cardinal(all!)}` : undefined,
  ),
  rule(
    String.raw`(\d{1,3}(?:\.\d)?)\/(5|10|20|25|50|100)(?= on (?:the|his|her|my|your|their|our|a|that|this) (?:[a-z]+ )?(?:quiz|test|exam|midterm|final|homework|assignment|essay|paper|lab)\b)`,
    apart(([, mark, best]) => `${sayNumber(mark!)} out of ${cardinal(best!)}`),
  ),
  rule(
    String.raw`(\d{1,2})\/(?=[$€£]\d)`,
    apart((match, text) =>
      /[$€£]/.test(charBefore(match, text)) ? undefined : `${cardinal(match[1]!)} for `,
    ),
  ),
  rule(
    `(${SIDE_BY_SIDE}) (\\d{1,3})-(\\d{1,3})(?![\\d-])`,
    apart(([, lead, chapter, number]) =>
      /s\.?$/.test(lead!)
        ? undefined
        : `${lead!.replace(/^Fig\.?$/, 'Figure')} ${cardinal(chapter!)} dash ${cardinal(number!)}`,
    ),
  ),
  rule(
    `(\\d{1,4}(?:\\.\\d{1,2})?) (${Object.keys(SHORT).join('|')})(?![\\w'-])\\.?(?=[,;)]|\\s|$)`,
    apart((match, text) => {
      const [whole, number, short] = match
      const name = SHORT[short!]!
      const stop =
        whole.endsWith('.') &&
        /^\s*(?:$|[A-Z]|\d{1,2}\. )/.test(
          text.slice(match.index + whole.length, match.index + whole.length + 6),
        )
          ? '.'
          : ''
      return `${sayNumber(number!)} ${number === '1' ? name.slice(0, -1) : name}${stop}`
    }),
  ),
  rule(
    `(${Object.keys(WORDS).join('|').replaceAll('.', '\\.')})(?=\\s[A-Z\\d]|\\s?[,;)])`,
    apart(([, short]) => WORDS[short!]!),
  ),
  rule(String.raw`(?<=[A-Z][A-Za-z.'-]{1,20} )vs?\.(?= [A-Z])`, () => 'versus'),
  rule(String.raw`(?<=\d)[- ]?y\/?o(?:\.|(?![\w/]))(?= |$|,)`, (match, text) =>
    /(?:\b(?:is|was|am|are|turned|about|almost|nearly|only|just)|'s) \d{1,3}$/.test(
      text.slice(Math.max(0, match.index - 16), match.index),
    )
      ? ' years old'
      : ' year old',
  ),
  rule(
    String.raw`(?<=\d )p\/([mwdha])(?![\w/])`,
    ([, by]) => `per ${{ m: 'month', w: 'week', d: 'day', h: 'hour', a: 'year' }[by!]}`,
  ),
  rule(
    '(RFC|IEEE|ISBN|SQL|PEP|EN|DIN|ANSI|ASTM) (\\d{3,4})(?![\\d.,:-]\\d|\\d)',
    apart(([, body, number]) => `${body} ${nameNumber(number!)}`),
  ),
  // A unit behind a power of ten, or behind what is counted.
  rule(String.raw`(?<=10\^-\d{1,2} )M(?![A-Za-z\d/])`, () => 'molar'),
  rule(String.raw`(?<=10\^-?\d{1,3})\/(L|mL|µL|μL|kg)(?!\w)`, ([, by]) => ` per ${unit(by!, true)}`),
  rule(`(?<=10\\^-?\\d{1,4} )(${ANY_UNIT})(?![A-Za-z\\d/^])`, ([, symbol]) => unit(symbol!, false)),
  rule(
    `(?<=\\b[a-z]{3,14}s)\\/(mL|µL|μL|dL|L|kg|mg|mm²|cm²|m²|km²|min|sec|hr|ha|s)(?![A-Za-z\\d/])`,
    ([, by]) => ` per ${by === 's' ? 'second' : unit(by!, true)}`,
  ),
  rule(
    String.raw`(?<=\d ?[VW](?![A-Za-z])[^.!?]{0,12}[,/ ])(\d{1,3}(?:\.\d{1,2})?) ?A(?![\w'-])`,
    ([, amperes]) => `${sayNumber(amperes!)} ${amperes === '1' ? 'ampere' : 'amperes'}`,
  ),
  rule(String.raw`(?<=[A-Z][a-z]?)-(?= ions?\b)`, () => ' minus'),
  // Numerals of parts from one to the other, of sections by their sign, and of headings.
  rule(
    `(Vols?\\.?|Volumes|Chs?\\.|Chapters|Parts|Acts|Books|Phases|Stages|Types|Grades|Articles|Sections) (?=[IVX])(${ROMAN})\\s?[-–]\\s?(?=[IVX])(${ROMAN})(?![A-Za-z])`,
    apart(
      ([, parts, from, to]) =>
        `${NUMBERED_PARTS[parts!] ?? parts!.replace(/\.$/, '')} ${said(from!)} to ${said(to!)}`,
    ),
  ),
  rule(`§ ?(?=[IVX])(${ROMAN})(?![A-Za-z])`, ([, numeral]) => `section ${said(numeral!)}`),
  rule('§ ?', () => 'section '),
  rule('¶ ?', () => 'paragraph '),
  rule('‰', () => ' per mille'),
  rule(`(?=[IVX])(${ROMAN})\\.(?= [A-Z])`, (match, text) => {
    const [whole, numeral] = match
    const next = `I${whole}`
    const heads =
      match.index === 0 || /[\n.!?]\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index))
    if (numeral === '' || !heads) return undefined
    const listed =
      numeral!.length > 1 || (numeral === 'I' && text.slice(match.index, match.index + REACH).includes(next))
    return listed ? `${said(numeral!)}.` : undefined
  }),
]
