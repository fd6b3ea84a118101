/**
 * The ends of English postal addresses as rules: states with their codes for post, flats before houses.
 */
import { nameNumber } from './en-models.ts'
import { cardinal } from './en-numbers.ts'
import { groups } from './en-phones.ts'
import { isDegree, isInState, TOWN_REACH } from './en-places.ts'
import { isWord, STATE, stateName } from './en-states.ts'
import { STREET_KIND } from './en-streets.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

const FLAT = '(?:[Uu]nit|[Aa]pt\\.?|[Aa]partment|[Ff]lat|[Ss]uite|[Ss]hop|[Ll]ot|[Ll]evel)'
const house = (number: string) => (number.length > 2 ? nameNumber(number) : cardinal(number))

/** What follows a place in a sentence; degrees have other words behind them. */
const ENDED =
  /^(?:$|[.,;:!?)]{1,3}(?:\s|$)|\n|(?<!\b(?:MS|MD|ND|CT|DC|AL)) (?:in|and|on|to|for|from|where|when|since|is|was|with|at|as|area|by|this|last|next|via|after|before|until)\b)/

export const POSTAL_RULES: readonly Rule[] = [
  // Behind a place: its state, with the code for post or where the address ends.
  rule(
    `(${STATE})(?: (\\d{5}(?:-\\d{4})?))?(?![\\w-])`,
    apart((match, text) => {
      const [whole, state, code] = match
      const before = text.slice(Math.max(0, match.index - 3), match.index)
      const rest = text.slice(match.index + whole.length, match.index + whole.length + 4)
      if (!(code === undefined ? /[a-z], $/ : /[A-Za-z],? $/).test(before)) return undefined
      if (code !== undefined) return `${stateName(state!)} ${groups(code)}`
      const place = ahead(match, text, TOWN_REACH)
      if (isDegree(state!, place)) return 'M D'
      const isSure = isInState(state!, place)
      if (!isSure && (isWord(state!) || !ENDED.test(behind(match, text, 12)))) return undefined
      return stateName(state!)! + (state!.endsWith('.') && rest === '' ? '.' : '')
    }),
  ),
  rule(
    String.raw`(NSW|VIC|QLD|SA|WA|TAS|ACT|NT) (\d{4})(?![\w-])`,
    apart((match, text) =>
      /[A-Za-z],? $/.test(text.slice(Math.max(0, match.index - 3), match.index))
        ? `${match[1]} ${groups(match[2]!)}`
        : undefined,
    ),
  ),
  // A flat and its house are no fraction; nor are they a range.
  rule(
    `(${FLAT}) (\\d{1,4})\\/(\\d{1,4})(?![\\d/]|\\.\\d)`,
    apart(
      ([, flat, door, number]) => `${flat!.replace(/pt\.?$/, 'partment')} ${house(door!)}, ${house(number!)}`,
    ),
  ),
  rule(
    `(\\d{1,4})\\/(\\d{1,4})(?= [A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})? ${STREET_KIND}\\b)`,
    apart(([, door, number]) => `${house(door!)}, ${house(number!)}`),
  ),
  // The number of a case.
  rule(
    String.raw`(No\.|Nos\.|Case|Docket)( No\.)? (\d{1,4})-((?:[A-Za-z]{1,3}-)?\d{2,6})(?![\w-])`,
    apart(([, lead, number, series, serial]) =>
      lead === 'Nos.'
        ? undefined
        : `${lead === 'No.' ? 'number' : `${lead}${number === undefined ? '' : ' number'}`} ${house(series!)}, ${serial!.replace(/\D+/g, (letters) => `${letters.replaceAll('-', '')} `).replace(/\d+/, (run) => groups(run))}`,
    ),
  ),
]
