/**
 * The flow's encoder as a graph: speech tokens → mu, and all that the estimator needs and no Euler step changes.
 *
 * Look-ahead, conformer blocks at token and at frame rate, the up-sampling between them, the speaker vector. Also the
 * share that mu, speaker and prompt have in the estimator's first layer. The runner keeps the state
 * (`src/engine/flow`).
 *
 * One graph serves the next block of a stream and a whole utterance (no past, zero contexts). What people look at is
 * in single precision whatever the graph's float type: embedding, prompt, mu, speaker.
 *
 * Inputs (N requests, S new tokens, A = S + look-ahead, F = stride · S frames, E width, M mels):
 * - `tokens` `[N, A]` int64; `known` `[N]` int64: how many of the A are real, the rest count as zero vectors;
 * - `embedding` `[N, speaker]` as the speaker model gives it; `prompt` `[N, F, M]`: prompt mel, zero behind it;
 * - `token_past`, `token_valid`, `frame_past`, `frame_valid` `[N]` int64: rows before this run and valid after it;
 * - `token_context` `[N, 2, 2E]` (left context of the look-ahead layer and of the up-sampling), `frame_context`
 *   `[N, 2, 3M]` (of the estimator's first convolution);
 * - `keys.i`, `values.i` `[N, T, E]`: caches of block i, those before the up-sampling first, written from past on;
 * - `distances.i` `[R, E]` (see `flow-distances.ts`), `token_zero`, `frame_zero` `[1]` int64: their rows of distance 0; in
 *   half precision, which is for cards, `token_first`, `frame_first` `[N]` and `token_last`, `frame_last` `[1]` instead.
 * Outputs: `mu` `[N, F, M]`, `speaker` `[N, M]`, `guide_conv`, `guide_res` `[N, 2F, C]`, `token_context_next`,
 * `frame_context_next`, `keys_next.i`, `values_next.i`.
 */
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { conformerBlock, embedRows, outerNorm } from '../layers/conformer.ts'
import { type Author, constant, convMatrix, type FloatType, gemm, linear, toFloat32 } from '../layers/gemm.ts'
import { guideInputs } from '../layers/guide-inputs.ts'
import { knownRows, lookAhead, tokenRows } from '../layers/look-ahead.ts'
import {
  blockMask,
  type DistanceRows,
  distanceWindow,
  type RelativeCache,
} from '../layers/relative-attention.ts'
import { axisSize, Grid } from '../layers/windows.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { ESTIMATOR } from './context-ribbon.ts'

/** Frames or tokens of left context that each convolution needs. */
const CONTEXT_ROWS = 2

export interface EncoderOptions {
  readonly dtype: FloatType
  /** Adds inputs `token_mask` and `frame_mask` `[S, T]` bool (true = may attend). */
  readonly masked?: boolean
}

/** Weight keys of the blocks, token rate first; block i's state is `keys.i`, `values.i`, `distances.i`. */
export function encoderBlockKeys(hyper: FlowHyperParameters): { tokens: string[]; frames: string[] } {
  return {
    tokens: Array.from({ length: hyper.encoderBlocks }, (_, i) => `encoder.encoders.${i}`),
    frames: Array.from({ length: hyper.upBlocks }, (_, i) => `encoder.up_encoders.${i}`),
  }
}

