/**
 * Words that chat writes with digits or without vowels, as English rules.
 */
import { oneOf } from './en-bare-abbreviations.ts'
import { apart, behind, type Rule, rule } from './rules.ts'

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
  wknd: 'weekend',
  pls: 'please',
  plz: 'please',
  ppl: 'people',
  msg: 'message',
  brb: 'be right back',
  ttyl: 'talk to you later',
  lmk: 'let me know',
  idk: "I don't know",
  idc: "I don't care",
  imo: 'in my opinion',
  imho: 'in my humble opinion',
  tbh: 'to be honest',
  ngl: 'not gonna lie',
  btw: 'by the way',
  omw: 'on my way',
  nvm: 'never mind',
  smh: 'shaking my head',
  ikr: 'I know, right',
  wdym: 'what do you mean',
  irl: 'in real life',
  afaik: 'as far as I know',
  iirc: 'if I recall correctly',
  hbu: 'how about you',
  wyd: 'what are you doing',
  gtg: 'got to go',
  rn: 'right now',
}

const ADDRESSED = /^\s?(?:[,!?]|$|(?:u|you|ur|your|we|wh\w+|how|can|did|do|r|are|i'?m?)\b)/i

/** Those of letters alone, as they stand at the beginning of a sentence as well. */
export const CHAT_WORDS: readonly string[] = Object.keys(WORDS)
  .filter((word) => /^[a-z]+$/.test(word))
  .flatMap((word) => [word, word[0]!.toUpperCase() + word.slice(1)])

export const CHAT_RULES: readonly Rule[] = [
  rule(
    `(${oneOf(WORDS)})(?![\\w'-]|\\.\\w)`,
    apart(([, word]) => WORDS[word!]!),
  ),
  rule(
    `(${oneOf(Object.fromEntries(Object.entries(WORDS).map(([key, said]) => [key[0]!.toUpperCase() + key.slice(1), said])))})(?![\\w'-]|\\.\\w)`,
    apart((match, text) => {
      const said = WORDS[match[1]!.toLowerCase()]!
      if (/\d/.test(match[1]![0]!)) return undefined
      // A letter and a digit are a size or a kind, unless a person is spoken to.
      return /^[A-Z]\d$/.test(match[1]!) && !ADDRESSED.test(behind(match, text, 8))
        ? undefined
        : said[0]!.toUpperCase() + said.slice(1)
    }),
  ),
]
