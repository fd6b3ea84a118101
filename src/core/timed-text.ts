/** Words and sentences of a text with the times at which they are said. */

/** What is told with its time. */
export type TimeUnit = 'word' | 'sentence'

/** A word or sentence of the text as it was written, and when it is said. */
export interface TimedText {
  readonly text: string
  /** Seconds from the speech's first sample. */
  readonly start: number
  readonly end: number
  /** UTF-16 places in the text that was sent. */
  readonly from: number
  readonly to: number
}
