/**
 * Pinyin → characters that are read so: how a model without marks for sounds is told a reading.
 */
import { SYLLABLES } from './pinyin-table.ts'

const TONES: Readonly<Record<string, readonly [string, number]>> = Object.fromEntries(
  [...'āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ'].map((letter, i) => [letter, ['aeiouv'[Math.floor(i / 4)]!, (i % 4) + 1]]),
)
/** Syllable → its characters in the order of the tones. */
const CHARACTERS = new Map(
  SYLLABLES.split(' ').map((row) => {
    const [syllable] = /^[a-z]+/.exec(row)!
    return [syllable, [...row.slice(syllable.length)]] as const
  }),
)

/**
 * Characters for syllables with tones (`háng zhǎng`, `hang2 zhang3`, apart by blanks, hyphens or apostrophes); undefined
 * for anything else. Half of them may lack a tone: light ones, as in `xiè xie`.
 */
export function charactersOf(pinyin: string): string | undefined {
  const syllables = pinyin
    .normalize('NFC')
    .toLowerCase()
    .trim()
    // A tone apart from its syllable, as SAPI writes it.
    .replace(/(?<=\p{L}) (?=[1-5](?!\d))/gu, '')
    .split(/[\s'’·-]+/)
  let toned = 0
  let out = ''
  for (const written of syllables) {
    const read = readSyllable(written)
    const character = read && CHARACTERS.get(read.syllable)?.[read.tone - 1]
    if (read === undefined || character === undefined || character === '-') return undefined
    if (read.marked) toned++
    out += character
  }
  return toned * 2 >= syllables.length ? out : undefined
}

function readSyllable(written: string): { syllable: string; tone: number; marked: boolean } | undefined {
  const [, letters, digit] = /^([\p{L}:]{1,8})([1-5]?)$/u.exec(written) ?? []
  if (letters === undefined) return undefined
  let tone = digit === '' ? 0 : Number(digit)
  let syllable = ''
  for (const letter of letters.replace(/u:|ü/g, 'v')) {
    const [plain, mark] = TONES[letter] ?? [letter, 0]
    if (mark > 0 && tone > 0) return undefined
    tone ||= mark
    syllable += plain
  }
  // ü is written u behind j, q, x and y.
  syllable = syllable.replace(/^([jqxy])v/, '$1u')
  if (!CHARACTERS.has(syllable)) return undefined
  return tone > 0
    ? { syllable, tone, marked: true }
    : { syllable, tone: CHARACTERS.get(syllable)![4] === '-' ? 1 : 5, marked: false }
}
