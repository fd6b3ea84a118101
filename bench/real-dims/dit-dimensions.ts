/** The published Fun-CosyVoice3-0.5B's flow and vocoder in numbers, as its yaml and its weights' shapes give them. */
import type {
  CausalHiftParameters,
  DitFlowParameters,
  LlmHyperParameters,
} from '../../src/core/hyper-parameters.ts'
import { RESERVED_ROWS } from '../../src/families/cosyvoice3/llm-parameters.ts'
import { REAL_DIMENSIONS } from './dimensions.ts'

export interface DitDimensions {
  readonly llm: LlmHyperParameters
  readonly flow: DitFlowParameters
  readonly hift: CausalHiftParameters
  /** Of a group of the flow's position convolutions. */
  readonly convChannels: number
}

export const REAL_DIT: DitFlowParameters = {
  vocab: 6561,
  mel: 80,
  spkDim: 192,
  preLookahead: 3,
  lookaheadWidth: 1024,
  chunkTokens: 25,
  tokenMelRatio: 2,
  width: 1024,
  blocks: 22,
  heads: 16,
  headDim: 64,
  ffn: 2048,
  convTaps: 31,
  cfgRate: 0.7,
  tScheduler: 'cosine',
  eulerSteps: 10,
}

/** Channels of a group of the position convolutions, of which there are 16. */
export const REAL_DIT_CONV_CHANNELS = 64

/** As the older model's, but causal. */
export const REAL_CAUSAL_HIFT: CausalHiftParameters = {
  ...REAL_DIMENSIONS.hift,
  lookRight: 4,
  f0LookRight: 3,
  noiseDraw: 5_052_970,
}

export const REAL_COSYVOICE3: DitDimensions = {
  llm: { ...REAL_DIMENSIONS.llm, decoderRows: REAL_DIMENSIONS.llm.speechTokenSize + RESERVED_ROWS },
  flow: REAL_DIT,
  hift: REAL_CAUSAL_HIFT,
  convChannels: REAL_DIT_CONV_CHANNELS,
}