/** Adds the encoder to `g`, named inputs and outputs included. */
export function buildEncoder(
  g: GraphBuilder,
  hyper: FlowHyperParameters,
  weights: Weights,
  options: EncoderOptions,
): void {
  const author: Author = { g, weights, dtype: options.dtype }
  const { width, mel: mels, preLookahead, upsampleStride } = hyper
  const tokens = g.input('tokens', 'int64', ['N', 'A'])
  const requests = axisSize(g, tokens, 0)
  const fresh = g.op('Sub', [axisSize(g, tokens, 1), g.int64([preLookahead])])
  const tokenGrid = new Grid(g, requests, fresh, 1)
  const frameGrid = new Grid(g, requests, g.op('Mul', [fresh, g.int64([upsampleStride])]), 1)
  const contexts = g.input('token_context', options.dtype, ['N', CONTEXT_ROWS, 2 * width])
  const [aheadContext, upContext] = g.ops(2, 'Split', [contexts], { axis: -1, num_outputs: 2 }) as [
    Value,
    Value,
  ]
  const keys = encoderBlockKeys(hyper)

  const embedded = embedTokens(author, tokens)
  const ahead = lookAhead(author, tokenGrid, embedded, aheadContext, 'encoder.pre_lookahead_layer')
  const coded = blockStack(author, tokenGrid, 'token', keys.tokens, 0, hyper.heads, ahead.out, options)
  const raised = upsample(author, tokenGrid, coded, upContext, width, upsampleStride)
  const frames = embedRows(author, raised.out, 'encoder.up_embed.out')
  const last = blockStack(
    author,
    frameGrid,
    'frame',
    keys.frames,
    keys.tokens.length,
    hyper.heads,
    frames,
    options,
  )
  const mu = frameGrid.byRequest(
    linear(author, outerNorm(author, last, 'encoder.after_norm'), 'encoder_proj'),
    mels,
  )
  g.output('mu', toFloat32(author, mu), ['N', 'F', mels])
  const next = g.op('Concat', [ahead.context, raised.context], { axis: -1 })
  g.output('token_context_next', next, ['N', CONTEXT_ROWS, 2 * width])
  g.scope('guide', () => guides(author, frameGrid, mu, hyper))
}

/** `[N, A]` ids → `[N, A, E]`; rows from `known` on are zero, also behind the bias of the embedding layer. */
function embedTokens(author: Author, tokens: Value): Value {
  const { g, weights } = author
  return g.scope('embed', () => {
    const rows = tokenRows(author, tokens)
    const flat = g.op('Reshape', [rows, g.int64([-1, weights.dim('input_embedding.weight', 1)])])
    const width = weights.dim('encoder.embed.out.0.weight', 0)
    const embedded = g.op('Reshape', [
      embedRows(author, flat, 'encoder.embed.out'),
      g.op('Concat', [g.op('Shape', [tokens], {}, { dtype: 'int64' }), g.int64([width])], { axis: 0 }),
    ])
    return knownRows(author, embedded, tokens, g.input('known', 'int64', ['N']))
  })
}

/** Blocks `keys` on `x` `[N · rows, E]`, whose caches and distance tables are numbered from `first`. */
function blockStack(
  author: Author,
  grid: Grid,
  level: 'token' | 'frame',
  keys: readonly string[],
  first: number,
  heads: number,
  x: Value,
  options: EncoderOptions,
): Value {
  const { g, weights, dtype } = author
  const width = weights.dim(`${keys[0]}.self_attn.linear_q.weight`, 0)
  const past = g.input(`${level}_past`, 'int64', ['N'])
  const valid = g.input(`${level}_valid`, 'int64', ['N'])
  const rows: DistanceRows =
    dtype === 'float16'
      ? { first: g.input(`${level}_first`, 'int64', ['N']), last: g.input(`${level}_last`, 'int64', [1]) }
      : { zero: g.input(`${level}_zero`, 'int64', [1]) }
  const time = level === 'token' ? 'T' : 'U'
  const mask = options.masked ? blockMask(author, g.input(`${level}_mask`, 'bool', [level, time])) : null
  let out = x
  let window: ReturnType<typeof distanceWindow> | undefined
  for (const [i, key] of keys.entries()) {
    const layer = first + i
    const cache: RelativeCache = {
      keys: g.input(`keys.${layer}`, dtype, ['N', time, width]),
      values: g.input(`values.${layer}`, dtype, ['N', time, width]),
      distances: g.input(`distances.${layer}`, dtype, [`${level}_distances`, width]),
      past,
      valid,
      rows,
      mask,
    }
    window ??= g.scope(level, () => distanceWindow(author, grid, cache))
    const block = conformerBlock(author, grid, key, heads, out, cache, window)
    g.output(`keys_next.${layer}`, block.keys, ['N', time, width])
    g.output(`values_next.${layer}`, block.values, ['N', time, width])
    out = block.out
  }
  return out
}

