/**
 * Which of the two normalisers reads a text. Questions about scripts, nothing else.
 */

/** Any Han character: the reference's Chinese branch. */
export function hasChinese(text: string): boolean {
  return /[\u4e00-\u9fff]/.test(text)
}

/** Nothing that could be spoken: punctuation, symbols and blanks only, or nothing. */
export function isSilent(text: string): boolean {
  return /^[\p{P}\p{S}\s]*$/u.test(text)
}
