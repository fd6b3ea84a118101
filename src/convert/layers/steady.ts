/**
 * What makes a value the same bits however many positions its run has. Streams are cut into runs by the clock, and what
 * is heard must not tell.
 *
 * ONNX Runtime's blocked convolution is so by itself; it takes channels in multiples of 16. Its plain ones are products
 * of matrices. There a sum of more than 128 terms is cut at places that depend on the columns (`StrideK` in MLAS). A sine
 * is taken of 16 values at a time, of the last ones by another routine (Eigen). Graphs for cards are left as they are.
 */
import { derive } from '../../core/tensor-source.ts'
import type { Value } from '../onnx/graph-builder.ts'
import { type Author, isForCards } from './gemm.ts'
import type { Kernel } from './kernel.ts'

const PACKET = 16
const LONGEST_SUM = 128
const CHANNELS = 1

/** Whether sums of so many terms, in a product of matrices, do not depend on its width. */
export function isUncut(author: Author, terms: number): boolean {
  return isForCards(author) || terms <= LONGEST_SUM
}

/** A signal `[N, channels, …]` and the kernel over it, with silent channels behind up to whole packets. */
export function inPackets(
  { g }: Author,
  x: Value,
  kernel: Kernel,
): { readonly x: Value; readonly kernel: Kernel } {
  const columns = kernel.weight.shape[1]!
  const wanted = Math.ceil(columns / PACKET) * PACKET
  if (wanted === columns) return { x, kernel }
  const pads = [g.int64([0, wanted - columns]), null, g.int64([CHANNELS])]
  return { x: g.op('Pad', [x, ...pads]), kernel: withColumns(kernel, wanted) }
}

/** Elementwise functions of `x` `[N, channels, 1, time]`. */
export function elementwise(
  author: Author,
  x: Value,
  channels: number,
  functions: (x: Value) => Value[],
): Value[] {
  if (isForCards(author) || channels % PACKET === 0) return functions(x)
  const { g } = author
  const [rest, axis] = [PACKET - 1, g.int64([1])]
  const flat = g.op('Reshape', [x, g.int64([0, -1])])
  // Whatever the length, the last packet ends behind the last value.
  return functions(g.op('Pad', [flat, g.int64([0, rest]), null, axis])).map((y) =>
    g.op('Reshape', [
      g.op('Slice', [y, g.int64([0]), g.int64([-rest]), axis]),
      g.int64([0, channels, 1, -1]),
    ]),
  )
}

/** `[out, in, taps]` → `[out, wanted, taps]` with zeros for inputs that are silent. */
function withColumns(kernel: Kernel, wanted: number): Kernel {
  const [out, columns, taps] = kernel.weight.shape as readonly [number, number, number]
  const weight = derive([kernel.weight], [out, wanted, taps], (values) => {
    const wide = new Float32Array(out * wanted * taps)
    for (let row = 0; row < out; row++)
      wide.set(values!.subarray(row * columns * taps, (row + 1) * columns * taps), row * wanted * taps)
    return wide
  })
  return { ...kernel, weight }
}
