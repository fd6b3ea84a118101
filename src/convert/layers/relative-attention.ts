/**
 * Self-attention with relative positions (Transformer-XL's, as ESPnet computes them) over cached keys.
 *
 * score(i, j) = ((q_i + u) · k_j + (q_i + v) · p_{i−j}) / √D, with p_r = W_pos · sinusoid(r).
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { CONTRIB, type Value } from '../onnx/graph-builder.ts'
import { type Attended, cachedAttention, type KeyValueCache } from './cached-attention.ts'
import {
  type Author,
  constant,
  endToEnd,
  gemm,
  linear,
  linearMatrix,
  scalar,
  sideBySide,
  toGraphType,
} from './gemm.ts'
import { axisSize, type Grid } from './windows.ts'

/** Where one attention layer keeps its keys and values, and where its positions come from. */
export interface RelativeCache extends KeyValueCache {
  /** Projected distances `[R, E]`, largest distance first. */
  readonly distances: Value
  readonly rows: DistanceRows
  /** `[S, T]` in the graph's float type, added to every score. Null where all of T may be attended. */
  readonly mask: Value | null
}

/**
 * Where a run's distances begin in the table: the row `[1]` int64 of distance 0. Or the caller works it out: such
 * arithmetic runs on the CPU, and a card's graph must not wait for it. Then the rows `[N]` of each request's largest
 * distance, and the table's last row `[1]`.
 */
export type DistanceRows = { readonly zero: Value } | { readonly first: Value; readonly last: Value }

/** What one run's layers of one grid share. */
export interface DistanceWindow {
  /** `[T + S, N]`: table rows for the distances that a run meets. */
  readonly rows: Value
  /** S, T, `[1]` each. */
  readonly fresh: Value
  readonly total: Value
}

/**
 * Rows of the distance table for S queries at positions past … past + S − 1 against T keys: column c of the result
 * stands for distance past + S − 1 − c. One column more than needed, so that `shiftToKeys` is a plain regrouping.
 */
export function distanceWindow(author: Author, grid: Grid, cache: RelativeCache): DistanceWindow {
  const { g } = author
  const total = axisSize(g, cache.keys, 1)
  const fresh = grid.rows
  const width = g.op('Squeeze', [g.op('Add', [total, fresh])])
  const columns = g.op('Unsqueeze', [g.op('Range', [g.int64(0), width, g.int64(1)]), g.int64([1])])
  const { rows } = cache
  if ('first' in rows)
    return { rows: g.op('Min', [g.op('Add', [columns, rows.first]), rows.last]), fresh, total }
  const last = g.op('Sub', [g.op('Add', [cache.past, fresh]), g.int64([1])])
  const first = g.op('Sub', [rows.zero, last])
  // Rows of a batch that are shorter than T meet distances that no table has; what stands there is never attended.
  const lastRow = g.op('Sub', [axisSize(g, cache.distances, 0), g.int64([1])])
  return { rows: g.op('Min', [g.op('Add', [columns, first]), lastRow]), fresh, total }
}

/** Attention of one layer on `x` `[N · S, E]`. */
export function relativeAttention(
  author: Author,
  grid: Grid,
  key: string,
  heads: number,
  x: Value,
  cache: RelativeCache,
  window: DistanceWindow,
): Attended {
  const { g, weights } = author
  return g.scope('self_attn', () => {
    const width = weights.dim(`${key}.linear_q.weight`, 0)
    const fresh = queriesKeysValues(author, key, x)
    const attended = attendByDistance(author, grid, key, heads, fresh, cache, window)
    const rows = g.op('Reshape', [attended.out, g.int64([-1, width])])
    return { ...attended, out: linear(author, rows, `${key}.linear_out`) }
  })
}

/** The attention itself, between its projections; `q` comes with u added. */
export function attendByDistance(
  author: Author,
  grid: Grid,
  key: string,
  heads: number,
  fresh: { readonly q: Value; readonly k: Value; readonly v: Value },
  cache: RelativeCache,
  window: DistanceWindow,
): Attended {
  const { g, weights } = author
  const width = weights.dim(`${key}.linear_q.weight`, 0)
  const scores = distanceScores(author, grid, key, heads, fresh.q, cache, window)
  const bias = cache.mask === null ? scores : g.op('Add', [scores, cache.mask])
  return cachedAttention(g, grid, { heads, width }, fresh, cache, bias)
}

/** One product for all three; the query comes with u added. */
function queriesKeysValues(author: Author, key: string, x: Value): { q: Value; k: Value; v: Value } {
  const { g, weights } = author
  const names = ['linear_q', 'linear_k', 'linear_v'].map((part) => `${key}.${part}`)
  const matrix = sideBySide(names.map((name) => linearMatrix(weights, name)))
  const [bq, bk, bv] = names.map((name) => biasOrZero(weights, name)) as [
    TensorSource,
    TensorSource,
    TensorSource,
  ]
  const u = weights.take(`${key}.pos_bias_u`, [null, null])
  const bqu = derive([bq, u], bq.shape, (bias, extra) => bias!.map((value, i) => value + extra![i]!))
  const joined = gemm(author, x, `${key}.qkv`, matrix, endToEnd([bqu, bk, bv]))
  const [q, k, v] = g.ops(3, 'Split', [joined], { axis: -1, num_outputs: 3 }) as [Value, Value, Value]
  return { q, k, v }
}

