/** How long a text is. */

/** Characters as people count them on this API, whatever limit they are counted for: Unicode code points. */
export function countCharacters(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // The second half of a pair is not counted again; a lone one is.
    const isSecondHalf =
      code >= 0xdc00 &&
      code <= 0xdfff &&
      i > 0 &&
      text.charCodeAt(i - 1) >= 0xd800 &&
      text.charCodeAt(i - 1) <= 0xdbff
    if (!isSecondHalf) count++
  }
  return count
}
