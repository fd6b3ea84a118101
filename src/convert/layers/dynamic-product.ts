/**
 * Products in int8: weights with a scale for each column, activations quantised run by run (`DynamicQuantizeMatMul`).
 *
 * One scale spans all rows of a run, so a row's result depends on what else is in the run: one utterance at a time.
 */
import { derive, readFloat32, type TensorSource } from '../../core/tensor-source.ts'
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'

/**
 * Largest weight. Seven bits: CPUs without VNNI add pairs of products in 16 bits, which 255 · 127 twice overflows.
 */
const LARGEST = 63

/** `x` `[rows, in]` · matrix `[in, out]` (+ bias `[out]`, single precision) → `[rows, out]`. */
export function dynamicProduct(
  g: GraphBuilder,
  x: Value,
  name: string,
  matrix: TensorSource,
  bias: Value | undefined,
): Value {
  const { levels, scales } = quantisedColumns(matrix)
  const inputs = [x, g.weight(`${name}.matrix.q8`, levels), g.weight(`${name}.matrix.scales`, scales)]
  return g.op('DynamicQuantizeMatMul', bias === undefined ? inputs : [...inputs, null, bias], undefined, {
    domain: CONTRIB,
  })
}

/** `[in, out]` as int8 levels of −63…63 and a scale for each column, so that weight ≈ level · scale. */
export function quantisedColumns(matrix: TensorSource): {
  readonly levels: TensorSource
  readonly scales: TensorSource
} {
  const [, columns] = matrix.shape as [number, number]
  const levels: TensorSource = {
    dtype: 'int8',
    shape: matrix.shape,
    read: async () => {
      const values = await readFloat32(matrix)
      const scale = columnScales(values, columns)
      const out = new Int8Array(values.length)
      for (let i = 0; i < values.length; i++) {
        const by = scale[i % columns]!
        out[i] = by === 0 ? 0 : Math.round(values[i]! / by)
      }
      return new Uint8Array(out.buffer)
    },
  }
  return { levels, scales: derive([matrix], [columns], (values) => columnScales(values!, columns)) }
}

function columnScales(values: Float32Array, columns: number): Float32Array {
  const scale = new Float32Array(columns)
  for (let i = 0; i < values.length; i++) {
    const column = i % columns
    scale[column] = Math.max(scale[column]!, Math.abs(values[i]!))
  }
  return scale.map((extreme) => extreme / LARGEST)
}
