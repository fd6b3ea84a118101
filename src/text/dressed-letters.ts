/**
 * Letters and digits in clothes that Unicode gives no plain form for: small capitals, white on black, in black circles.
 */

const SMALL_CAPITALS = new Map(
  [...'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ'].map((letter, i) => [letter, 'abcdefghijklmnopqrstuvwyz'[i]!]),
)
/** Two and more of them are a word; one alone is a sound of phonetics. */
const SMALL_CAPITAL_WORD = new RegExp(`[${[...SMALL_CAPITALS.keys()].join('')}x]{2,}`, 'gu')
/** First code points of alphabets in black circles and squares, and of numbers from one in black circles. */
const LETTERS = [0x1f150, 0x1f170]
const NUMBERS = [0x2776, 0x2780, 0x278a]
const BLACK = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}]/gu
const NUMBERED = /[\u2776-\u2793\u24eb-\u24f4\u24ff\u{1f51f}]/gu

/** Three and more raised letters are a word; fewer are a power. */
const RAISED_WORD = /[\u02b0-\u02b8\u02e1-\u02e3\u1d2c-\u1d61\u2071\u207f]{3,}/gu

/** Text in which these are letters, and numbers those in plain circles. */
export function undressed(text: string): string {
  return text
    .replace(RAISED_WORD, (word) => word.normalize('NFKC'))
    .replace(/[\u2170-\u217f]/g, (numeral) => numeral.toUpperCase())
    .replace(SMALL_CAPITAL_WORD, (word) =>
      /^x+$/.test(word) ? word : [...word].map((letter) => SMALL_CAPITALS.get(letter) ?? letter).join(''),
    )
    .replace(BLACK, (letter) => {
      const code = letter.codePointAt(0)!
      return String.fromCharCode(0x41 + code - LETTERS.findLast((first) => first <= code)!)
    })
    .replace(NUMBERED, (sign) => {
      const number = numberOf(sign.codePointAt(0)!)
      return number === 0 ? '⓪' : String.fromCharCode(0x245f + number)
    })
}

function numberOf(code: number): number {
  if (code === 0x1f51f) return 10
  if (code === 0x24ff) return 0
  if (code >= 0x24eb && code <= 0x24f4) return 11 + code - 0x24eb
  return 1 + code - NUMBERS.findLast((first) => first <= code)!
}
