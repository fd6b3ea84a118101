/**
 * Sums of school and homework as English rules: what is asked for, differences of powers, halves of a variable.
 */
import { cardinal } from './en-numbers.ts'
import { sayNumber } from './en-quantities.ts'
import { charBefore, type Rule, rule } from './rules.ts'

const SIGNS: Readonly<Record<string, string>> = {
  x: 'times',
  '×': 'times',
  '*': 'times',
  '/': 'divided by',
  '÷': 'divided by',
  '-': 'minus',
}
/** Behind these a sum stands. */
const ASKED =
  "(?:[Ww]hat(?:'?s| is)|[Hh]ow much is|[Cc]alculate|[Cc]ompute|[Ss]olve|[Ee]valuate|[Mm]ultiply|[Dd]ivide|[Dd]o the (?:math|sum):)"
const PLAIN = String.raw`\d{1,9}(?:\.\d{1,6})?`

/** A difference of two letters, which no dash between words is. */
export const withMinus = (text: string): string =>
  text
    .replace(/(?<=(?:^|[^A-Za-z'])\d{0,3}[a-z]) - (?=\d{0,3}[a-z](?:[²³|)\]^]|\s?[=+*/<>]|$))/g, ' − ')
    .replace(/(?<=\|[a-z\d]) - (?=[a-z\d]\|)/g, ' − ')
    .replace(/(?<=\^\(?-?\d{1,2}\)?|(?:^|[^A-Za-z])\d[a-z]) - (?=\d|[a-z](?![a-z]))/g, ' − ')
    // Letters that variables have and kinds have not; with small numbers, behind an equals sign any.
    .replace(
      /(?<=(?:^|[^\w'.&-])[ijkmnpqrtuvwxyz])(?: - |-(?=\d{1,2}(?![\w-]|\.\d)))(?=\d|[a-z](?![\w'.]))/g,
      ' − ',
    )
    .replace(/(?<=(?:^|[^\w'])[a-z] ?\d) - (?=[a-z] ?\d(?!\w))/g, ' − ')
    .replace(/(?<== ?(?:[\w+*/^()]{1,6} ?){0,3}(?<![A-Za-z'])[a-z]) - (?=[a-z\d](?![A-Za-z']))/g, ' − ')

export const SUM_RULES: readonly Rule[] = [
  rule(
    String.raw`(?=\d)(?!(?:9\/11|7\/11|24\/7|50\/50|20\/20|80\/20)(?!\d))(?<=\b${ASKED} )(${PLAIN}) ?([x×*÷/-]) ?(${PLAIN})(?=\s?[?.,;!=]|$)(?!\.\d)`,
    ([, one, sign, other]) => `${sayNumber(one!)} ${SIGNS[sign!]} ${sayNumber(other!)}`,
  ),
  rule(
    String.raw`(?=\d)(?<=\d ?= ?)(${PLAIN}) ?x ?(${PLAIN})(?![\w.]{0,24}\d|[\w"'])`,
    ([, one, other]) => `${sayNumber(one!)} times ${sayNumber(other!)}`,
  ),
  rule(String.raw`([nxyzkt])\/(\d{1,3})(?![\w/"']|\.\w)`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `${match[1]} over ${cardinal(match[2]!)}`,
  ),
  rule('(?= = )(?<=(?:^|[^(\\w])[Ll]et [a-z]\\d?) = ', () => ' equal '),
]
