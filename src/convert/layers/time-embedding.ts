/**
 * The estimator's time embeddings: a fixed table, since each solver's time points are fixed.
 *
 * Angles are rounded to single precision where the reference rounds them: 1000 t makes an angle's last digit count.
 * The MLPs are in double.
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'

const { fround } = Math

/**
 * What a residual block adds at each time, `[times, channels]`: the time MLP of the estimator, then the block's own
 * (Mish, Linear) under `${block}.mlp.1`.
 */
export function timeTable(
  weights: Weights,
  estimator: string,
  block: string,
  times: readonly number[],
): TensorSource {
  const inputs = weights.dim(`${estimator}.time_mlp.linear_1.weight`, 1)
  const hidden = weights.dim(`${estimator}.time_mlp.linear_1.weight`, 0)
  const channels = weights.dim(`${block}.mlp.1.weight`, 0)
  const layer = (key: string, out: number, width: number) => [
    weights.take(`${key}.weight`, [out, width]),
    weights.take(`${key}.bias`, [out]),
  ]
  const sources = [
    ...layer(`${estimator}.time_mlp.linear_1`, hidden, inputs),
    ...layer(`${estimator}.time_mlp.linear_2`, hidden, hidden),
    ...layer(`${block}.mlp.1`, channels, hidden),
  ]
  return derive(sources, [times.length, channels], (w1, b1, w2, b2, w3, b3) => {
    const table = new Float32Array(times.length * channels)
    for (const [i, t] of times.entries()) {
      const first = affine(w1!, b1!, sinusoid(t, inputs)).map(silu)
      const second = affine(w2!, b2!, first).map((x) => x * Math.tanh(softplus(x)))
      table.set(affine(w3!, b3!, second), i * channels)
    }
    return table
  })
}

/** Sinusoidal embedding of 1000 · t: sines, then cosines, of geometric frequencies from 1 to 1/10000. */
export function sinusoid(t: number, width: number): Float64Array {
  const half = width / 2
  const rate = fround(-Math.log(10_000) / (half - 1))
  const embedding = new Float64Array(width)
  for (let i = 0; i < half; i++) {
    const angle = fround(fround(1000 * t) * fround(Math.exp(fround(i * rate))))
    embedding[i] = Math.sin(angle)
    embedding[i + half] = Math.cos(angle)
  }
  return embedding
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x))
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/** `matrix` `[rows, in]` · x + bias, in double. */
export function affine(matrix: Float32Array, bias: Float32Array, x: Float64Array): Float64Array {
  return Float64Array.from(bias, (offset, row) => {
    let sum = offset
    for (let i = 0; i < x.length; i++) sum += matrix[row * x.length + i]! * x[i]!
    return sum
  })
}
