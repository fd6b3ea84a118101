/** What a device's work costs, as a handful of numbers: measured on a CPU by `bench/cost`, estimated for GPUs. */
import { z } from 'zod'

const ms = z.number().min(0)

export const costModelSchema = z.object({
  /** `measured` on the named machine, or `estimated` from arithmetic; shown wherever a prediction is. */
  origin: z.enum(['measured', 'estimated']),
  /** One LLM decoding step: fixed part, and per row. */
  llmStepMs: ms,
  llmStepPerRowMs: ms,
  /** Prefill: fixed part of a chunk, and per position. */
  prefillChunkMs: ms,
  prefillPerTokenMs: ms,
  /** One Euler step of one block: fixed part, and per mel frame attended. */
  flowStepMs: ms,
  flowStepPerFrameMs: ms,
  /** Encoder and state work of one block, once. */
  flowBlockMs: ms,
  eulerSteps: z.int().min(1),
  /** A new utterance's state in the acoustic lane: memory, and the voice's solved prompt copied into it. */
  utteranceMs: ms.default(0),
  /** Vocoder: fixed part of a chunk, and per frame. */
  vocoderChunkMs: ms,
  vocoderPerFrameMs: ms,
  /**
   * Of the fixed part of a run (Euler step, encoder, vocoder), the share that utterances of one run pay once. It is 0
   * on a CPU, whose arithmetic is what costs (measured), near 1 where starting kernels is.
   */
  sharedRunShare: z.number().min(0).max(1).default(0),
  /**
   * How much longer a run takes while the other lane runs too: 1 where each has what it needs (a GPU with room), 2
   * where they share one core. It lies in between where they share caches, memory bandwidth, or a core with others.
   */
  overlapSlowdown: z.number().min(1).max(4),
  /**
   * How single runs scatter around the figures above, which are means: equally likely factors, their mean 1. On a machine
   * that is shared, the few runs that are interrupted make the late percentiles.
   */
  spread: z.array(ms).min(1).default([1]),
})

export type CostModel = z.infer<typeof costModelSchema>

/** A device as the simulator sees it: what runs cost, how many lanes make them, and the threads that these share. */
export interface Machine {
  readonly cost: CostModel
  readonly acousticLanes: number
  readonly threads: number
}

/** Of a machine on which everything takes `times` as long. */
export function slowerCost(model: CostModel, times: number): CostModel {
  const scaled = Object.entries(model).map(([name, value]) => [
    name,
    name.endsWith('Ms') ? (value as number) * times : value,
  ])
  return Object.fromEntries(scaled) as CostModel
}

export function decodeMs(cost: CostModel, rows: number): number {
  return rows === 0 ? 0 : cost.llmStepMs + cost.llmStepPerRowMs * rows
}

export function prefillMs(cost: CostModel, positions: number): number {
  return positions === 0 ? 0 : cost.prefillChunkMs + cost.prefillPerTokenMs * positions
}

/** The fixed part of a run, `fixedMs` for one utterance, where `utterances` share it. */
function sharedMs(cost: CostModel, fixedMs: number, utterances: number): number {
  return fixedMs * (1 + (utterances - 1) * (1 - cost.sharedRunShare))
}

/** Encoder and state work of blocks that are solved together. */
export function blockMs(cost: CostModel, utterances: number): number {
  return sharedMs(cost, cost.flowBlockMs, utterances)
}

/** One Euler step of blocks that attend to so many frames each, themselves included. */
export function eulerStepMs(cost: CostModel, contextFrames: readonly number[]): number {
  const attended = contextFrames.reduce((sum, frames) => sum + frames, 0)
  return sharedMs(cost, cost.flowStepMs, contextFrames.length) + cost.flowStepPerFrameMs * attended
}

/** Hops of so many frames each. */
export function vocodeMs(cost: CostModel, frames: readonly number[]): number {
  const all = frames.reduce((sum, each) => sum + each, 0)
  return sharedMs(cost, cost.vocoderChunkMs, frames.length) + cost.vocoderPerFrameMs * all
}
