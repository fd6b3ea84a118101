/**
 * What reports of games join with dashes, slashes and marks, as English rules: records, lines of players, minutes of goals.
 */
import { cardinal, ordinal, standing } from './en-numbers.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

/** Behind these, numbers with dashes are a code. */
const CODED =
  /\b(?:code|combination|combo|lock|locker|safe|number|no|part|item|sku|serial|id|pin|model|account|reference|ref|isbn|batch|lot|key|phone|call|dial|tel|fax)\b[^.!?]{0,12}$|#\s?$/i
const REACH = 32
const listed = (numbers: string, joint: string) =>
  numbers
    .split(joint)
    .map((number) => cardinal(number))
    .join(', ')

export const GAME_RULES: readonly Rule[] = [
  // Beside minutes that were added, other marks are minutes too.
  rule(String.raw`(\d{1,3})['’](?![\d\w"'])`, (match, text) =>
    /[\w.+]/.test(text[match.index - 1] ?? ' ') ||
    !/\d\+\d{1,2}['’]/.test(text.slice(Math.max(0, match.index - 4 * REACH), match.index + 4 * REACH))
      ? undefined
      : `${cardinal(match[1]!)} minutes`,
  ),
  rule(String.raw`(?=\d)(?<=\b(?:the|\d{1,3}['’],?(?: and)?) )(\d{1,3})['’](?![\w"'])`, (match, text) =>
    /\b(?:scor(?:ed?|ing)|goals?|netted|booked|sent off|equali[sz](?:ed|er)|substituted|penalty|header)\b[^.!?]{0,64}$/.test(
      ahead(match, text, 80),
    )
      ? `${ordinal(match[1]!)}${/^(?:,| and) \d{1,3}['’]/.test(behind(match, text, 9)) ? '' : ' minute'}`
      : undefined,
  ),
  // A volume and its pages: 2021;384:403-16.
  rule(
    String.raw`((?:19|20)\d\d); ?(\d{1,4})(?:\((\d{1,3})\))?: ?(\d{1,5})-(\d{1,5})(?![\w-])`,
    apart(
      ([, year, volume, part, from, to]) =>
        `${standing(year!)}, volume ${cardinal(volume!)}${part === undefined ? '' : `, number ${cardinal(part)}`}, pages ${cardinal(from!)} to ${cardinal(to!)}`,
    ),
  ),
  // Three numbers and more that are no date: won, lost, drawn; repetitions.
  rule(
    String.raw`(?:0|[1-9]\d?)(?:-(?:0|[1-9]\d?)){2,8}(?![\w-]|\.\d|\/)`,
    apart((match, text) =>
      /\d\d/.test(match[0]) && !CODED.test(ahead(match, text, REACH)) ? listed(match[0], '-') : undefined,
    ),
  ),
  rule(
    String.raw`(\d{1,3})\/(\d{1,3})\/(\d{1,3})(?![\w/]|\.\d)`,
    apart((match) => {
      const [whole, ...parts] = match
      const [first, second] = parts.map(Number) as [number, number]
      const dated =
        second > 0 && first > 0 && ((first <= 12 && second <= 31) || (second <= 12 && first <= 31))
      return dated ? undefined : listed(whole, '/')
    }),
  ),
  rule(String.raw`(?<=[A-Z][a-z]{2,20} )d\.(?= [A-Z][a-z]+ \d-\d)`, () => 'defeated'),
  // The minute of a goal behind a scorer's name.
  rule(
    String.raw`(?<=\(|(?:[A-Z][a-zà-ÿ]+|\d['’],?|\bpen,|\bog,|\(pen\),|\(og\),) )(\d{1,3})['’](?=[,;)]| \((?:pen|og|p)\)| pen\b| og\b)`,
    (match, text) =>
      /\d-\d|\+\d|\bgoals?\b|\bscored\b|\bbrace\b|\bhat-trick\b|\bpenalty\b/.test(
        text.slice(Math.max(0, match.index - 4 * REACH), match.index + REACH),
      )
        ? `${cardinal(match[1]!)} minutes`
        : undefined,
  ),
]
