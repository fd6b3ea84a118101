/** Dimensions and constants of a CosyVoice3 model: what its graphs and runners need. */
import { z } from 'zod'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'

const count = z.int().min(1).max(1_000_000)
const positive = z.number().positive()

/** Flow matching by a diffusion transformer over mel frames. */
export const ditFlowSchema = z.object({
  /** Rows of the speech token embedding, each as wide as the mel. */
  vocab: count,
  mel: count,
  spkDim: count,
  /** Tokens of look-ahead, and channels between the look-ahead layer's convolutions. */
  preLookahead: count,
  lookaheadWidth: count,
  /** Tokens of a streaming block; its mel frames are `chunkTokens × tokenMelRatio`. */
  chunkTokens: count,
  tokenMelRatio: count,
  width: count,
  blocks: count,
  heads: count,
  headDim: count,
  ffn: count,
  /** Taps of both position convolutions. */
  convTaps: count,
  /** Classifier-free guidance: v = (1 + cfgRate) · conditional − cfgRate · unconditional. */
  cfgRate: z.number().min(0),
  tScheduler: z.enum(['cosine', 'linear']),
  eulerSteps: count,
})

/** Causal HiFT vocoder. */
export const causalHiftSchema = z.object({
  mel: count,
  /** Channels after `conv_pre`; halved by each up-sampling. */
  channels: count,
  upsampleRates: z.array(count).min(1),
  upsampleKernels: z.array(count).min(1),
  resblockKernels: z.array(count).min(1),
  resblockDilations: z.array(z.array(count).min(1)).min(1),
  sourceKernels: z.array(count).min(1),
  sourceDilations: z.array(z.array(count).min(1)).min(1),
  /** Mel frames to the right that `conv_pre` and the pitch predictor see. */
  lookRight: count,
  f0LookRight: count,
  nFft: count,
  hop: count,
  /** Overtones beside the fundamental. */
  harmonics: count,
  nsfAlpha: positive,
  nsfSigma: z.number().min(0),
  /** Hz above which a frame counts as voiced. */
  voicedThreshold: z.number().min(0),
  lreluSlope: z.number().min(0),
  audioLimit: positive,
  f0Channels: count,
  sampleRate: count,
})

/**
 * Qwen2 decoder whose control rows lie in the speech table: S starts, S+1 ends speech, S+2 is the task row, S+3 asks for
 * text.
 */
export type SpeechLmParameters = LlmHyperParameters
export type DitFlowParameters = z.infer<typeof ditFlowSchema>
export type CausalHiftParameters = z.infer<typeof causalHiftSchema>
