/** What a model's runs should take on a CUDA card: arithmetic on counted launches, bytes and operations. Nothing was run. Pure. */
import type { CostModel } from '../cost/cost-model.ts'
import { EULER_STEPS, type ModelWork, type RunFacts } from './model-work.ts'

export interface CardFacts {
  readonly name: string
  /** Its profile is `config/<file>.json`. */
  readonly file: string
  /** GB. */
  readonly memory: number
  /** GB/s that the maker states. */
  readonly bandwidth: number
  /** TFLOP/s in half precision on tensor cores, without sparsity, that the maker states. */
  readonly half: number
}

export const CARDS: readonly CardFacts[] = [
  { name: 'A10', file: 'a10', memory: 24, bandwidth: 600, half: 125 },
  { name: 'L4', file: 'l4', memory: 24, bandwidth: 300, half: 121 },
  { name: 'RTX 4090', file: 'rtx-4090', memory: 24, bandwidth: 1008, half: 165 },
  { name: 'A100 80 GB', file: 'a100', memory: 80, bandwidth: 2039, half: 312 },
  { name: 'H100 SXM', file: 'h100', memory: 80, bandwidth: 3350, half: 989 },
  { name: 'H200', file: 'h200', memory: 141, bandwidth: 4800, half: 989 },
]

/** Of what the maker states. */
const BANDWIDTH_SHARE = 0.7
const FLOPS_SHARE = 0.4
/** µs from one kernel's start to the next one's where the host starts each, as it does without CUDA graphs. */
const LAUNCH_US = 5
/** Both lanes share what the card has beside what the host lets it wait for. */
const OVERLAP_SLOWDOWN = 1.2
/** Of a recording as a prompt. */
const PROMPT_TOKENS = 87

const launchMs = (launches: number) => launches * LAUNCH_US * 1e-3

/** ms of reading and computing alone. */
export function workMs({ bytes, flops }: RunFacts, { bandwidth, half }: CardFacts): number {
  return (bytes / (BANDWIDTH_SHARE * bandwidth * 1e9) + flops / (FLOPS_SHARE * half * 1e12)) * 1e3
}

/** The same run, recorded on the card and started as one. */
export const captured = (run: RunFacts): RunFacts => ({ ...run, launches: 1 })

/** A hop whose two runs are. */
export const capturedHop = (run: RunFacts): RunFacts => ({ ...run, launches: 2 })

/** ms: launches and work overlap, so the longer of both. */
export function runMs(run: RunFacts, card: CardFacts): number {
  return Math.max(launchMs(run.launches), workMs(run, card))
}

/** Speech tokens, and frames of a hop, of a second. */
const TOKEN_RATE = 25
const FRAME_RATE = 50
/** Frames that a block attends to on the average: a prompt and half a sentence. */
const MEAN_FRAMES = 900

export interface CardEstimate {
  readonly card: string
  readonly llmStepMs: { readonly one: number; readonly sixtyFour: number }
  /** Of an evaluation whose kernels the host starts. */
  readonly eulerStepMs: number
  /** ms that a card works for a second of one stream's speech: its flow and vocoder, and its share of LLM steps of 16. */
  readonly msPerSecond: number
  readonly streams: number
  /** Of one that was recorded, as those of streams of usual length are. */
  readonly eulerStepCapturedMs: number
}

export function estimate(card: CardFacts, model: ModelWork): CardEstimate {
  const step = model.eulerStep(MEAN_FRAMES)
  const acoustic =
    EULER_STEPS * runMs(captured(step), card) +
    runMs(model.encoder, card) +
    runMs(capturedHop(model.vocoder(FRAME_RATE)), card)
  const llm = (TOKEN_RATE * runMs(model.llmStep(16), card)) / 16
  const msPerSecond = Math.max(acoustic, llm)
  return {
    card: card.name,
    llmStepMs: { one: runMs(model.llmStep(1), card), sixtyFour: runMs(model.llmStep(64), card) },
    eulerStepMs: runMs(step, card),
    msPerSecond,
    streams: Math.floor(1000 / msPerSecond),
    eulerStepCapturedMs: runMs(captured(step), card),
  }
}

/** ms per unit between two sizes of a run. */
function slope(run: (size: number) => RunFacts, card: CardFacts, from: number, to: number): number {
  return (runMs(run(to), card) - runMs(run(from), card)) / (to - from)
}

/**
 * The same as a cost model for the simulator: straight lines through runs of usual sizes. `shared`: streams share runs,
 * and evaluations are recorded.
 */
export function costOf(card: CardFacts, model: ModelWork, shared: boolean): CostModel {
  const { llmStep, prefill, encoder } = model
  const vocoder = (frames: number) => capturedHop(model.vocoder(frames))
  const eulerStep = (frames: number) =>
    shared ? captured(model.eulerStep(frames, true)) : model.eulerStep(frames)
  const perRow = slope(llmStep, card, 1, 64)
  const perPosition = slope(prefill, card, 1, 512)
  const perFrame = slope(eulerStep, card, 100, 1800)
  const perVocodedFrame = slope(vocoder, card, 25, 200)
  const alone = eulerStep(0)
  const fork = { launches: 0, bytes: 2 * PROMPT_TOKENS * model.stateBytesPerToken, flops: 0 }
  const round = (value: number) => Number(value.toPrecision(3))
  return {
    origin: 'estimated',
    llmStepMs: round(runMs(llmStep(1), card) - perRow),
    llmStepPerRowMs: round(perRow),
    prefillChunkMs: round(runMs(prefill(1), card) - perPosition),
    prefillPerTokenMs: round(perPosition),
    flowStepMs: round(runMs(eulerStep(100), card) - 100 * perFrame),
    flowStepPerFrameMs: round(perFrame),
    flowBlockMs: round(runMs(encoder, card)),
    eulerSteps: EULER_STEPS,
    utteranceMs: round(workMs(fork, card)),
    vocoderChunkMs: round(runMs(vocoder(25), card) - 25 * perVocodedFrame),
    vocoderPerFrameMs: round(perVocodedFrame),
    // Of a step, what a second utterance adds nothing to: kernels are started once, weights read once.
    sharedRunShare: round(1 - Math.min(1, workMs({ ...alone, bytes: 0 }, card) / runMs(alone, card))),
    overlapSlowdown: OVERLAP_SLOWDOWN,
    spread: [1],
  }
}
