/** The published CosyVoice2-0.5B's dimensions, as its yaml, its `config.json` and its weights' shapes give them. */
import type {
  FlowHyperParameters,
  HiftHyperParameters,
  LlmHyperParameters,
} from '../../src/core/hyper-parameters.ts'

export interface ModelDimensions {
  readonly llm: LlmHyperParameters
  readonly flow: FlowHyperParameters
  readonly hift: HiftHyperParameters
}

const SPEECH_TOKENS = 6561
const DILATIONS = [
  [1, 3, 5],
  [1, 3, 5],
  [1, 3, 5],
]

export const REAL_DIMENSIONS: ModelDimensions = {
  llm: {
    hidden: 896,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    headDim: 64,
    mlp: 4864,
    textVocab: 151_936,
    speechTokenSize: SPEECH_TOKENS,
    decoderRows: SPEECH_TOKENS + 3,
    ropeTheta: 1_000_000,
    rmsEps: 1e-6,
    maxPositions: 32_768,
    mixRatio: [5, 15],
    sampling: { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 },
  },
  flow: {
    vocab: SPEECH_TOKENS,
    width: 512,
    heads: 8,
    headDim: 64,
    ffn: 2048,
    encoderBlocks: 6,
    upBlocks: 4,
    upsampleStride: 2,
    preLookahead: 3,
    chunkTokens: 25,
    mel: 80,
    spkDim: 192,
    channels: [256],
    nBlocks: 4,
    numMid: 12,
    estimatorHeads: 8,
    estimatorHeadDim: 64,
    cfgRate: 0.7,
    tScheduler: 'cosine',
    eulerSteps: 10,
    tokenMelRatio: 2,
  },
  hift: {
    mel: 80,
    channels: 512,
    upsampleRates: [8, 5, 3],
    upsampleKernels: [16, 11, 7],
    resblockKernels: [3, 7, 11],
    resblockDilations: DILATIONS,
    sourceKernels: [7, 7, 11],
    sourceDilations: DILATIONS,
    nFft: 16,
    hop: 4,
    harmonics: 8,
    nsfAlpha: 0.1,
    nsfSigma: 0.003,
    voicedThreshold: 10,
    lreluSlope: 0.1,
    audioLimit: 0.99,
    f0Channels: 512,
    sampleRate: 24_000,
  },
}
