/**
 * Words that chat writes with digits or without vowels, as English rules.
 */
import { oneOf } from './en-bare-abbreviations.ts'
import { apart, type Rule, rule } from './rules.ts'

const WORDS: Readonly<Record<string, string>> = {
  gr8: 'great',
  l8r: 'later',
  l8: 'late',
  m8: 'mate',
  h8: 'hate',
  w8: 'wait',
  b4: 'before',
  str8: 'straight',
  '2day': 'today',
  '2nite': 'tonight',
  '2night': 'tonight',
  '2moro': 'tomorrow',
  '2morrow': 'tomorrow',
  sk8: 'skate',
  ne1: 'anyone',
  some1: 'someone',
  every1: 'everyone',
  thx: 'thanks',
  tmrw: 'tomorrow',
  pls: 'please',
  plz: 'please',
  ppl: 'people',
  msg: 'message',
}

export const CHAT_RULES: readonly Rule[] = [
  rule(
    `(${oneOf(WORDS)})(?![\\w'-]|\\.\\w)`,
    apart(([, word]) => WORDS[word!]!),
  ),
  rule(
    `(${oneOf(Object.fromEntries(Object.entries(WORDS).map(([key, said]) => [key[0]!.toUpperCase() + key.slice(1), said])))})(?![\\w'-]|\\.\\w)`,
    apart((match) => {
      const said = WORDS[match[1]!.toLowerCase()]!
      return /\d/.test(match[1]![0]!) ? undefined : said[0]!.toUpperCase() + said.slice(1)
    }),
  ),
]
