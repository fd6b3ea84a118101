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
const UNKNOWN =
  /[^\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Common}\p{Script=Inherited}\ue000-\uf8ff\u{f0000}-\u{ffffd}]+[\p{M}]*/gu
const SIGN_LIKE = /^\p{Script=Greek}$/u

export interface KnownText {
  readonly text: string
  /** Names of the scripts of which words were left out. */
  readonly skipped: readonly string[]
}

export function knownLetters(text: string): KnownText {
  const skipped = new Set<string>()
  const kept = text.replace(UNKNOWN, (letters) => {
    if (SIGN_LIKE.test(letters)) return letters
    skipped.add(TESTS.find(({ test }) => test.test(letters))?.name ?? 'unknown')
    return ' '
  })
  return { text: kept, skipped: [...skipped] }
}
