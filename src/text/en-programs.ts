/**
 * What terminals, logs and code write, as English rules: options, clocks behind a bracket, names with points, so much of so much.
 */
import { sayClock } from './en-calendar.ts'
import { cardinal } from './en-numbers.ts'
import { sayNumber, unit } from './en-quantities.ts'
import { apart, type Rule, rule } from './rules.ts'

/** Words that go on behind a dash of prose. */
const PROSE =
  'and|but|or|nor|so|yet|the|an?|it|its|he|she|they|we|you|i|his|her|their|my|your|our|no|not|that|this|these|those|which|who|what|when|where|why|how|all|as|if|in|on|at|to|of|for|is|was|are|were|be|by|from|with|because|though|then|there'

/** Options of commands, before other dashes become pauses. */
export function namedOptions(text: string): string {
  if (!/(?:^|\s|[("'`[])-/.test(text)) return text
  return text
    .replace(
      new RegExp(
        `(?<=^|[\\s("'\`[])--(?!(?:${PROSE})(?![\\w-]))(?=[a-z][\\w-]*[\\w](?:[\\s=.,;:!?)"'\`\\]]|$))`,
        'g',
      ),
      'dash dash ',
    )
    .replace(
      /(?<=[a-z\d] )-(?!\d[CF](?:\W|$))(?=[b-zB-HJ-Z\d]?[b-zB-HJ-Z]\d{0,4}(?:$|[\s.,;)"'`\]]))(?!\w (?:is|are|was|equals|=|\+))/g,
      'dash ',
    )
}

export const PROGRAM_RULES: readonly Rule[] = [
  // Words of compilers; ends of files by themselves; a name between angles behind a point.
  rule(
    '#(include|define|undef|pragma|ifdef|ifndef|endif|import|region)(?!\\w)',
    ([, word]) => `hash ${word}`,
  ),
  rule('#s(?!\\w)', () => 'numbers'),
  rule(
    String.raw`(?<=\s)\.(?=(?:md|js|ts|py|rs|go|txt|csv|json|ya?ml|xml|html?|css|pdf|docx?|xlsx?|png|jpe?g|gif|svg|mp[34]|wav|zip|exe|dll|log|sh|sql|toml|ini)(?!\w))`,
    () => 'dot ',
  ),
  rule(String.raw`(?<=[A-Za-z])\.(?=<)`, () => ' dot '),
  rule(
    String.raw`(?=\d)(?<=\b(?:iOS|iPadOS|macOS|Android|Windows|Ubuntu|Node(?:\.js)?|Java|Python|PHP|Chrome|Firefox|Safari) )(\d{1,3}(?:\.\d{1,2})?)\+(?!\w)`,
    ([, number]) => `${sayNumber(number!)} plus`,
  ),
  // A clock of a log.
  rule(
    String.raw`(?:(?<=\]:? )|(?<=^|\d )(?=[\d:.,]{8,16},? (?:\[|[A-Z]{4,5}\b)))([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,]\d{1,6})?(?![\w:])`,
    ([, hour, minute, second]) =>
      `${sayClock(`${hour}:${minute}`)}${second === '00' ? '' : ` and ${cardinal(second!)} ${second === '01' ? 'second' : 'seconds'}`}`,
  ),
  // Names with points inside: com.acme.App.
  rule(
    String.raw`(?<=[a-z]\.[a-z\d]{1,30})\.(?=[A-Z][A-Za-z])|(?<=\b[a-z]{2,20})\.(?=[A-Z][a-z]+[.(])`,
    () => ' dot ',
  ),
  // So much of so much.
  rule(
    String.raw`(\d{1,6}(?:\.\d{1,3})?)\s?\/\s?(\d{1,6}(?:\.\d{1,3})?) ?(GB|MB|TB|KB|GiB|MiB|kB)(?![A-Za-z\d/])`,
    apart((match, text) => {
      const [, some, all, symbol] = match
      const used =
        /\.\d/.test(match[0]) ||
        /\b(?:used?|usage|mem|memory|ram|disk|space|free|available|quota|storage|progress|downloaded|uploaded)\b[^.!?]{0,16}$/i.test(
          text.slice(Math.max(0, match.index - 32), match.index),
        )
      return `${sayNumber(some!)} ${used ? 'of' : 'or'} ${sayNumber(all!)} ${unit(symbol!, false)}`
    }),
  ),
  // Decimals side by side.
  rule(
    String.raw`(\d{1,4}\.\d{1,4}) (?=\d{1,4}\.\d{1,4}(?![\w.]))`,
    apart(([, number]) => `${sayNumber(number!)}, `),
  ),
  // A decimal and what kind it is: 2.8K.
  rule(
    String.raw`(\d{1,4}\.\d{1,3})K(?= \(|,| (?:OLED|LCD|IPS|display|screen|panel|monitor|video)|$)`,
    apart(([, number]) => `${sayNumber(number!)} K`),
  ),
  // A sign for number without one: my # is.
  rule(
    String.raw`(?<=\b(?:[Mm]y|[Yy]our|[Hh]is|[Hh]er|[Tt]heir|[Oo]ur|[Tt]he|a|[Pp]hone|[Oo]rder|[Tt]racking|[Cc]ell|[Rr]oom|[Ii]nvoice|[Aa]ccount|[Ii]tem|which|what) )#(?=[ :?.,]|$)`,
    () => 'number',
  ),
]
