/** What a vocoder's last layer makes, log magnitudes and phases → real and imaginary parts. In float32: phases need it. */
import type { Value } from '../onnx/graph-builder.ts'
import type { Author } from './gemm.ts'
import { elementwise } from './steady.ts'

/** The reference's inverse transform clips magnitudes. */
const LARGEST_MAGNITUDE = 100

/** `both` `[N, 2 · bins, 1, frames]`, magnitudes first → real parts first, the same shape. */
export function polarSpectrum(author: Author, both: Value, bins: number): Value {
  const { g } = author
  const [logMagnitude, phase] = g.ops(2, 'Split', [both], { axis: 1, num_outputs: 2 }) as [Value, Value]
  const magnitude = g.op('Min', [g.op('Exp', [logMagnitude]), g.float32(LARGEST_MAGNITUDE)])
  const [cosine, sine] = elementwise(author, phase, bins, (x) => {
    const angle = g.op('Sin', [x])
    return [g.op('Cos', [angle]), g.op('Sin', [angle])]
  }) as [Value, Value]
  const real = g.op('Mul', [magnitude, cosine])
  const imaginary = g.op('Mul', [magnitude, sine])
  return g.op('Concat', [real, imaginary], { axis: 1 })
}
