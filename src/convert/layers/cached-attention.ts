/**
 * Attention of new rows over all rows so far, whose keys and values live outside the graph.
 *
 * Bind the same memory as `keys` and as its output: then only the new rows are written. A run costs by T, so bind
 * exactly the rows that are valid after it; rows of a batch that are shorter say so in `valid`.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { Grid } from './windows.ts'

export interface KeyValueCache {
  /** `[N, T, width]`; rows from `past` on are written. */
  readonly keys: Value
  readonly values: Value
  /** `[N]` int64: rows before this run, … */
  readonly past: Value
  /** … and rows valid after it; null where that is all T of them, which saves a card a kernel. */
  readonly valid: Value | null
}

export interface Attended {
  /** `[N, rows, width]`. */
  readonly out: Value
  /** The caches with the new rows. */
  readonly keys: Value
  readonly values: Value
}

/**
 * `q`, `k`, `v` hold `[N, rows, width]` in any shape. `bias` is added to the scores where it is of float type. Where it
 * is bool, it says which positions may be attended to; broadcastable to `[N, heads, rows, T]`.
 */
export function cachedAttention(
  g: GraphBuilder,
  grid: Grid,
  size: { readonly heads: number; readonly width: number },
  fresh: { readonly q: Value; readonly k: Value; readonly v: Value },
  cache: KeyValueCache,
  bias: Value | null,
): Attended {
  const { heads, width } = size
  const append = (store: Value, rows: Value) =>
    g.op('TensorScatter', [store, grid.byRequest(rows, width), cache.past], { axis: 1, mode: 'linear' })
  const keys = append(cache.keys, fresh.k)
  const values = append(cache.values, fresh.v)
  const lengths = cache.valid === null ? [] : [null, null, cache.valid]
  const masked = bias === null && lengths.length === 0 ? [] : [bias]
  const inputs = [grid.byRequest(fresh.q, width), keys, values, ...masked, ...lengths]
  return { out: g.op('Attention', inputs, { q_num_heads: heads, kv_num_heads: heads }), keys, values }
}
