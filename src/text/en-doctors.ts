/**
 * What prescriptions, charts and laboratories write short, as English rules: doses a day, ages, ways to give, negative tests.
 */
import { cardinal } from './en-numbers.ts'
import { NUMBER, sayNumber, unit } from './en-quantities.ts'
import { ahead, apart, charAfter, type Rule, rule } from './rules.ts'

/** How often, and when, behind a dose. */
const OFTEN: Readonly<Record<string, string>> = {
  QD: 'once a day',
  OD: 'once a day',
  BID: 'two times a day',
  TID: 'three times a day',
  QID: 'four times a day',
  QHS: 'at bedtime',
  QAM: 'every morning',
  QPM: 'every evening',
  QOD: 'every other day',
  PRN: 'as needed',
  PO: 'by mouth',
  PC: 'after meals',
  AC: 'before meals',
  HS: 'at bedtime',
}
const OFTEN_PATTERN = Object.keys(OFTEN)
  .flatMap((key) => [key, key.toLowerCase()])
  .join('|')
/** A dose, or what is said of one, shortly before. */
const DOSE =
  /(?:\d ?(?:mg|mcg|µg|μg|g|mL|ml|IU|units?|U|tabs?|tablets?|caps?|capsules?|puffs?|drops?|gtts?|sprays?|pills?|patch(?:es)?)|\b(?:tabs?|caps?|tablets?|capsules?)|[qQ]\d{1,2}(?:-\d{1,2})?[hH]|\bPO|\bpo|\bBID|\bTID|\bQID|\bQD|\bQHS|\bOU)\b[^.!?]{0,24}$/
/** Letters of much else: these stand right behind a dose. */
const SHORT = /^(?:PC|AC|OD|HS|PO|QD|bid)$/i
const rightBehindDose = (match: RegExpExecArray, text: string) =>
  /(?:\d ?(?:mg|mcg|µg|g|mL|ml|IU|units?)|\d (?:tabs?|caps?|tablets?|capsules?|puffs?)|\b(?:PO|BID|TID|QID|QD|daily)) $/.test(
    text.slice(Math.max(0, match.index - 16), match.index),
  )
/** No words of anything else. */
const SURE = /^(?:PRN|TID|QID|QHS|prn|tid|qid|qhs)$/
const REACH = 40
const behindDose = (match: RegExpExecArray, text: string) => DOSE.test(ahead(match, text, REACH))
const WORDS: Readonly<Record<string, string>> = {
  Wt: 'Weight',
  Ht: 'Height',
  Dx: 'Diagnosis',
  Tx: 'Treatment',
  Rx: 'Prescription',
  Hx: 'History',
  Sx: 'Symptoms',
}
const EYES: Readonly<Record<string, string>> = { D: 'the right eye', S: 'the left eye', U: 'both eyes' }
const SPANS: Readonly<Record<string, string>> = { d: 'day', wk: 'week', w: 'week', mo: 'month' }
const counted = (count: string, thing: string) => `${cardinal(count)} ${thing}${count === '1' ? '' : 's'}`
/** A token of elements: HCl, NaOH, H2SO4. */
const FORMULA =
  '(?:(?:He|Li|Na|Mg|Al|Si|Cl|Ca|Fe|Cu|Zn|Br|Ag|Pb|Mn|Ba|H|C|N|O|F|P|S|K|I)\\d{0,2}){2,8}|EDTA|solution|stock|buffer|[Tt]ris|glucose|sucrose|ethanol'

