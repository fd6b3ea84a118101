/**
 * Letters that the model has never heard: they are passed over, and the caller is told.
 */

/** Scripts with a name for people, in the order they are looked for. */
const SCRIPTS = [
  'Cyrillic',
  'Greek',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Thai',
  'Bengali',
  'Tamil',
  'Telugu',
  'Georgian',
  'Armenian',
  'Khmer',
  'Lao',
  'Myanmar',
  'Ethiopic',
  'Gujarati',
  'Gurmukhi',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Tibetan',
  'Mongolian',
] as const
const TESTS = SCRIPTS.map((name) => ({ name, test: new RegExp(`\\p{Script=${name}}`, 'u') }))

/** Words of any script but Latin, Chinese, Japanese and Korean. Greek letters by themselves are signs of mathematics. */
const unknownBut = (more: string) =>
  new RegExp(
    `[^\\p{Script=Latin}\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Bopomofo}\\p{Script=Common}\\p{Script=Inherited}\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}${more}]+[\\p{M}]*`,
    'gu',
  )
const UNKNOWN = unknownBut('')
const UNKNOWN_BUT_CYRILLIC = unknownBut('\\p{Script=Cyrillic}')
const SIGN_LIKE = /^\p{Script=Greek}$/u

export interface KnownText {
  readonly text: string
  /** Names of the scripts of which words were left out. */
  readonly skipped: readonly string[]
}

/** `languages` of the model: with Russian its letters are known. */
export function knownLetters(text: string, languages: readonly string[] = []): KnownText {
  const skipped = new Set<string>()
  const unknown = languages.includes('ru') ? UNKNOWN_BUT_CYRILLIC : UNKNOWN
  const kept = text.replace(unknown, (letters) => {
    if (SIGN_LIKE.test(letters)) return letters
    skipped.add(TESTS.find(({ test }) => test.test(letters))?.name ?? 'unknown')
    return ' '
  })
  return { text: kept, skipped: [...skipped] }
}
