/**
 * A voice's solved prompt on its way between the acoustic lanes of a device.
 *
 * Knows: that it is arrays in shared memory, written no more. Does not know: what they hold; that is the
 * engine's (`flow-memory.ts`).
 */

/** Floats in the graphs' element type; halves are bits. */
export type StateArray = Float32Array | Uint16Array

/** What one flow memory is made of. */
export interface FlowArrays {
  /** Tokens there is room for. */
  readonly capacity: number
  readonly encoder: StateArray
  /** One for each Euler step. */
  readonly steps: readonly StateArray[]
  readonly contexts: StateArray
}

export interface SharedPrompt {
  /** Of the voice's speech tokens, from the first. */
  readonly solvedTokens: number
  readonly arrays: FlowArrays
}