/** Each token `stride` times, then a causal convolution: `[N · S, E]` → `[N · S · stride, E]`. */
function upsample(author: Author, grid: Grid, x: Value, context: Value, width: number, stride: number) {
  const { g, weights } = author
  const key = 'encoder.up_layer.conv'
  return g.scope(key, () => {
    const causal = grid.causal(grid.byRequest(x, width), context, width, CONTEXT_ROWS + 1)
    const bias = weights.take(`${key}.bias`, [width])
    const repeated = derive([bias], [stride * width], (values) =>
      Float32Array.from({ length: stride * width }, (_, i) => values![i % width]!),
    )
    const rows = gemm(
      author,
      causal.windows,
      `${key}.folded`,
      foldedUpsampling(weights, key, stride),
      repeated,
    )
    return { out: g.op('Reshape', [rows, g.int64([-1, width])]), context: causal.context }
  })
}

/**
 * A convolution of 2 · stride + 1 taps over repeated tokens reads only three tokens: the taps that fall on the same
 * one are summed. `[3 · E, stride · E]`, one column block per output frame of a token.
 */
function foldedUpsampling(weights: Weights, key: string, stride: number): TensorSource {
  const taps = 2 * stride + 1
  const source = weights.take(`${key}.weight`, [null, null, taps])
  const [out, channels] = source.shape as [number, number, number]
  const columns = stride * out
  return derive([source], [(CONTEXT_ROWS + 1) * channels, columns], (kernel) => {
    const matrix = new Float32Array((CONTEXT_ROWS + 1) * channels * columns)
    for (let phase = 0; phase < stride; phase++)
      for (let tap = 0; tap < taps; tap++) {
        const token = Math.floor((phase + tap) / stride)
        for (let o = 0; o < out; o++)
          for (let c = 0; c < channels; c++)
            matrix[(token * channels + c) * columns + phase * out + o]! +=
              kernel![(o * channels + c) * taps + tap]!
      }
    return matrix
  })
}

/**
 * The estimator's first convolution and shortcut over what does not change from step to step: mu, speaker, prompt.
 * The unguided row of a frame sees zeros there, so only the biases.
 */
function guides(author: Author, grid: Grid, mu: Value, hyper: FlowHyperParameters): void {
  const { g, dtype, weights } = author
  const { mel: mels } = hyper
  const channels = 3 * mels
  const { prompt, everywhere } = guideInputs(author, hyper)
  const joined = g.op('Concat', [mu, everywhere, prompt], { axis: -1 })
  const context = g.input('frame_context', dtype, ['N', CONTEXT_ROWS, channels])
  const causal = grid.causal(joined, context, channels, CONTEXT_ROWS + 1)
  g.output('frame_context_next', causal.context, ['N', CONTEXT_ROWS, channels])
  const block = `${ESTIMATOR}.down_blocks.0.0`
  const flat = g.op('Reshape', [joined, g.int64([-1, channels])])
  const rows = { conv: causal.windows, res: flat }
  for (const [name, key] of [
    ['conv', `${block}.block1.block.0`],
    ['res', `${block}.res_conv`],
  ] as const) {
    const out = weights.dim(`${key}.weight`, 0)
    const bias = weights.take(`${key}.bias`, [out])
    const matrix = convMatrix(weights, key, mels, 4 * mels)
    const guided = g.op('Unsqueeze', [gemm(author, rows[name], `${key}.guide`, matrix, bias), g.int64([1])])
    const unguided = g.op('Expand', [
      constant(author, `${key}.guide.bias`, bias),
      g.op('Shape', [guided], {}, { dtype: 'int64' }),
    ])
    const both = g.op('Concat', [guided, unguided], { axis: 1 })
    g.output(`guide_${name}`, grid.byRequest(both, out), ['N', 'R', out])
  }
}
