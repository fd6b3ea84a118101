/**
 * Ordered rewriting rules, applied from left to right in one pass.
 *
 * Knows: how rules are tried and that the whole stays linear: each pattern is anchored where the last match ended, all
 * of its repetitions are bounded or run over text that the match consumes. Does not know: any language.
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

/** A rule's words, but only where its match does not continue a word or number. */
export function apart(say: Say): Say {
  return (match, text) => (/\w/.test(charBefore(match, text)) ? undefined : say(match, text))
}

/**
 * Rewrites `text`: at each place where `canStart` holds the first rule that matches wins, and what no rule takes stays.
 */
export function rewrite(
  text: string,
  rules: readonly Rule[],
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
  rules: readonly Rule[],
): { said: string; length: number } | undefined {
  for (const { pattern, say } of rules) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    const said = match === null ? undefined : say(match, text)
    if (said !== undefined) return { said, length: match![0].length }
  }
  return undefined
}
