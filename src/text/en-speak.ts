/**
 * An English run as it is said: our rules first, then the reference's, then what no rule took.
 */
import { CAPITAL_RULES, isShout, SHOUT_RULES } from './capitals.ts'
import { ABBREVIATION_RULES } from './en-abbreviations.ts'
import { AMOUNT_RULES } from './en-amounts.ts'
import { CALENDAR_RULES } from './en-calendar.ts'
import { CHAT_RULES } from './en-chat.ts'
import { CODE_RULES } from './en-codes.ts'
import { COUNTER_RULES } from './en-counters.ts'
import { DASHED_DATE_RULES } from './en-dashed-dates.ts'
import { DESK_RULES } from './en-desk.ts'
import { DOCTOR_RULES } from './en-doctors.ts'
import { FORMULA_RULES, inReadingOrder } from './en-formulas.ts'
import { GAME_RULES } from './en-games.ts'
import { HOME_RULES } from './en-homes.ts'
import { HOUR_RULES } from './en-hours.ts'
import { KITCHEN_RULES } from './en-kitchen.ts'
import { LAW_RULES } from './en-law.ts'
import { MARK_RULES } from './en-marks.ts'
import { MONEY_RULES } from './en-money.ts'
import { MUSIC_RULES } from './en-music.ts'
import { NAMED_DAY_RULES } from './en-named-days.ts'
import { NAMED_NUMBER_RULES } from './en-named-numbers.ts'
import { COUNT_RULES, NAME_RULES } from './en-names.ts'
import { canStartEnglish, REFERENCE_RULES } from './en-normalise.ts'
import { NOTICE_RULES } from './en-notices.ts'
import { POSTAL_RULES } from './en-postal.ts'
import { PRESS_RULES } from './en-press.ts'
import { namedOptions, PROGRAM_RULES } from './en-programs.ts'
import { PROSE_RULES } from './en-prose.ts'
import { plainQuotes } from './en-quotes.ts'
import { ROMAN_RULES } from './en-roman.ts'
import { SHORT_WORD_RULES } from './en-short-words.ts'
import { calmed } from './en-shouts.ts'
import { SIGN_RULES } from './en-signs.ts'
import { SPAN_RULES } from './en-spans.ts'
import { STREET_RULES } from './en-streets.ts'
import { SUM_RULES, withMinus } from './en-sums.ts'
import { WORKSHOP_RULES } from './en-workshop.ts'
import { KEY_RULES } from './keyboard.ts'
import { rewrite, ruleSet } from './rules.ts'

const OWN = [
  ...COUNTER_RULES,
  ...SHORT_WORD_RULES,
  ...KITCHEN_RULES,
  ...NAMED_DAY_RULES,
  ...NAMED_NUMBER_RULES,
  ...SUM_RULES,
  ...PROSE_RULES,
  ...DESK_RULES,
  ...KEY_RULES,
  ...HOUR_RULES,
  ...DOCTOR_RULES,
  ...LAW_RULES,
  ...WORKSHOP_RULES,
  ...PROGRAM_RULES,
  ...MUSIC_RULES,
  ...AMOUNT_RULES,
  ...MARK_RULES,
  ...SPAN_RULES,
  ...NOTICE_RULES,
  ...PRESS_RULES,
  ...FORMULA_RULES,
  ...POSTAL_RULES,
  ...CHAT_RULES,
  ...DASHED_DATE_RULES,
  ...GAME_RULES,
  ...CALENDAR_RULES,
  ...HOME_RULES,
  ...MONEY_RULES,
  ...CODE_RULES,
  ...ROMAN_RULES,
  ...STREET_RULES,
  ...NAME_RULES,
  ...ABBREVIATION_RULES,
  ...SIGN_RULES,
  ...COUNT_RULES,
]
const RULES = ruleSet([...OWN, ...REFERENCE_RULES, ...CAPITAL_RULES])
const SHOUTED = ruleSet([...OWN, ...REFERENCE_RULES, ...SHOUT_RULES])
const STARTS =
  /[·♯♭°℃℉≥≤≠≈±×÷∈∝≡∼<>~√Δ∆∑∞%‰§¶²³₹₩₽₿₺₫฿₱₪₴₦!/)*|:"'∛∏∫∂∇∪∩⊂⊆∉∀∃¬∧∨∴∵∅∠⊥∥≅−△@¢⁺⁻]|\p{Script=Greek}|µ/u

