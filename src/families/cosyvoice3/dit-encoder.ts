/**
 * Speech tokens → mu, and the share of mu, prompt and speaker in the estimator's input, as a graph.
 *
 * There is no attention: a token's mu depends on two tokens before it and the look-ahead after it.
 *
 * Inputs (N requests, S new tokens, A = S + look-ahead, F = stride · S frames, H look-ahead width, M mels, W width):
 * - `tokens` `[N, A]` int64; `known` `[N]` int64: how many of the A are real, the rest count as zero vectors;
 * - `embedding` `[N, speaker]` as the speaker model gives it; `prompt` `[N, F, M]`: prompt mel, zero behind it;
 * - `token_context` `[N, 2, H]`: left context of the look-ahead layer's second convolution.
 * Outputs: `mu` `[N, F, M]`, `speaker` `[N, M]`, `guide` `[N, 2F, W]` (guided row first), `token_context_next`.
 */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { type Author, constant, gemm, toFloat32 } from '../../convert/layers/gemm.ts'
import { guideInputs } from '../../convert/layers/guide-inputs.ts'
import { knownRows, LOOK_AHEAD_CONTEXT, lookAhead, tokenRows } from '../../convert/layers/look-ahead.ts'
import { axisSize, Grid } from '../../convert/layers/windows.ts'
import type { GraphBuilder, Value } from '../../convert/onnx/graph-builder.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import { ESTIMATOR, inputMatrix } from './dit-projections.ts'

/** x, condition, mu and speaker, each as wide as the mel. */
const PROJECTED_PARTS = 4

/** Adds the encoder to `g`, named inputs and outputs included. */
export function buildDitEncoder(
  g: GraphBuilder,
  hyper: DitFlowParameters,
  weights: Weights,
  dtype: Author['dtype'],
): void {
  const author: Author = { g, weights, dtype }
  const { mel: mels, preLookahead, lookaheadWidth, tokenMelRatio } = hyper
  const tokens = g.input('tokens', 'int64', ['N', 'A'])
  const fresh = g.op('Sub', [axisSize(g, tokens, 1), g.int64([preLookahead])])
  const tokenGrid = new Grid(g, axisSize(g, tokens, 0), fresh, 1)
  const shape = ['N', LOOK_AHEAD_CONTEXT, lookaheadWidth]
  const context = g.input('token_context', dtype, shape)
  const known = g.input('known', 'int64', ['N'])
  const embedded = knownRows(author, tokenRows(author, tokens), tokens, known)
  const ahead = lookAhead(author, tokenGrid, embedded, context, 'pre_lookahead_layer')
  g.output('token_context_next', g.op('Identity', [ahead.context]), shape)
  // A token's frames stand side by side, so repeating them is a concatenation along channels.
  const repeated = g.op('Concat', Array<Value>(tokenMelRatio).fill(ahead.out), { axis: -1 })
  const frameGrid = new Grid(g, tokenGrid.requests, g.op('Mul', [fresh, g.int64([tokenMelRatio])]), 1)
  const mu = frameGrid.byRequest(repeated, mels)
  g.output('mu', toFloat32(author, mu), ['N', 'F', mels])
  g.scope('guide', () => guides(author, frameGrid, mu, hyper))
}

/** The input projection over what no step changes; the unguided row of a frame sees zeros there, so only the bias. */
function guides(author: Author, frames: Grid, mu: Value, hyper: DitFlowParameters): void {
  const { g, weights } = author
  const { mel: mels, width } = hyper
  const { prompt, everywhere } = guideInputs(author, hyper)
  // The projection takes x, condition, mu, speaker in this order; x comes in the estimator.
  const joined = g.op('Reshape', [
    g.op('Concat', [prompt, mu, everywhere], { axis: -1 }),
    g.int64([-1, (PROJECTED_PARTS - 1) * mels]),
  ])
  const key = `${ESTIMATOR}.input_embed.proj`
  const bias = weights.take(`${key}.bias`, [width])
  const matrix = inputMatrix(weights, hyper, 1, PROJECTED_PARTS)
  const guided = g.op('Unsqueeze', [gemm(author, joined, `${key}.guide`, matrix, bias), g.int64([1])])
  const unguided = g.op('Expand', [
    constant(author, `${key}.guide.bias`, bias),
    g.op('Shape', [guided], {}, { dtype: 'int64' }),
  ])
  g.output('guide', frames.byRequest(g.op('Concat', [guided, unguided], { axis: 1 }), width), [
    'N',
    'R',
    width,
  ])
}
