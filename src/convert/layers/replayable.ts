/**
 * Operators of graphs that a card records once and plays again.
 *
 * For a Concat or Split of unequal parts the CUDA provider sends tables from the host in each run. So it does for more
 * than 32 parts. Played again, such a copy would read memory that has others' values by then.
 */
import assert from 'node:assert/strict'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { type Author, isForCards } from './gemm.ts'

/** Parts of a Concat or Split for which no table is sent. */
export const MOST_PARTS = 32

/** Whether runs of a graph are recorded: a card's, of several utterances, whose sizes do not change. */
export function isReplayed(
  author: Author,
  { alone = false, masked = false }: { alone?: boolean; masked?: boolean },
): boolean {
  return isForCards(author) && !alone && !masked
}

/**
 * `front`, `length` long on `axis` (`null`: as long as it is found), before `x`; in a graph that is `replayed` by sums of
 * what is padded.
 */
export function putBefore(
  g: GraphBuilder,
  front: Value,
  length: number | null,
  x: Value,
  { axis, replayed }: { readonly axis: number; readonly replayed: boolean },
): Value {
  if (!replayed) return g.op('Concat', [front, x], { axis })
  const none = g.int64([0])
  // ONNX Runtime keeps on the host what is made of shapes, and only that.
  const sizeOf = (of: Value) => g.op('Shape', [of], { start: axis, end: axis + 1 }, { dtype: 'int64' })
  const pads = (before: Value, behind: Value) => g.op('Concat', [before, behind], { axis: 0 })
  const before = length === null ? pads(sizeOf(front), none) : g.int64([length, 0])
  const axes = g.int64([axis])
  const first = g.op('Pad', [front, pads(none, sizeOf(x)), null, axes])
  const rest = g.op('Pad', [x, before, null, axes])
  return g.op('Add', [first, rest])
}

/** Parts of any lengths side by side, and back; in a graph that is `replayed` by sums of what is padded, and by slices. */
export function joinAll(
  g: GraphBuilder,
  parts: readonly Value[],
  lengths: readonly number[],
  { axis, replayed }: { readonly axis: number; readonly replayed: boolean },
): Value {
  if (parts.length === 1) return parts[0]!
  if (!replayed || areEqual(lengths)) return g.op('Concat', parts, { axis })
  const edges = edgesOf(lengths)
  const padded = parts.map((part, i) => {
    const pads = g.int64([edges[i]!, edges.at(-1)! - edges[i + 1]!])
    return g.op('Pad', [part, pads, null, g.int64([axis])])
  })
  return padded.reduce((sum, part) => g.op('Add', [sum, part]))
}

export function cutAll(
  g: GraphBuilder,
  x: Value,
  lengths: readonly number[],
  { axis, replayed }: { readonly axis: number; readonly replayed: boolean },
): Value[] {
  if (lengths.length === 1) return [x]
  if (!replayed || areEqual(lengths)) return g.ops(lengths.length, 'Split', [x, g.int64(lengths)], { axis })
  const edges = edgesOf(lengths)
  return lengths.map((_, i) =>
    g.op('Slice', [x, g.int64([edges[i]!]), g.int64([edges[i + 1]!]), g.int64([axis])]),
  )
}

/** `count` equal parts of `x`. What a graph adds up to it fits in two cuts of at most `MOST_PARTS`. */
export function cutEqually(g: GraphBuilder, x: Value, count: number, axis: number): Value[] {
  const cut = (from: Value, parts: number) =>
    parts === 1 ? [from] : g.ops(parts, 'Split', [from], { axis, num_outputs: parts })
  const { groups, each } = inGroups(count)
  return cut(x, groups).flatMap((group) => cut(group, each))
}

/** Equal parts side by side; as many as `wholeGroups` says. */
export function joinEqually(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const join = (some: readonly Value[]) => (some.length === 1 ? some[0]! : g.op('Concat', some, { axis }))
  const { groups, each } = inGroups(parts.length)
  return join(Array.from({ length: groups }, (_, i) => join(parts.slice(i * each, (i + 1) * each))))
}

/** The next number of parts, from `count` on, that makes groups of one size. */
export function wholeGroups(count: number): number {
  const groups = Math.ceil(count / MOST_PARTS)
  return groups * Math.ceil(count / groups)
}

/** Where each of several stretches begins, and where the last one ends. */
function edgesOf(lengths: readonly number[]): number[] {
  const edges = [0]
  for (const length of lengths) edges.push(edges.at(-1)! + length)
  return edges
}

function areEqual(lengths: readonly number[]): boolean {
  return lengths.length <= MOST_PARTS && lengths.every((length) => length === lengths[0])
}

function inGroups(count: number): { groups: number; each: number } {
  const groups = Math.ceil(count / MOST_PARTS)
  assert(groups <= MOST_PARTS && count % groups === 0, `${count} parts make no whole groups`)
  return { groups, each: count / groups }
}
