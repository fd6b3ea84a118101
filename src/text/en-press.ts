/**
 * What reports of news, money and sports write short, as English rules: scores, laps, zones of clocks, parties, tickers.
 */
import { sayClock } from './en-calendar.ts'
import { tellsKind } from './en-kinds.ts'
import { spelled } from './en-machine.ts'
import { nameNumber } from './en-models.ts'
import { cardinal, decimal } from './en-numbers.ts'
import { sayNumber } from './en-quantities.ts'
import { STATE, stateName } from './en-states.ts'
import { apart, behind, charAfter, type Rule, rule } from './rules.ts'

const PARTIES: Readonly<Record<string, string>> = { D: 'Democrat', R: 'Republican', I: 'Independent' }
const SPANS: Readonly<Record<string, string>> = {
  y: 'year',
  q: 'quarter',
  m: 'month',
  w: 'week',
  Y: 'year',
  Q: 'quarter',
  M: 'month',
}
const SHORT: Readonly<Record<string, string>> = { def: 'defeated', ov: 'overs', wkts: 'wickets' }

/** Behind these `m` is meters: lengths, races, and words in -s that are no things. */
const LONG =
  /^ (?:[a-z]+(?:ss|wards|ways|nus|lus)|lengths|widths|steps|intervals|strips|rolls|gaps|spans|cliffs|contours|times|heats|finals|semis|hurdles|sprints|trials|runners|sprinters|swimmers|athletes|records|titles|medals|winners|is|was|has|its|this|as|us|seas|perhaps|besides)\b/
const COUNTED =
  'people|men|women|children|users|views|viewers|visitors|visits|customers|subscribers|followers|fans|members|accounts|players|readers|workers|voters|votes|jobs|downloads|copies|units|shares|barrels|streams|plays|likes|impressions|passengers|doses|cases|deaths|pupils|students|patients|adults|homes|households'
/** What is told apart by its size, and counted in millions all the same. */
const MANY = new RegExp(
  `^ (?:[a-z]+ )?(?:${COUNTED}|houses|cars|vehicles|tickets|notes|coins|bottles|cans|pills|parcels|packages|pizzas|burgers|cats|dogs|phones|laptops|tablets|chips|trips|flights|journeys|meals|songs|cards)\\b`,
)
const two = (digits: string) => (digits.startsWith('0') ? `oh ${cardinal(digits)}` : cardinal(digits))
const seconds = (digits: string) =>
  digits === '00' ? '' : ` and ${cardinal(digits)} ${Number(digits) === 1 ? 'second' : 'seconds'}`

