/** What the models that make samples are told of an utterance. */
export interface AcousticRequest {
  /** A voice that the lane has been given. */
  readonly voiceKey: string
  /** `blocks`: incremental, block mask, sound as soon as a block is there. `whole`: full attention, all tokens first. */
  readonly mode: 'blocks' | 'whole'
  readonly speed: number
  readonly seed: number
  readonly sourceNoise: 'seeded' | 'zero'
  /** Speech tokens expected of it: what memory is reserved for; more may come. */
  readonly expectedTokens: number
  /** Its stages are to be told once it is over. */
  readonly isTraced?: boolean
}
