/**
 * Blanks and last marks of Chinese text.
 */

/** Commas at the end become one full stop. (A pattern for it would look at every run of commas from each of them.) */
export function withoutLastCommas(text: string): string {
  let end = text.length
  while (end > 0 && '，,、'.includes(text[end - 1]!)) end--
  return end === text.length ? text : `${text.slice(0, end)}。`
}

/** A blank stays only between two Latin or Korean characters that are not blanks themselves. */
export function keepBlanksBetweenLatin(text: string): string {
  const isWord = (character: string | undefined) =>
    character !== undefined &&
    character !== ' ' &&
    (character <= '\x7f' || /\p{Script=Hangul}|\p{Script=Latin}/u.test(character))
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== ' ' || (isWord(text[i - 1]) && isWord(text[i + 1]))) out += text[i]
  }
  return out
}
