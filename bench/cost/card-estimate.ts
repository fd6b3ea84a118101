/** What a model's runs should take on a CUDA card: arithmetic on counted launches, bytes and operations. Nothing was run. Pure. */

export interface CardFacts {
  readonly name: string
  /** GB. */
  readonly memory: number
  /** GB/s that the maker states. */
  readonly bandwidth: number
  /** TFLOP/s in half precision on tensor cores, without sparsity, that the maker states. */
  readonly half: number
}

export const CARDS: readonly CardFacts[] = [
  { name: 'A10', memory: 24, bandwidth: 600, half: 125 },
  { name: 'L4', memory: 24, bandwidth: 300, half: 121 },
  { name: 'RTX 4090', memory: 24, bandwidth: 1008, half: 165 },
  { name: 'A100 80 GB', memory: 80, bandwidth: 2039, half: 312 },
  { name: 'H100 SXM', memory: 80, bandwidth: 3350, half: 989 },
  { name: 'H200', memory: 141, bandwidth: 4800, half: 989 },
]

/** One run: what `gpu-dry-run` counts, and what the dimensions of the published models say. */
export interface RunFacts {
  readonly launches: number
  /** Weights and state that are read, bytes. */
  readonly bytes: number
  readonly flops: number
}

/** Of what the maker states. */
const BANDWIDTH_SHARE = 0.7
const FLOPS_SHARE = 0.4
/** µs from one kernel's start to the next one's where the host starts each, as it does without CUDA graphs. */
const LAUNCH_US = 5

/** ms: launches and work overlap, so the longer of both. */
export function runMs({ launches, bytes, flops }: RunFacts, { bandwidth, half }: CardFacts): number {
  const read = bytes / (BANDWIDTH_SHARE * bandwidth * 1e9)
  const computed = flops / (FLOPS_SHARE * half * 1e12)
  return Math.max(launches * LAUNCH_US * 1e-6, read + computed) * 1e3
}

const EULER_STEPS = 10
/** Speech tokens of a second. */
const TOKEN_RATE = 25
/** Parameters of a decoder layer and of the head at hidden 896, 24 layers. */
const LLM_PARAMETERS = 24 * (896 * 1152 + 896 * 896 + 3 * 896 * 4864) + 896 * 6564
/** Bytes of keys and values of one position over all layers. */
const POSITION_BYTES = 12_288
const MEAN_POSITIONS = 400

export const llmStep = (rows: number): RunFacts => ({
  launches: 342,
  bytes: 2 * LLM_PARAMETERS + rows * MEAN_POSITIONS * POSITION_BYTES,
  flops: 2 * LLM_PARAMETERS * rows,
})

/** Of one stream's block of 50 frames, `frames` attended; 2.29 MB are read per frame and block of ten steps. */
export const eulerStep = (frames: number): RunFacts => ({
  launches: 887,
  bytes: 142e6 + 0.229e6 * frames,
  flops: 13.2e9 + 8e6 * frames,
})

const ENCODER: RunFacts = { launches: 352, bytes: 90e6, flops: 4e9 }
/** In single precision it would take four times as long to compute; half is what a bundle for cards has. */
const VOCODER: RunFacts = { launches: 510, bytes: 40e6, flops: 31e9 }

export interface CardEstimate {
  readonly card: string
  readonly llmStepMs: { readonly one: number; readonly sixtyFour: number }
  readonly eulerStepMs: number
  /** ms that a card works for a second of one stream's speech: its flow and vocoder, and its share of LLM steps of 16. */
  readonly msPerSecond: number
  readonly streams: number
  /** What a step would take if its kernels were one launch, as in a captured graph. */
  readonly eulerStepCapturedMs: number
}

export function estimate(card: CardFacts): CardEstimate {
  const step = eulerStep(900)
  const acoustic = EULER_STEPS * runMs(step, card) + runMs(ENCODER, card) + runMs(VOCODER, card)
  const llm = (TOKEN_RATE * runMs(llmStep(16), card)) / 16
  const msPerSecond = Math.max(acoustic, llm)
  return {
    card: card.name,
    llmStepMs: { one: runMs(llmStep(1), card), sixtyFour: runMs(llmStep(64), card) },
    eulerStepMs: runMs(step, card),
    msPerSecond,
    streams: Math.floor(1000 / msPerSecond),
    eulerStepCapturedMs: runMs({ ...step, launches: 1 }, card),
  }
}
