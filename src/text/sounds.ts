/**
 * Marks: the only special tokens that text of users can become. Sounds such as `[breath]`, and where a model has them
 * phones such as `[zh]` or `[AA0]`. Which ones a model has, its bundle says.
 */

/** Contents of a model's marks, letters composed. */
export type Marks = ReadonlySet<string>

/** Sounds that both families have, for bundles that do not name their marks. */
const SOUNDS: Marks = new Set(
  'breath noise laughter cough clucking accent quick_breath hissing sigh vocalized-noise lipsmack mn'
    .split(' ')
    .map((name) => `[${name}]`)
    .concat('<laughter>', '</laughter>'),
)

/** What may be a mark. In square brackets before a round one stands the text of a link. */
const MAYBE_MARK = /\[[^\s[\]()]{1,20}\](?!\()|<\/?[a-z]{1,12}>/gu

/** Those of `specials` that text of users may hold: `named` by a bundle, or sounds. */
export function marksOf(specials: Readonly<Record<string, number>>, named?: readonly string[]): Marks {
  const wanted = named === undefined ? SOUNDS : new Set(named)
  return new Set(Object.keys(specials).filter((content) => wanted.has(content)))
}

/** Text whose letters are composed, with each mark replaced by what `put` gives for it. */
export function replaceMarks(text: string, marks: Marks = SOUNDS, put: (mark: string) => string): string {
  if (!/[[<]/.test(text)) return text
  return text.replace(MAYBE_MARK, (written) => (marks.has(written) ? put(written) : written))
}
