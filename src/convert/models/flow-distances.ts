/**
 * A small graph that makes the encoder's distance tables: run once per range of distances, kept by the runner.
 *
 * Input: `distances` `[R]` float32, in the order the tables shall have (largest first).
 * Outputs: `distances.i` `[R, E]`, block i's projection of the sinusoids over √D, numbered as in the encoder graph.
 */
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import type { Weights } from '../checkpoint/weights.ts'
import type { Author, FloatType } from '../layers/gemm.ts'
import { distanceSinusoids, projectDistances } from '../layers/relative-attention.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { encoderBlockKeys } from './flow-encoder.ts'

/** Adds the tables to `g`, named inputs and outputs included. */
export function buildDistanceTables(
  g: GraphBuilder,
  hyper: FlowHyperParameters,
  weights: Weights,
  dtype: FloatType,
): void {
  const author: Author = { g, weights, dtype }
  const r = g.input('distances', 'float32', ['R'])
  const sinusoids = g.scope('sinusoids', () => distanceSinusoids(author, r, hyper.width))
  const keys = encoderBlockKeys(hyper)
  for (const [i, key] of [...keys.tokens, ...keys.frames].entries()) {
    const table = g.scope(key, () => projectDistances(author, sinusoids, `${key}.self_attn`, hyper.heads))
    g.output(`distances.${i}`, table, ['R', hyper.width])
  }
}
