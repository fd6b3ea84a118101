/**
 * What passes between the stages that read markup and those that speak.
 */

/** Where a phrase ends that no mark of the text ends. */
export type End = 'cell' | 'line' | 'paragraph'

export type Piece =
  | { readonly kind: 'written'; readonly text: string }
  /** Words that no rule may change. */
  | { readonly kind: 'said'; readonly text: string }
  /** Something to be said in the way of `as`, once the language around it is known. */
  | { readonly kind: 'read'; readonly text: string; readonly as: ReadAs; readonly format?: string }
  | { readonly kind: 'end'; readonly end: End }
  | { readonly kind: 'pause'; readonly ms: number }
  /** Factor of the speed from here on; 1 is the request's own. */
  | { readonly kind: 'rate'; readonly factor: number }
  /** A block of code, which is not read out. */
  | { readonly kind: 'code'; readonly announce: boolean }

/** SSML's `interpret-as`. */
export type ReadAs = 'characters' | 'telephone' | 'date' | 'cardinal' | 'ordinal'

/** One stretch of text between explicit pauses and changes of speed. */
export interface Stretch {
  /** Text with line ends; what is `said` stands in it as one character of the private plane. */
  readonly text: string
  readonly pauseMs: number
  readonly rate: number
}
