/**
 * What a model is, in numbers: names, units and plausible ranges of all that graphs and runners need.
 *
 * A family's folder in `src/families` reads them from a checkpoint, the run time from the manifest (`./bundle.ts`).
 */
import { z } from 'zod'

const count = z.int().min(1).max(1_000_000)
const rate = z.int().min(1).max(1_000_000)
const positive = z.number().positive()
const share = z.number().min(0).max(1)

/** Repetition-aware nucleus sampling as the checkpoint's yaml sets it. */
export const samplingSchema = z.object({
  /** Smallest set of tokens whose probability reaches this, the crossing one included. */
  topP: share,
  topK: count,
  /** Speech tokens looked back on for repetition. */
  winSize: count,
  /** Share of the window from which a token counts as repeated. */
  tauR: share,
})

/** Qwen2 decoder over text and speech tokens. */
export const llmSchema = z.object({
  hidden: count,
  layers: count,
  heads: count,
  kvHeads: count,
  headDim: count,
  /** Width of the gated MLP. */
  mlp: count,
  /** Rows of the text embedding (more than the tokenizer has tokens). */
  textVocab: count,
  /** S: ordinary speech tokens are 0…S−1; what those from S on mean is `speech` of the manifest. */
  speechTokenSize: count,
  /** Rows of `llm_decoder` and of `speech_embedding`. */
  decoderRows: count,
  ropeTheta: positive,
  rmsEps: positive,
  maxPositions: count,
  /** Text tokens and speech tokens per block when text arrives while speech is made. */
  mixRatio: z.tuple([count, count]),
  sampling: samplingSchema,
})

/** Flow matching: conformer encoder with up-sampling, and the estimator that is solved in Euler steps. */
export const flowSchema = z.object({
  /** Rows of the speech token embedding. */
  vocab: count,
  width: count,
  heads: count,
  headDim: count,
  ffn: count,
  /** Conformer blocks before and after the up-sampling. */
  encoderBlocks: count,
  upBlocks: count,
  /** Mel frames per token that the encoder's up-sampling makes; equals `tokenMelRatio`. */
  upsampleStride: count,
  /** Tokens of look-ahead that the encoder sees. */
  preLookahead: count,
  /** Tokens of a streaming block; its mel frames are `chunkTokens × tokenMelRatio`. */
  chunkTokens: count,
  mel: count,
  spkDim: count,
  /** Channels of each level of the estimator's UNet; one level is never down-sampled. */
  channels: z.array(count).min(1),
  /** Transformer blocks per stage, and stages in the middle. */
  nBlocks: count,
  numMid: count,
  estimatorHeads: count,
  estimatorHeadDim: count,
  /** Classifier-free guidance: v = (1 + cfgRate) · conditional − cfgRate · unconditional. */
  cfgRate: z.number().min(0),
  /** How the Euler steps are spaced, and how many they are. */
  tScheduler: z.enum(['cosine', 'linear']),
  eulerSteps: count,
  tokenMelRatio: count,
})

/** What every HiFT vocoder has: its stages, and its source. */
const hiftStages = {
  mel: count,
  /** Channels after `conv_pre`; halved by each up-sampling. */
  channels: count,
  upsampleRates: z.array(count).min(1),
  upsampleKernels: z.array(count).min(1),
  resblockKernels: z.array(count).min(1),
  resblockDilations: z.array(z.array(count).min(1)).min(1),
  sourceKernels: z.array(count).min(1),
  sourceDilations: z.array(z.array(count).min(1)).min(1),
}
const hiftSource = {
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
}

/** HiFT vocoder: F0, harmonic source, generator, inverse STFT. */
export const hiftSchema = z.object({
  ...hiftStages,
  ...hiftSource,
  sampleRate: rate,
})

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
  ...hiftStages,
  /** Mel frames to the right that `conv_pre` and the pitch predictor see. */
  lookRight: count,
  f0LookRight: count,
  ...hiftSource,
  /**
   * Noise of the source is uniform in [0, 1): draws of MT19937 with seed 0 from this one on, the lower 24 bits each.
   * Harmonics run fastest, from the reply's first sample on.
   */
  noiseDraw: z.int().min(0),
  sampleRate: rate,
})

/** The mel spectrogram of the flow's prompt (`feat_extractor` in the yaml). */
export const melSchema = z.object({
  sampleRate: rate,
  nFft: count,
  hop: count,
  window: count,
  mels: count,
  /** Hz; null means half the sample rate. */
  fMin: z.number().min(0),
  fMax: z.number().positive().nullable(),
})

/** What a prompt recording is turned into. */
export const featuresSchema = z.object({
  mel: melSchema,
  /** Mel bins that `speech_tokenizer_v2.onnx` and `campplus.onnx` take, read from their inputs; both hear 16 kHz. */
  tokenizerMels: count,
  fbankMels: count,
  /** Speech tokens per second. */
  tokenRate: rate,
})

const common = { llm: llmSchema, features: featuresSchema }

/** One shape for each kind of flow and vocoder; the names are kinds of network, which families may share. */
const acousticShapes = z.discriminatedUnion('acoustic', [
  z.object({ acoustic: z.literal('unet'), ...common, flow: flowSchema, hift: hiftSchema }),
  z.object({ acoustic: z.literal('dit'), ...common, flow: ditFlowSchema, hift: causalHiftSchema }),
])

/** Manifests of the first converters do not name the kind. */
export const hyperParametersSchema = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? { acoustic: 'unet', ...value } : value),
  acousticShapes,
)

export type SamplingHyperParameters = z.infer<typeof samplingSchema>
export type LlmHyperParameters = z.infer<typeof llmSchema>
export type FlowHyperParameters = z.infer<typeof flowSchema>
export type HiftHyperParameters = z.infer<typeof hiftSchema>
export type FeatureHyperParameters = z.infer<typeof featuresSchema>
export type DitFlowParameters = z.infer<typeof ditFlowSchema>
export type CausalHiftParameters = z.infer<typeof causalHiftSchema>

export type HyperParameters = z.infer<typeof acousticShapes>
export type UnetParameters = Extract<HyperParameters, { acoustic: 'unet' }>
