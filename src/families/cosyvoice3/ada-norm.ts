/**
 * Adaptive layer norms of the DiT as tables: the step times are fixed, so every shift, scale and gate is a constant.
 * Source: Peebles and Xie, "Scalable Diffusion Models with Transformers" (2023), §3.2, adaLN-Zero.
 */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { affine, silu, sinusoid } from '../../convert/layers/time-embedding.ts'
import { derive, type TensorSource } from '../../core/tensor-source.ts'

/** Vectors of one block: shift, scale and gate of the attention, then those of the feed-forward. */
export const BLOCK_VECTORS = 6
/** Places of the gates among them. */
const GATE = 2
const FEED_GATE = 5
/** Vectors of the last norm: scale, then shift. */
export const LAST_VECTORS = 2

/** Rows of a scale hold 1 + scale, as LayerNormalization multiplies with it. */
const SCALE_ROWS: Readonly<Record<number, readonly number[]>> = {
  [BLOCK_VECTORS]: [1, 4],
  [LAST_VECTORS]: [0],
}

/**
 * What the linear layer under `key` makes of each time, `[times, vectors · width]`: SiLU of the time vector, then the
 * layer. Computed in double; only the angles are rounded where the reference rounds them.
 */
export function adaNormTable(
  weights: Weights,
  estimator: string,
  key: string,
  times: readonly number[],
  vectors: typeof BLOCK_VECTORS | typeof LAST_VECTORS,
): TensorSource {
  const first = `${estimator}.time_embed.time_mlp.0`
  const second = `${estimator}.time_embed.time_mlp.2`
  const width = weights.dim(`${first}.weight`, 0)
  const angles = weights.dim(`${first}.weight`, 1)
  const layer = (name: string, out: number, inputs: number) => [
    weights.take(`${name}.weight`, [out, inputs]),
    weights.take(`${name}.bias`, [out]),
  ]
  const sources = [
    ...layer(first, width, angles),
    ...layer(second, width, width),
    ...layer(key, vectors * width, width),
  ]
  const scales = SCALE_ROWS[vectors]!
  return derive(sources, [times.length, vectors * width], (w1, b1, w2, b2, w3, b3) => {
    const table = new Float32Array(times.length * vectors * width)
    for (const [i, t] of times.entries()) {
      const time = affine(w2!, b2!, affine(w1!, b1!, sinusoid(t, angles)).map(silu))
      const row = affine(w3!, b3!, time.map(silu))
      for (const scale of scales) for (let c = 0; c < width; c++) row[scale * width + c]! += 1
      table.set(row, i * vectors * width)
    }
    return table
  })
}

/**
 * Blocks' vectors and the last norm's side by side, `[times, vectors · width]`, for graphs that cut one row of it. Behind its
 * six vectors a block has two more: both gates times the bias of the layer that each gates.
 */
export function joinedNormTable(
  blocks: readonly { readonly table: TensorSource; readonly biases: readonly [TensorSource, TensorSource] }[],
  last: TensorSource,
  width: number,
  fill: number,
): TensorSource {
  const [times] = last.shape as [number]
  const perBlock = BLOCK_VECTORS + 2
  const vectors = perBlock * blocks.length + LAST_VECTORS + fill
  const sources = [...blocks.flatMap(({ table, biases }) => [table, ...biases]), last]
  return derive(sources, [times, vectors * width], (...parts) => {
    const out = new Float32Array(times * vectors * width)
    for (let i = 0; i < times; i++) {
      let at = i * vectors * width
      const add = (values: Float32Array) => {
        out.set(values, at)
        at += values.length
      }
      for (let block = 0; block < blocks.length; block++) {
        const [table, attention, feed] = parts.slice(3 * block) as [Float32Array, Float32Array, Float32Array]
        const row = table.subarray(i * BLOCK_VECTORS * width, (i + 1) * BLOCK_VECTORS * width)
        add(row)
        for (const [gate, bias] of [
          [GATE, attention],
          [FEED_GATE, feed],
        ] as const)
          add(bias.map((value, c) => value * row[gate * width + c]!))
      }
      add(parts.at(-1)!.subarray(i * LAST_VECTORS * width, (i + 1) * LAST_VECTORS * width))
    }
    return out
  })
}
