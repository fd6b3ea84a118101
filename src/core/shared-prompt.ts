/** A voice's solved prompt on its way between the acoustic lanes of a device: memory that is written no more. */

declare const SHARED: unique symbol

/** An array of device memory that a message can carry to another thread; `DeviceMemory` makes and adopts it. */
export interface SharedArray {
  readonly [SHARED]: true
}

/** What one flow memory is made of. */
export interface SharedFlowMemory {
  /** Tokens there is room for. */
  readonly capacity: number
  readonly encoder: SharedArray
  /** One for each Euler step. */
  readonly steps: readonly SharedArray[]
  readonly contexts: SharedArray
}

export interface SharedPrompt {
  /** Of the voice's speech tokens, from the first. */
  readonly solvedTokens: number
  readonly memory: SharedFlowMemory
}
