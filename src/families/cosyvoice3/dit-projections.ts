/** The input projection of the DiT estimator, cut by what it projects and doubled for its guidance rows. */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { linearMatrix } from '../../convert/layers/gemm.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import { derive, type TensorSource } from '../../core/tensor-source.ts'

/** Layers of the estimator under this key of `flow.pt`. */
export const ESTIMATOR = 'decoder.estimator'
/** Guidance rows: guided, unguided. */
export const ROWS = 2

/** `[2 · rows, columns]`: (1 + w) · P for the guided row above −w · P for the unguided one; the bias stays one. */
export function guided(projection: TensorSource, rate: number): TensorSource {
  const [rows, columns] = projection.shape as [number, number]
  return derive([projection], [ROWS * rows, columns], (matrix) => {
    const out = new Float32Array(ROWS * matrix!.length)
    out.set(matrix!.map((value) => (1 + rate) * value))
    out.set(
      matrix!.map((value) => -rate * value),
      matrix!.length,
    )
    return out
  })
}

/** Columns of the input projection for parts `from` to `to` of x, condition, mu, speaker: `[inputs, W]`. */
export function inputMatrix(
  weights: Weights,
  { mel, width }: DitFlowParameters,
  from: number,
  to: number,
): TensorSource {
  const whole = linearMatrix(weights, `${ESTIMATOR}.input_embed.proj`)
  return derive([whole], [(to - from) * mel, width], (matrix) =>
    matrix!.slice(from * mel * width, to * mel * width),
  )
}