export const PRESS_RULES: readonly Rule[] = [
  // A clock with its seconds and its zone, as logs and letters have it.
  rule(
    String.raw`([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})? ?(Z|[-+]\d\d:?\d\d)(?![\w:])`,
    apart(([, hour, minute, second, zone]) => {
      const [, sign, hours, minutes] = /^([-+])(\d\d):?(\d\d)$/.exec(zone!) ?? []
      const shift =
        sign === undefined || Number(hours! + minutes!) === 0
          ? ''
          : ` ${sign === '-' ? 'minus' : 'plus'} ${cardinal(String(Number(hours)))}${minutes === '00' ? '' : ` ${cardinal(minutes!)}`}`
      return `${sayClock(`${hour}:${minute}`)}${seconds(second!)} UTC${shift}`
    }),
  ),
  rule(
    String.raw`([01]\d|2[0-3]):?([0-5]\d)\s?(Z|GMT|UTC|BST|CET|EST|PST|local time)(?![\w:+-])`,
    apart(([whole, hour, minute, zone]) =>
      whole.includes(':') && zone !== 'Z'
        ? undefined
        : `${hour!.startsWith('0') ? 'oh ' : ''}${cardinal(String(Number(hour)))} ${minute === '00' ? 'hundred' : two(minute!)} ${zone}`,
    ),
  ),
  // A lap, a finish: behind an article the time is a name.
  rule(
    String.raw`(\d{1,2}):([0-5]\d):([0-5]\d)(?= (?:marathon|half|race|finish|time|run|effort|best|record|personal|PB|PR|mark)\b)`,
    apart(([, hours, minutes, part]) => `${cardinal(hours!)} ${two(minutes!)} ${two(part!)}`),
  ),
  rule(
    String.raw`(\d{1,3}):([0-5]\d)\.(\d{1,3})(?!\w|\.\d)`,
    apart(
      ([, minutes, part, rest]) =>
        `${cardinal(minutes!)} ${Number(minutes) === 1 ? 'minute' : 'minutes'} ${decimal(String(Number(part)), rest!)} seconds`,
    ),
  ),
  // Runs for wickets; the points of a tie-break.
  rule(
    String.raw`(\d{2,3})\/(\d)(?=d?(?:[\s,.;)]|$))(?! ?(?:of|inch|cup|mm|in|m|cm|ft|=)\b)(?!\s?=)`,
    apart((match, text) =>
      /\b(?!Windows|Grade|Unit|Flat|Apt)[A-Z][A-Za-z]{1,20}(?: were| was| at| reached| are| scored| made| on|:)? $|\b(?:score|total|innings) (?:of|is|was) $/.test(
        text.slice(Math.max(0, match.index - 32), match.index),
      ) && Number(match[1]) >= 30
        ? `${cardinal(match[1]!)} for ${cardinal(match[2]!)}`
        : undefined,
    ),
  ),
  // Wickets for runs, of a bowler.
  rule(
    String.raw`(?=\d)(?<=[A-Z][a-z]{2,20} )(\d|10)\/(\d{2,3})(?=[,;.)]| (?:\(|off\b|in\b|from\b))`,
    (match, text) =>
      /\b(?:overs?|ov|wickets?|wkts|runs|balls?|bowl(?:ed|ing)|innings|Test|ODI|T20)\b|\d\*/.test(
        text.slice(Math.max(0, match.index - 64), match.index + 64),
      )
        ? `${cardinal(match[1]!)} for ${cardinal(match[2]!)}`
        : undefined,
  ),
  rule(
    String.raw`([67])-([67])\s?\((\d{1,2})(?:-(\d{1,2}))?\)`,
    apart(
      ([, one, other, lost, more]) =>
        `${cardinal(one!)} to ${cardinal(other!)}, ${more === undefined ? '' : `${cardinal(lost!)} to `}${cardinal(more ?? lost!)}`,
    ),
  ),
  rule(String.raw`(?=d)(?<=\d\/\d )dec(?:\.|(?!\w))`, () => 'declared'),
  rule(
    String.raw`(?<=[A-Za-z\d] )(def|ov|wkts)\.(?= ?[A-Z,)])`,
    apart(([, short]) => SHORT[short!]!),
  ),
  // What is counted in millions where people, homes or votes are; bonds by their years.
  rule(
    String.raw`(\d{1,3}(?:\.\d)?)m(?=[.,;!?)]|\s*$| (?:in|last|this|by|for|after|from|people)\b)`,
    apart((match, text) =>
      /\b(?:waiting list|people|users|viewers|homes|jobs|votes|subscribers|patients|population|audience|fans|members|customers|visitors|copies|downloads)\b[^.!?]{0,40}$|\b(?:revenues?|sales|turnover|profits?|loss(?:es)?|budget|deficit|surplus|debts?|funding|earnings|income)\b[^.!?]{0,24}$/.test(
        text.slice(Math.max(0, match.index - 64), match.index),
      ) && !/\d ?(?:m|ft|km) /.test(text.slice(Math.max(0, match.index - 64), match.index))
        ? `${match[1]!.includes('.') ? decimal(...(match[1]!.split('.') as [string, string])) : cardinal(match[1]!)} million`
        : undefined,
    ),
  ),
  rule(
    `(\\d{1,3}(?:\\.\\d{1,2})?)([mb])(?= (?:of (?:them|us|you)|(?:[a-z]{3,12} )?(?:${COUNTED})|(?:new|more|fewer|extra|other) [a-z]{3,20}s|[A-Za-z][a-z]{2,20}s)\\b)`,
    apart((match, text) => {
      const [whole, number, scale] = match
      const rest = behind(match, text, 40)
      return LONG.test(rest) || (tellsKind(text, match.index, match.index + whole.length) && !MANY.test(rest))
        ? undefined
        : `${sayNumber(number!)} ${scale === 'm' ? 'million' : 'billion'}`
    }),
  ),
  rule(
    String.raw`(\d{1,2})Y(?= (?:yields?|Treasur(?:y|ies)|bonds?|notes?|gilts?|bunds?)\b)`,
    apart(([, years]) => `${cardinal(years!)} year`),
  ),
  // Year over year, basis points.
  rule(
    String.raw`(?:([yqmwYQM])(?:\/|-o-)\1|([YQM])o\2)(?!\w)`,
    apart(([, one, other]) => `${SPANS[one ?? other!]} over ${SPANS[one ?? other!]}`),
  ),
  rule(
    'YTD(?!\\w)',
    apart(() => 'year to date'),
  ),
  rule(
    String.raw`([-+]?)(\d{1,3}(?:\.\d{1,2})?) ?(?:bps|bp(?= (?:to|from|rate|cut|hike|rise|increase)\b|[.,;]))(?!\w)`,
    apart(([, sign, number]) =>
      // So fast is a modem.
      /^(?:300|600)$/.test(number!)
        ? undefined
        : `${sign === '' ? '' : sign === '-' ? 'minus ' : 'plus '}${sayNumber(number!)} basis ${number === '1' ? 'point' : 'points'}`,
    ),
  ),
  rule(
    String.raw`\$([A-Z]{1,5})(?=\s[-+]?\d|\s(?:is|was|up|down|at|to|calls|puts|shares?|stock)\b|,\s\$)`,
    apart(([, ticker]) => ticker),
  ),
  rule(
    String.raw`#?((?!A3[1-8]0-1000)[A-Z]{1,2}\d{1,4})-(\d{4,12})(?![\w-])`,
    apart(
      ([code, series, serial]) =>
        `${code.startsWith('#') ? 'number ' : ''}${spelled(series!)}, ${spelled(serial!)}`,
    ),
  ),
  rule(
    String.raw`([1-7])\*(?= (?:hotel|resort|rating|review|restaurant|service|accommodation|luxury|stay)s?\b)`,
    apart(([, stars]) => `${cardinal(stars!)} star`),
  ),
  // A member of a parliament: party and state.
  rule(
    `\\(([DRI])-(${STATE}|[A-Z][a-z]{2,14})\\)`,
    ([, party, state]) => `(${PARTIES[party!]}, ${stateName(state!) ?? state})`,
  ),
  rule(
    String.raw`Sec\.(?= of [A-Z]| [A-Z][a-z])`,
    apart(() => 'Secretary'),
  ),
  rule(
    String.raw`(Cat|Pop|Est)\.(?= (?:of )?[$€£]?\d)`,
    apart((match, text) =>
      match[1] === 'Est'
        ? /^ [12]\d{3}(?!\d)/.test(text.slice(match.index + 4, match.index + 10))
          ? 'Established'
          : 'Estimated'
        : match[1] === 'Cat'
          ? 'Category'
          : 'Population',
    ),
  ),
  rule(
    String.raw`(?<=[\d%](?:bn|[kKmMB])? )est\.`,
    (match, text) => `estimate${/\w/.test(charAfter(match, text)) ? ' ' : ''}`,
  ),
  // Born and died, before a month as well.
  rule(
    String.raw`([bd])\.(?= (?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z.]{0,7}\.? \d)`,
    apart(([, letter]) => (letter === 'b' ? 'born' : 'died')),
  ),
  rule(
    'w/c(?= \\d| [A-Z])',
    apart(() => 'week commencing'),
  ),
  // What a server answers, as people name it; strains and releases of letters and numbers.
  rule(
    String.raw`(?<=\b(?:[Aa]|[Rr]eturns|[Tt]hrows|[Gg]ot|[Gg]ets) )([45]\d\d)(?=$|[.,;:!?)]| (?:error|status|page|response|code|from|on|for|when|if|and|or)\b)`,
    ([, status]) => nameNumber(status!),
  ),
  rule(
    String.raw`([45]\d\d)(?=s? (?:errors?|status|pages?|responses?|not found)\b)`,
    apart(([, status]) => nameNumber(status!)),
  ),
  rule(
    String.raw`(?!NO)([A-Z]{1,3})\.(\d{1,2})((?:\.\d{1,2}){0,2})(?![\w.]{0,24}\w)`,
    apart(
      ([, letters, first, rest]) =>
        `${[...letters!].join(' ')} ${[first!, ...rest!.split('.').slice(1)].map((part) => cardinal(part)).join(' point ')}`,
    ),
  ),
]