function biasOrZero(weights: Weights, key: string): TensorSource {
  const width = weights.dim(`${key}.weight`, 0)
  if (weights.has(`${key}.bias`)) return weights.take(`${key}.bias`, [width])
  return derive([], [width], () => new Float32Array(width))
}

/** The position part of all scores, already over √D: `[N, H, S, T]`. */
function distanceScores(
  author: Author,
  grid: Grid,
  key: string,
  heads: number,
  q: Value,
  cache: RelativeCache,
  window: DistanceWindow,
): Value {
  const { g, weights } = author
  const width = weights.dim(`${key}.linear_q.weight`, 0)
  const size = width / heads
  const [u, v] = [
    weights.take(`${key}.pos_bias_u`, [heads, size]),
    weights.take(`${key}.pos_bias_v`, [heads, size]),
  ]
  const difference = derive([u, v], [width], (us, vs) => vs!.map((value, i) => value - us![i]!))
  const query = g.op('Add', [q, constant(author, `${key}.pos_bias_v-u`, difference)])
  // Time first on both sides, as the fused product with transposed batch axes wants it: nothing is copied for N = 1.
  const byTime = g.op('Transpose', [grid.byRequest(query, width)], { perm: [1, 0, 2] })
  const perHead = g.op('Reshape', [byTime, g.int64([0, 0, heads, size])])
  const near = g.op('Gather', [cache.distances, window.rows], { axis: 0 })
  const nearPerHead = g.op('Reshape', [near, g.int64([0, 0, heads, size])])
  const product = g.op(
    'FusedMatMul',
    [perHead, nearPerHead],
    { transBatchA: 1, transBatchB: 1, transB: 1 },
    { domain: CONTRIB },
  )
  return shiftToKeys(author, product, window)
}

/**
 * `[N, H, S, W]` by distance → `[N, H, S, T]` by key, W = T + S. Key j of query a lies in column S − 1 − a + j. With
 * the rows of a head one after the other that is a · (W − 1) + S − 1 + j.
 */
function shiftToKeys(author: Author, product: Value, window: DistanceWindow): Value {
  const { g } = author
  const flat = g.op('Reshape', [product, g.int64([0, 0, -1])])
  const one = g.int64([1])
  const start = g.op('Sub', [window.fresh, one])
  const stride = g.op('Sub', [g.op('Add', [window.total, window.fresh]), one])
  const end = g.op('Add', [start, g.op('Mul', [window.fresh, stride])])
  const cut = g.op('Slice', [flat, start, end, g.int64([2])])
  const shape = g.op('Concat', [g.int64([0, 0]), window.fresh, stride], { axis: 0 })
  return g.op('Slice', [g.op('Reshape', [cut, shape]), g.int64([0]), window.total, g.int64([3])])
}

/**
 * Sinusoids of distances `r` `[R]` float32, `[R, E]`: sine and cosine in turn, wavelengths from 2π to 10000 · 2π.
 * Computed in single precision, as the reference does.
 */
export function distanceSinusoids(author: Author, r: Value, width: number): Value {
  const { g } = author
  const rate = Math.fround(-Math.log(10_000) / width)
  const frequencies = Float32Array.from({ length: width / 2 }, (_, i) => Math.exp(Math.fround(2 * i * rate)))
  const column = g.op('Unsqueeze', [r, g.int64([1])])
  const angles = g.op('Mul', [column, g.float32([...frequencies])])
  const last = g.int64([-1])
  const pair = ['Sin', 'Cos'].map((type) => g.op('Unsqueeze', [g.op(type, [angles]), last]))
  return toGraphType(author, g.op('Reshape', [g.op('Concat', pair, { axis: -1 }), g.int64([0, width])]))
}

/** A layer's table of distances, `[R, E]`, projected and divided by √D. */
export function projectDistances(author: Author, sinusoids: Value, key: string, heads: number): Value {
  const { g, weights } = author
  const size = weights.dim(`${key}.linear_pos.weight`, 0) / heads
  const projected = gemm(author, sinusoids, `${key}.linear_pos`, linearMatrix(weights, `${key}.linear_pos`))
  return g.op('Mul', [projected, scalar(author, 1 / Math.sqrt(size))])
}

/** Additive mask `[S, T]` that hides later blocks: 0 where key j < end of query i's block, else −10⁴. */
export function blockMask(author: Author, visible: Value): Value {
  return author.g.op('Where', [visible, scalar(author, 0), scalar(author, -1e4)])
}