const SIGN_WORDS: Readonly<Record<string, string>> = { '€': 'euro', '£': 'pound', '¥': 'yen', '@': 'at' }

/** Faces and hearts of signs and letters, apart from words. */
const EMOTICONS =
  /(?<=^|\s)(?:[:;=][-'^o]?[)(\]DPpOo3*|/\\]|[)(][-']?[:;=]|<\/3|(?<![,;:(]\s)<3(?!\s(?:years?|yrs?|kg|g|mg|ms|s|min|mins|minutes?|hours?|hrs?|days?|weeks?|wks?|months?|[GM]B|k?m|[cm]m|free|points?|people|times|stars?|of|in|inches|miles?)\b)|[xX]D|T\^T|\^_+\^|[-oOT><]_+[-oOT><]|:'\()(?=$|[\s.,!?])/g

/** A span of time that ends a sentence: its point is the sentence's as well. */
const HOURS_END =
  /(?<=\d ?(?:hrs?|mins?|secs?|yrs?|wks?|mos)\.)(?=\s+(?!(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)(?:\d{1,2}\. )?[A-Z][a-z])/g

/** A day that has its article already: the March 3 to 5 dates. */
const DOUBLED =
  /\b([Tt]he) the (?=[a-z]{5,11}(?: [a-z]{5,7})? of (?:january|february|march|april|may|june|july|august|september|october|november|december)\b)/gi

export function sayEnglish(text: string): string {
  const plain = plainQuotes(
    inReadingOrder(withMinus(calmed(text)).replace(/[“”]/g, '"').replaceAll('｜', '|')),
  )
  const paused = namedOptions(plain)
    .replace(EMOTICONS, '')
    .replace(HOURS_END, '$&.')
    .replace(/(?<=(?:^|[^\d$€£.,])(?:19|20)\d\d) - (?=[$€£])/g, ', ')
    .replace(/(?<=-\d{1,9})--(?=\d)/g, ' to -')
    .replace(/,\s?(?:…+|\.{3,})\s?(?=,|$)/g, '')
    .replace(/(?<=[+×*]) ?(?:…+|\.{3,}) ?(?=[+×*])/g, ' dot dot dot ')
    .replace(/(?<![.…])(?:…+|\.{3,}) ?(?=[?!])/g, '')
    .replace(/…+/g, '...')
    .replace(
      /(?<=\d) ?ff(\.?)(?!\w)(?=(\s*(?:$|[A-Z]))?)/g,
      (_, point: string, end?: string) => ` and following${end === undefined ? '' : point}`,
    )
    .replace(/(?<=\d\.\d) ?ch(?![\w.])/g, ' channel')
    .replace(/(?<=\d)(?=ish(?![A-Za-z])|neo(?![A-Za-z]))/g, ' ')
    .replace(/(?<=\d)\((?=\d)/g, ' (')
    .replace(/(?<=[A-Za-z])::(?=[A-Za-z])/g, ' ')
    .replace(
      /(?<=[a-z])(?<!localhost|\.(?:com|org|net|io|dev|local|internal|lan)):(?=\d{1,9}(?:[^\w:/]|:\s|$))|(?<=[a-z]\d{1,4}):(?=[\da-f]{8})/g,
      ': ',
    )
    .replace(/(?<=[A-Za-z])\.{3,}(?=[A-Za-z])/g, '... ')
    .replace(/(?<=^|[\s(])_{2,}(?=[\s.,;:!?)]|$)/g, 'blank')
    .replace(
      /(?<=(?:^|[^A-Za-z\d])[A-Za-z\d)]|\^\w|[²³)])(?<!\d ?[A-Za-z]) ?· ?(?=[A-Za-z\d(](?![A-Za-z]))/g,
      ' times ',
    )
    .replace(
      /(?<=\d ?[apAP]\.?[mM]\.?) ?[-—] ?(?=(?:noon|midnight|close|closing|late)\b)|(?<=\b(?:[Nn]oon|[Mm]idnight)) ?[-—] ?(?=\d{1,2}(?::\d\d)? ?[apAP]\.?[mM])/g,
      ' to ',
    )
    // What stands side by side in a line of its own.
    .replace(/(?<=[^\s|]) \| (?=[^\s|])|(?<=[^\s•]) [•·] (?=[^\s•])/g, ', ')
    .replace(/\s*(?:—+|--+)\s*(?=[.!?,;:]|$)/g, '')
    // Speech that is broken off.
    .replace(/\s*(?:—+|--+)(?=["'](?:[\s.,!?]|$))/g, ',')
    .replace(/^\s*(?:—+|--+)\s*/g, '')
    .replace(/\s*(?:—+|--+)\s*/g, ', ')
    .replace(/(?<=[\p{L}.,!?)"'])\s+-\s+(?=[\p{L}"'(])|(?<=\])\s+-\s+(?=\d)/gu, ', ')
    .replace(/(?<=\d)\s+-\s+(?=\p{L}{2})/gu, ', ')
    // Marks without the blank that follows them.
    .replace(
      /(?<=[a-z][?!])(?=[A-Z][a-z']|I )|(?<=(?:^|[\s,])[a-z']{2,15}[?!])(?=[a-z']{2,15}(?:[\s.,!?]|$))/g,
      ' ',
    )
    .replace(/(?<=[.!?]")(?=[A-Z][a-z])|(?<=[a-z]:)(?="[A-Z])/g, ' ')
    .replace(/(?<=[A-Za-z]{2}),(?=[A-Za-z]{2})|(?<=\d),(?=[A-Za-z]{2})/g, ', ')
    .replace(/(?<=[a-z]{2})(?<!\.[a-z]{2,20})\.(?=[A-Z][a-z]+(?:[\s,;!?]|$))(?![A-Z][a-z]{0,3}\.)/g, '. ')
    .replace(/[，、]\s*/g, ', ')
    .replace(/[；;]\s*/g, '; ')
    .replace(/：\s*/g, ': ')
    .replace(/。\s*/g, '. ')
    .replace(/！\s*/g, '! ')
    .replace(/？\s*/g, '? ')
    .replace(/[（【〔]/g, ' (')
    .replace(/[）】〕]/g, ') ')
  const said = rewrite(
    paused,
    isShout(text) ? SHOUTED : RULES,
    (whole, at) => canStartEnglish(whole, at) || STARTS.test(whole[at]!),
  )
  return (
    said
      .replace(/[¡¿*_~|\\^<>{}=#`•·¦¬¤¨¯¸©†‡※⌊⌋⌈⌉⁺⁻°﹏︵︶]+/g, ' ')
      .replace(/[[\]]/g, ' ')
      // Signs that no rule took have names all the same.
      .replace(/ ?(\++) ?/g, (found, signs: string, at: number, whole: string) => {
        const words = Array.from(signs, () => 'plus').join(' ')
        const apart = (next: string | undefined) => (/[\p{L}\p{N})\]]/u.test(next ?? '') ? ' ' : '')
        return `${found.startsWith(' ') ? ' ' : apart(whole[at - 1])}${words}${found.endsWith(' ') ? ' ' : apart(whole[at + found.length])}`
      })
      .replace(/ ?(?<![$€£¥@])([€£¥@])(?![$€£¥@\d]) ?/g, (_, sign: string) => ` ${SIGN_WORDS[sign]!} `)
      .replace(/(?<=[\p{L}.])\/(?=\p{L})/gu, ' ')
      .replace(/\( /g, '(')
      .replace(/(?<=\w)\/(?=\s|$)/g, '')
      .replace(/(?<=^|\s)\/(?=[a-z])/g, 'slash ')
      .replace(/(?<=^|\s)\/+(?=[\s.]|$)/g, '')
      .replace(/(?<=^|[\s,])- /g, '')
      .replace(DOUBLED, '$1 ')
      .replace(/ {2,}/g, ' ')
      .replace(/ ([.,;:!?)])/g, '$1')
      .replace(/([.!?]) (?=["”](?:[\s.,;!?]|$))/g, '$1')
      .replace(/(?<=[a-z]),(?=[a-z])/g, ', ')
      .replace(/,(?: ?,)+/g, ',')
      .replace(/(?<=[A-Za-z])\.(?=[,;:](?:\s|$))/g, '')
      .replace(/([.!?;:]) ?,/g, '$1')
  )
}
