/** What runs of the published models in half precision start, read and compute, by their dimensions. Nothing was run. Pure. */
import type {
  DitFlowParameters,
  FlowHyperParameters,
  LlmHyperParameters,
} from '../../src/core/hyper-parameters.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { REAL_COSYVOICE3 } from '../real-dims/dit-dimensions.ts'

/** One run: kernels that the host starts, bytes of weights and state that are read, operations. */
export interface RunFacts {
  readonly launches: number
  readonly bytes: number
  readonly flops: number
}

export interface ModelWork {
  readonly name: string
  /** Of so many rows, `MEAN_POSITIONS` behind each. */
  readonly llmStep: (rows: number) => RunFacts
  /** Of so many positions. */
  readonly prefill: (positions: number) => RunFacts
  /** Of one stream's block of 50 frames, so many frames attended; `shared`: by the graph that several streams can share. */
  readonly eulerStep: (frames: number, shared?: boolean) => RunFacts
  readonly encoder: RunFacts
  /** A hop of so many frames, 50 a second, its kernels started by the host: two runs, of F0 and of samples. */
  readonly vocoder: (frames: number) => RunFacts
  /** Of the flow's state, per speech token. */
  readonly stateBytesPerToken: number
}

const HALF = 2
const GUIDANCE_ROWS = 2
const BLOCK_FRAMES = 50
const BLOCK_ROWS = BLOCK_FRAMES * GUIDANCE_ROWS
export const EULER_STEPS = 10
const MEAN_POSITIONS = 400
/** Kernels of a plain run of the LLM that `gpu-dry-run`'s cards saw, the same in both families. */
const LLM_LAUNCHES = 342
/** A decoding step is a CUDA graph, captured at the start (`cuda.graphs`). */
const CAPTURED_LAUNCHES = 1

function llm({ hidden, layers, heads, kvHeads, headDim, mlp, decoderRows }: LlmHyperParameters) {
  const attention = hidden * (heads + 2 * kvHeads) * headDim + heads * headDim * hidden
  const body = layers * (attention + 3 * hidden * mlp)
  const positionBytes = HALF * 2 * layers * kvHeads * headDim
  const head = hidden * decoderRows
  return {
    llmStep: (rows: number): RunFacts => ({
      launches: CAPTURED_LAUNCHES,
      bytes: HALF * (body + head) + rows * MEAN_POSITIONS * positionBytes,
      flops: 2 * (body + head) * rows,
    }),
    prefill: (positions: number): RunFacts => ({
      launches: LLM_LAUNCHES,
      bytes: HALF * (body + head),
      flops: 2 * body * positions + 2 * head,
    }),
  }
}

/** Attention of a block's rows over `frames`, and the keys and values that it reads of them, in all layers. */
function attended(layers: number, width: number, frames: number): { flops: number; bytes: number } {
  const both = GUIDANCE_ROWS * width
  return { flops: 4 * layers * BLOCK_FRAMES * both * frames, bytes: HALF * 2 * layers * both * frames }
}

/** Of an estimator with so many weights, each multiplied once with every row. */
function step(
  launches: { readonly alone: number; readonly shared: number },
  weights: number,
  layers: number,
  width: number,
) {
  return (frames: number, shared = false): RunFacts => {
    const { flops, bytes } = attended(layers, width, frames)
    return {
      launches: shared ? launches.shared : launches.alone,
      bytes: HALF * weights + bytes,
      flops: 2 * weights * BLOCK_ROWS + flops,
    }
  }
}

function unetLayers({ nBlocks, numMid }: FlowHyperParameters): number {
  return (numMid + 2) * nBlocks
}

function unetWeights(flow: FlowHyperParameters): number {
  const channels = flow.channels[0]!
  const inner = flow.estimatorHeads * flow.estimatorHeadDim
  const taps = 3
  // The feed-forward part is four times as wide.
  const layer = 4 * channels * inner + 8 * channels * channels
  const block = (inputs: number) => taps * channels * (inputs + channels) + inputs * channels
  const blocks = (flow.numMid + 1) * block(channels) + block(2 * channels)
  return unetLayers(flow) * layer + blocks + 3 * taps * channels * channels
}

function ditWeights(
  { blocks, width, heads, headDim, ffn, convTaps }: DitFlowParameters,
  perGroup: number,
): number {
  const layer = 4 * width * heads * headDim + 2 * width * ffn
  return blocks * layer + 2 * width * perGroup * convTaps
}

/** Bytes of cached keys and values of one token, all evaluations: those of the estimator, and of an encoder that attends. */
function stateBytes(layers: number, width: number, encoderElements: number, stride: number): number {
  return HALF * (EULER_STEPS * 2 * layers * GUIDANCE_ROWS * width * stride + encoderElements)
}

/** Per second of speech. Kernels are those of a hop at any length that is run plainly. */
const vocoder =
  (launches: number) =>
  (frames: number): RunFacts => ({ launches, bytes: 40e6, flops: (31e9 * frames) / BLOCK_FRAMES })

const unet = REAL_DIMENSIONS.flow
const unetWidth = unet.estimatorHeads * unet.estimatorHeadDim
const { flow: dit, convChannels } = REAL_COSYVOICE3
const ditWidth = dit.heads * dit.headDim

export const COSYVOICE2: ModelWork = {
  name: 'CosyVoice2-0.5B',
  ...llm(REAL_DIMENSIONS.llm),
  eulerStep: step({ alone: 887, shared: 1009 }, unetWeights(unet), unetLayers(unet), unetWidth),
  encoder: { launches: 352, bytes: 90e6, flops: 4e9 },
  vocoder: vocoder(543),
  stateBytesPerToken: stateBytes(
    unetLayers(unet),
    unetWidth,
    2 * unet.width * (unet.encoderBlocks + unet.upBlocks * unet.tokenMelRatio),
    unet.tokenMelRatio,
  ),
}

export const COSYVOICE3: ModelWork = {
  name: 'Fun-CosyVoice3-0.5B',
  ...llm(REAL_COSYVOICE3.llm),
  eulerStep: step({ alone: 391, shared: 417 }, ditWeights(dit, convChannels), dit.blocks, ditWidth),
  // A look-ahead layer: two convolutions and the guides.
  encoder: { launches: 34, bytes: 20e6, flops: 0.5e9 },
  vocoder: vocoder(1078),
  stateBytesPerToken: stateBytes(dit.blocks, ditWidth, 0, dit.tokenMelRatio),
}