export const DOCTOR_RULES: readonly Rule[] = [
  rule(
    String.raw`[qQ](\d{1,2})\s?[-–]\s?(\d{1,2})\s?[hH](?!\w)`,
    apart(([, from, to]) => `every ${cardinal(from!)} to ${cardinal(to!)} hours`),
  ),
  rule(String.raw`(?<=\b(?:gtts?|drops?) )O([DSU])(?!\w)`, ([, eye]) => `in ${EYES[eye!]}`),
  rule(
    String.raw`(\d{1,2}) gtts?(?![\w.])`,
    apart(([, drops]) => counted(drops!, 'drop')),
  ),
  rule(
    `(${OFTEN_PATTERN})(?![\\w.'-]| (?:for|on|of|price|adapter|power|current|unit|voltage|outlet|charger)\\b)`,
    apart((match, text) =>
      SURE.test(match[1]!) || (SHORT.test(match[1]!) ? rightBehindDose(match, text) : behindDose(match, text))
        ? OFTEN[match[1]!.toUpperCase()]
        : undefined,
    ),
  ),
  // For how long: x 10 days, x7d.
  rule(
    String.raw`[x×] ?(\d{1,3}) ?(d|w|wk|mo|days?|weeks?|months?)s?(?![\w])`,
    apart((match, text) =>
      behindDose(match, text) ||
      (/^x ?\d+ [a-z]{3}/.test(match[0]) &&
        /[A-Za-z)] $/.test(text.slice(Math.max(0, match.index - 2), match.index)))
        ? `for ${counted(match[1]!, SPANS[match[2]!] ?? match[2]!.replace(/s$/, ''))}`
        : undefined,
    ),
  ),
  // So much in so much.
  rule(
    `(${NUMBER})\\s?(mg|mcg|µg|μg|g|IU|mEq|mmol|kcal|kJ)\\s?/\\s?(\\d{1,4}(?:\\.\\d{1,3})?)\\s?(mL|ml|L|g|kg|oz|tsp)(?![A-Za-z\\d/])`,
    apart(
      ([, number, of, per, by]) =>
        `${sayNumber(number!)} ${unit(of!, number === '1')} per ${sayNumber(per!)} ${unit(by!, per === '1')}`,
    ),
  ),
  rule(String.raw`(?<=\b(?:insulin|heparin|[Bb]otox)[^.!?]{0,16} )(\d{1,5}) ?U(?![\w.])`, ([, units]) =>
    counted(units!, 'unit'),
  ),
  rule(
    `(\\d{1,3}(?:\\.\\d{1,4})?)\\s?M(?= (?:${FORMULA})(?![A-Za-z\\d]))`,
    apart(([, strength]) => `${sayNumber(strength!)} molar`),
  ),
  // Ages, sizes of people, short words of charts.
  rule(
    String.raw`(?<=\d)[- ]?y\.\s?o\.(?=[ ,)]|$)`,
    (match, text) => ` year old${/^\s*$/.test(text.slice(match.index + match[0].length)) ? '.' : ''}`,
  ),
  rule(
    String.raw`(Wt|Ht)\.?(?=:? \d)`,
    apart(([, short]) => WORDS[short!]),
  ),
  rule(
    '(Dx|Tx|Rx|Hx|Sx)(?=:)',
    apart(([, short]) => WORDS[short!]),
  ),
  rule('(?<=\\b(?:w/|with|no|and|family|past|known|a) ?)hx(?= of\\b)', () => 'history'),
  rule(
    '([fF])\\/u(?![\\w/])',
    apart(([, first]) => `${first}ollow-up`),
  ),
  rule(
    '[sS]\\/p(?= [a-z])',
    apart(([short]) => `${short.startsWith('S') ? 'S' : 's'}tatus post`),
  ),
  rule(
    '([hH])\\/o(?= [A-Za-z])',
    apart(([, first]) => `${first}istory of`),
  ),
  rule(
    'r\\/o(?= [A-Za-z])',
    apart(() => 'rule out'),
  ),
  rule(
    String.raw`([Vv])it\.(?= [A-Z]\d{0,2}(?![a-z]))`,
    apart(([, first]) => `${first}itamin`),
  ),
  // Into a vein, no four.
  rule(
    String.raw`IV(?= (?:@|at \d|push|bolus|drips?|fluids?|infusion|line|access|antibiotics|q\d|over \d|catheter|therapy|dose)|$|[.,;)])`,
    apart((match, text) =>
      /\b(?:mg|mcg|g|mL|ml|L|NaCl|saline|U|units|IU|dextrose|given|an?|the|via|by|of) $/.test(
        text.slice(Math.max(0, match.index - 12), match.index),
      )
        ? 'I V'
        : undefined,
    ),
  ),
  // What a test found.
  rule(
    String.raw`(?<=[A-Za-z\d)])(?<=[A-Z\d]\w{0,12}|\b(?:strep|culture|test|screen|pregnancy|flu))(?<!\b[A-Z]) ?\((\+|-|−)(?:ve)?\)`,
    (match, text) =>
      `${match[1] === '+' ? ' positive' : ' negative'}${/\w/.test(charAfter(match, text)) ? ' ' : ''}`,
  ),
]
