/**
 * Chooses the next speech token from logits: nucleus sampling with the reference's repetition rule, or the likeliest.
 *
 * Source: `ras_sampling` and `nucleus_sampling` of `cosyvoice/utils/common.py`. Draws come from a counter-based
 * generator keyed by (request seed, step). So a request's tokens depend on nothing but its own logits.
 */
import type { SamplingHyperParameters } from '../../core/hyper-parameters.ts'
import { uniformAt } from '../../core/philox.ts'

/** Streams of random numbers of one request: the nucleus draw and the fall-back draw of each step. */
const NUCLEUS_STREAM = 1
const FALLBACK_STREAM = 2

export interface Candidates {
  /** Ids, likeliest first; equal ones in order of id. */
  readonly ids: readonly number[]
  /** Their probabilities in the full distribution (they do not sum to 1). */
  readonly probabilities: readonly number[]
}

/** Subtracts log Σ exp in place: logits → log-probabilities. −Infinity stays. */
export function logSoftmaxInPlace(logits: Float32Array): Float32Array {
  let max = -Infinity
  for (const logit of logits) if (logit > max) max = logit
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - max)
  const shift = max + Math.log(sum)
  for (let i = 0; i < logits.length; i++) logits[i]! -= shift
  return logits
}

export function likeliest(logits: Float32Array): number {
  let best = 0
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i
  return best
}

/**
 * The nucleus: likeliest tokens until their probability reaches `topP`, the one that crosses it included, at most
 * `topK`. Linear in the vocabulary: only the `topK` likeliest are ever ordered.
 */
export function nucleus(logProbabilities: Float32Array, topP: number, topK: number): Candidates {
  const top = largest(logProbabilities, topK)
  const ids: number[] = []
  const probabilities: number[] = []
  let cumulative = 0
  for (const id of top) {
    if (cumulative >= topP) break
    const probability = Math.exp(logProbabilities[id]!)
    cumulative += probability
    ids.push(id)
    probabilities.push(probability)
  }
  return { ids, probabilities }
}

/** Whether drawing `id` again falls back to the full distribution: it fills `tauR` of the last `winSize` tokens. */
export function repeats(
  id: number,
  spoken: readonly number[],
  { winSize, tauR }: SamplingHyperParameters,
): boolean {
  let count = 0
  for (let i = Math.max(0, spoken.length - winSize); i < spoken.length; i++) if (spoken[i] === id) count++
  return count >= winSize * tauR
}

/**
 * One token by repetition-aware nucleus sampling. `spoken` are the tokens so far, `step` numbers the draws of a request.
 * Overwrites `logits`. Ids whose logit is −Infinity are never drawn.
 */
export function sampleRas(
  logits: Float32Array,
  spoken: readonly number[],
  sampling: SamplingHyperParameters,
  seed: number,
  step: number,
): number {
  const logProbabilities = logSoftmaxInPlace(logits)
  const { ids, probabilities } = nucleus(logProbabilities, sampling.topP, sampling.topK)
  const id = ids[drawFrom(probabilities, uniformAt(seed, NUCLEUS_STREAM, step))]!
  if (!repeats(id, spoken, sampling)) return id
  logProbabilities[id] = -Infinity
  return drawFromLog(logProbabilities, uniformAt(seed, FALLBACK_STREAM, step))
}

/** Index drawn in proportion to weights. */
function drawFrom(weights: readonly number[], uniform: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let left = uniform * total
  for (const [i, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return i
  }
  return weights.length - 1
}

function drawFromLog(logProbabilities: Float32Array, uniform: number): number {
  let total = 0
  for (const logProbability of logProbabilities) total += Math.exp(logProbability)
  let left = uniform * total
  let last = 0
  for (const [i, logProbability] of logProbabilities.entries()) {
    if (logProbability === -Infinity) continue
    last = i
    left -= Math.exp(logProbability)
    if (left < 0) return i
  }
  return last
}

/** Indices of the `count` largest values, largest first; of equal values the lower index first (a stable sort's order). */
function largest(values: Float32Array, count: number): number[] {
  const top: number[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (top.length === count && value <= values[top[count - 1]!]!) continue
    let at = top.length
    while (at > 0 && values[top[at - 1]!]! < value) at--
    top.splice(at, 0, i)
    if (top.length > count) top.pop()
  }
  return top
}
