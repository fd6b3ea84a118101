/** Stretches of a signal that begin at any position of it. Pure. */
import assert from 'node:assert/strict'
import type { Range } from '../../core/vocoder-windows.ts'

/** `values` begin at position `from` (frames of a given width each). */
export interface Stretch {
  readonly from: number
  readonly values: Float32Array
}

export const NOTHING: Stretch = { from: 0, values: new Float32Array(0) }

export function append({ from, values }: Stretch, fresh: Float32Array, width: number): Stretch {
  assert(fresh.length % width === 0)
  const joined = new Float32Array(values.length + fresh.length)
  joined.set(values)
  joined.set(fresh, values.length)
  return { from, values: joined }
}

export function dropBefore({ from, values }: Stretch, first: number, width: number): Stretch {
  if (first <= from) return { from, values }
  return { from: first, values: values.slice((first - from) * width) }
}

/** Frames of `range`, zeros behind the last one known. A view where all are known. */
export function zeroPadded(
  { from: first, values }: Stretch,
  { from, to }: Range,
  width: number,
): Float32Array {
  const known = values.subarray((from - first) * width, (to - first) * width)
  if (known.length === (to - from) * width) return known
  const out = new Float32Array((to - from) * width)
  out.set(known)
  return out
}

/** Samples `from … to` of a signal that begins at 0; beyond its ends it is reflected, the end samples not repeated. */
export function reflected({ from: first, values }: Stretch, { from, to }: Range): Float32Array {
  const last = first + values.length - 1
  if (from >= first && to <= last + 1) return values.subarray(from - first, to - first)
  const out = new Float32Array(to - from)
  const inside = { from: Math.max(from, first), to: Math.min(to, last + 1) }
  out.set(values.subarray(inside.from - first, inside.to - first), inside.from - from)
  for (let at = from; at < inside.from; at++) out[at - from] = values[-at - first]!
  for (let at = inside.to; at < to; at++) out[at - from] = values[2 * last - at - first]!
  return out
}
