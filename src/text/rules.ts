/**
 * Ordered rewriting rules, applied from left to right in one pass.
 *
 * The whole stays linear in the text. Each pattern starts where the last match ended; its repetitions are bounded
 * or run over text that the match consumes.
 */

/** What is said for a match; undefined: not this rule after all. */
export type Say = (match: RegExpExecArray, text: string) => string | undefined

export interface Rule {
  readonly pattern: RegExp
  readonly say: Say
}

export function rule(pattern: string, say: Say): Rule {
  return { pattern: new RegExp(pattern, 'y'), say }
}

/** The character before a match; a blank at the text's start. */
export function charBefore(match: RegExpExecArray, text: string): string {
  return text[match.index - 1] ?? ' '
}

/** The character behind a match; a blank at the text's end. */
export function charAfter(match: RegExpExecArray, text: string): string {
  return text[match.index + match[0].length] ?? ' '
}

/** Whether a match continues a word or a number. */
export function inNumber(match: RegExpExecArray, text: string): boolean {
  return /[\w.]/.test(charBefore(match, text))
}

/** At most `reach` characters in front of a match, and behind it. */
export function ahead(match: RegExpExecArray, text: string, reach: number): string {
  return text.slice(Math.max(0, match.index - reach), match.index)
}

export function behind(match: RegExpExecArray, text: string, reach: number): string {
  const end = match.index + match[0].length
  return text.slice(end, end + reach)
}

/** The stop that a short word's own point was as well: nothing, or a capital, follows the match. */
export function stopBehind(match: RegExpExecArray, text: string): string {
  return /^(?:\s*$|\s+[A-Z])/.test(behind(match, text, 3)) ? '.' : ''
}

/** A rule's words, but only where its match does not continue a word or number. */
export function apart(say: Say): Say {
  return (match, text) => (/\w/.test(charBefore(match, text)) ? undefined : say(match, text))
}

/** Rules in their order, with one pattern in front of each few that tells whether any of them can match. */
export interface RuleSet {
  readonly groups: readonly { readonly any: RegExp | undefined; readonly rules: readonly Rule[] }[]
}

/** Rules that one pattern stands for. */
const GROUP = 12

export function ruleSet(rules: readonly Rule[]): RuleSet {
  const groups: { any: RegExp | undefined; rules: readonly Rule[] }[] = []
  for (let from = 0; from < rules.length; from += GROUP) {
    const few = rules.slice(from, from + GROUP)
    // A reference to a group counts groups of its own pattern only.
    const joinable = few.every(({ pattern }) => !/\\[1-9]|\(\?<[a-z]/.test(pattern.source))
    const any = joinable
      ? new RegExp(few.map(({ pattern }) => `(?:${pattern.source})`).join('|'), 'y')
      : undefined
    groups.push({ any, rules: few })
  }
  return { groups }
}

/**
 * Rewrites `text`: at each place where `canStart` holds the first rule that matches wins, and what no rule takes stays.
 */
export function rewrite(
  text: string,
  rules: RuleSet,
  canStart: (text: string, at: number) => boolean,
): string {
  let out = ''
  let at = 0
  while (at < text.length) {
    const taken = canStart(text, at) ? firstMatch(text, at, rules) : undefined
    if (taken === undefined) out += text[at++]
    else {
      out += taken.said
      at += taken.length
    }
  }
  return out
}

function firstMatch(
  text: string,
  at: number,
  { groups }: RuleSet,
): { said: string; length: number } | undefined {
  for (const { any, rules } of groups) {
    if (any !== undefined) {
      any.lastIndex = at
      if (!any.test(text)) continue
    }
    for (const { pattern, say } of rules) {
      pattern.lastIndex = at
      const match = pattern.exec(text)
      const said = match === null ? undefined : say(match, text)
      if (said !== undefined) return { said, length: match![0].length }
    }
  }
  return undefined
}
