/**
 * Sounds that a text may ask for by name: the only special tokens that text of users can become. Phones of version 3, such as
 * `[zh]` or `[AA0]`, are letters in it.
 */
const NAMES =
  'breath|noise|laughter|cough|clucking|accent|quick_breath|hissing|sigh|vocalized-noise|lipsmack|mn'

/** One mark, whole. */
export const SOUND = new RegExp(`^(?:\\[(?:${NAMES})\\]|</?(?:strong|laughter)>)$`)

/** A bracket that belongs to no such mark. */
export const OTHER_BRACKET = new RegExp(`\\[(?!(?:${NAMES})\\])|(?<!\\[(?:${NAMES}))\\]`, 'g')
