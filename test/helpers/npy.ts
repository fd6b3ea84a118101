/** The reference arrays, and how far apart two arrays are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeNpy } from '../../src/audio/npy.ts'
import { goldenDir } from './paths.ts'

export interface GoldenArray<T> {
  readonly shape: readonly number[]
  readonly data: T
}

export const readNpy = (path: string) => decodeNpy(readFileSync(path), path)

const read = (name: string, folder: string) => readNpy(join(folder, 'expected', `${name}.npy`))

/** An array of `test/golden/tiny-a/expected`, for example `flow/mel_a`. */
export function goldenFloats(name: string, folder = goldenDir): GoldenArray<Float32Array> {
  const { shape, data } = read(name, folder)
  assert(data instanceof Float32Array, `${name} is not float32`)
  return { shape, data }
}

export function goldenInts(name: string, folder = goldenDir): GoldenArray<Int32Array> {
  const { shape, data } = read(name, folder)
  assert(data instanceof Int32Array, `${name} is not int32`)
  return { shape, data }
}

/** `[rows, columns]` → `[columns, rows]`; the reference's mels are `[80, frames]`, ours `[frames, 80]`. */
export function transposedRows(data: Float32Array, rows: number): Float32Array {
  const columns = data.length / rows
  return Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!)
}

/** Largest absolute difference; arrays of different lengths, or a NaN, count as infinitely far apart. */
export function maxDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity
  let worst = 0
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!)
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference
  }
  return worst
}
