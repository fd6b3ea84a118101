/**
 * Sizes and kinds of workshops, garages and jewellers as English rules: oil, tires, timber, nails, wires, gold, stones.
 */
import { nameNumber, severalOf } from './en-models.ts'
import { cardinal } from './en-numbers.ts'
import { sayNumber } from './en-quantities.ts'
import { apart, type Rule, rule } from './rules.ts'

export const WORKSHOP_RULES: readonly Rule[] = [
  rule(String.raw`(?<=\d )ga\.?(?= [a-z])`, () => 'gauge'),
  rule(
    String.raw`o\.c\.`,
    apart((match, text) => `on center${/^\s*$/.test(text.slice(match.index + 4)) ? '.' : ''}`),
  ),
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,2})?) ?ctw(?!\w)`,
    apart(([, carats]) => `${sayNumber(carats!)} carat total weight`),
  ),
  // Part of an ampere is one, whatever stands beside it.
  rule(
    String.raw`(\d{1,3}\.\d{1,3})\s?A(?![\w'-])`,
    apart(([, amperes]) => `${sayNumber(amperes!)} amperes`),
  ),
  rule(
    String.raw`(\d{1,2})W-?(\d{2})(?=\s|[.,;:!?)]|$)`,
    apart(([, cold, hot]) => `${cardinal(cold!)} W ${cardinal(hot!)}`),
  ),
  rule(
    String.raw`(P|LT)?(\d{3})\/(\d{2}) ?(Z?R) ?(\d{2})(?!\w)`,
    apart(
      ([, kind, width, height, build, rim]) =>
        `${kind === undefined ? '' : `${kind} `}${nameNumber(width!)}, ${cardinal(height!)} ${[...build!].join(' ')} ${cardinal(rim!)}`,
    ),
  ),
  rule(
    String.raw`(\d)x(\d{1,2})s(?!\w)`,
    apart(([, one, other]) => `${cardinal(one!)} by ${severalOf(cardinal(other!))}`),
  ),
  rule(
    String.raw`(\d{1,2})d(?= (?:common |finish |finishing |box |galvanized )?nails?\b)`,
    apart(([, size]) => `${cardinal(size!)} penny`),
  ),
  rule(
    String.raw`(\d{1,2})\/(\d)(?= (?:wire|cable|Romex|NM)\b)`,
    apart(([, gauge, wires]) => `${cardinal(gauge!)} ${cardinal(wires!)}`),
  ),
  rule(
    String.raw`(\d{1,3})[ -]?A(?= (?:breaker|fuse|outlet|circuit|charger|socket|plug|current|service|panel)s?\b)`,
    apart(([, amperes]) => `${cardinal(amperes!)} ampere`),
  ),
  rule(
    String.raw`(\d{1,2})[ -]?[Kk]t?(?= (?:(?:white|yellow|rose|solid|pure) )?gold\b)`,
    apart(([, karats]) => `${cardinal(karats!)} karat`),
  ),
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,2})?)[ -]?ct\.?(?= (?:t\.?w\.? )?(?:diamond|ring|stone|sapphire|emerald|ruby|solitaire|round|princess|oval)s?\b)`,
    apart(([, carats]) => `${sayNumber(carats!)} carat`),
  ),
]
