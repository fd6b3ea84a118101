/**
 * Rotary positions of the DiT: only the first head turns, in neighbouring pairs of channels (RoFormer, Su et al. 2021).
 *
 * The reference rotates before it splits heads, with a table as wide as one head. So the other heads have no position.
 * Rows of the projections are reordered here, even channels before odd ones: pairs then turn as two halves. Scores stay
 * what they were, since queries and keys are reordered alike.
 */
import { type Author, constant, toGraphType } from '../../convert/layers/gemm.ts'
import { CONTRIB, type Value } from '../../convert/onnx/graph-builder.ts'
import { derive, type TensorSource } from '../../core/tensor-source.ts'

/** Cosines and sines `[N, S, 1, headDim / 2]` of the positions from `past` `[N]` on. */
export interface Turns {
  readonly cos: Value
  readonly sin: Value
}

/** `positions` `[N, S]` int64; `key` holds the frequencies `[headDim / 2]` of the state dict. */
export function turnsAt(author: Author, positions: Value, key: string, headDim: number): Turns {
  const { g, weights } = author
  const frequencies = g.weight(key, weights.take(key, [headDim / 2]))
  const wide = g.op('Unsqueeze', [positions, g.int64([2, 3])])
  // 1 = ONNX's number for float32; angles in single precision, as the reference has them.
  const angles = g.op('Mul', [g.op('Cast', [wide], { to: 1 }, { dtype: 'float32' }), frequencies])
  return { cos: toGraphType(author, g.op('Cos', [angles])), sin: toGraphType(author, g.op('Sin', [angles])) }
}

/** `x` `[N, S, lanes, width]`, its first head in halves: turned by its position. */
export function turnFirstHead(
  author: Author,
  x: Value,
  { cos, sin }: Turns,
  headDim: number,
  width: number,
): Value {
  const { g } = author
  const half = headDim / 2
  const sizes = width === headDim ? [half, half] : [half, half, width - headDim]
  const [even, odd, ...rest] = g.ops(sizes.length, 'Split', [x, g.int64(sizes)], { axis: -1 }) as [
    Value,
    Value,
  ]
  const turned = [
    g.op('Sub', [g.op('Mul', [even, cos]), g.op('Mul', [odd, sin])]),
    g.op('Add', [g.op('Mul', [odd, cos]), g.op('Mul', [even, sin])]),
  ]
  return g.op('Concat', [...turned, ...rest], { axis: -1 })
}

/** A projection's rows `[width, …]` with the first head's even channels in front of its odd ones. */
export function inHalves(source: TensorSource, headDim: number): TensorSource {
  const size = source.shape.slice(1).reduce((product, dim) => product * dim, 1)
  return derive([source], source.shape, (values) => {
    const out = values!.slice()
    for (let i = 0; i < headDim; i++) {
      const from = i < headDim / 2 ? 2 * i : 2 * (i - headDim / 2) + 1
      out.set(values!.subarray(from * size, (from + 1) * size), i * size)
    }
    return out
  })
}

/** Frames whose turns a card's table holds: all that the flow's noise lasts for, and a block. */
const TABLE_POSITIONS = 15_104
/** Widest rows that the card's operator takes. */
const MOST_CHANNELS = 1024

/** Whether rows of `width` channels can be turned by `turnRows`. */
export function turnsInOne(width: number): boolean {
  return width <= MOST_CHANNELS
}

/** `x` `[N, S, lanes · width]`: the first head of each lane turned by `positions` `[N, S]`, in one operator. */
export function turnRows(
  author: Author,
  x: Value,
  positions: Value,
  key: string,
  { headDim, lanes }: { readonly headDim: number; readonly lanes: number },
): Value {
  const { g, weights } = author
  const half = headDim / 2
  const frequencies = weights.take(key, [half])
  const table = (name: string, of: (angle: number) => number) =>
    constant(
      author,
      `${key}.${name}`,
      derive([frequencies], [TABLE_POSITIONS, half], (rates) =>
        Float32Array.from({ length: TABLE_POSITIONS * half }, (_, i) =>
          of(Math.fround(Math.floor(i / half) * rates![i % half]!)),
        ),
      ),
    )
  return g.op(
    'RotaryEmbedding',
    [x, positions, table('cos', Math.cos), table('sin', Math.sin)],
    { num_heads: lanes, rotary_embedding_dim: headDim, interleaved: 0 },
    { domain: CONTRIB },
  )
}
