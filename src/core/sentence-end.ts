/** Whether a written word ends its sentence, as far as the word tells. */

/** What ends a sentence: marks, with quotation marks, brackets and marks of Markdown behind them. */
const ENDED = /[.!?。！？…]["'”’)）」』】\]*_~`]*$/u
/** Words that end with a point inside a sentence. */
const ABBREVIATED =
  /^["'“‘(]*(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Mt|Gen|Col|Sgt|Capt|Rev|Hon|vs|etc|e\.g|i\.e|cf|No|approx|[A-Z](?:\.[A-Z])+|[ap]\.m)\.$/

export function endsSentence(word: string): boolean {
  return ENDED.test(word) && !ABBREVIATED.test(word)
}
