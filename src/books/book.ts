/** A book as its reader gives it. */
import type { Chapter } from './book-parts.ts'

export interface Book {
  readonly title: string
  readonly author: string | undefined
  /** Language tag, where the file tells one. */
  readonly language: string | undefined
  readonly chapters: readonly Chapter[]
  /** How its texts are read: `plain` where every sign is text. */
  readonly textFormat: 'auto' | 'plain'
}
