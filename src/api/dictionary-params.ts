/** How words are said, as zod schemas: of one request, and of those that are kept. */
import { z } from 'zod'

const MAX_REQUEST_WORDS = 200
const MAX_KEPT_WORDS = 5000

/** A word in whole characters: halves of pairs and bytes of other encodings would be lost without a sign. */
const word = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/[\ufffd\p{Cs}]/u.test(text), 'expected text in UTF-8')

/** Written form → how it is said, at most `max` of them. */
const wordsOf = (max: number) =>
  z.preprocess(
    (value, context) => {
      // First, since each word costs to look at.
      const isTooLarge = typeof value === 'object' && value !== null && Object.keys(value).length > max
      if (isTooLarge) context.addIssue({ code: 'custom', message: `expected at most ${max} words` })
      return value
    },
    z.record(word(64), word(200)),
  )

/** In forms a JSON object as text. */
export const dictionary = z
  .preprocess((value) => {
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value) as unknown
    } catch {
      return value
    }
  }, wordsOf(MAX_REQUEST_WORDS))
  .describe('How words are said: {"SQL": "sequel"}; whole words, the longest first. In forms as a JSON text.')

/** Of one `PUT`. */
export const keptWords = wordsOf(MAX_KEPT_WORDS)
