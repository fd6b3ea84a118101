/** Reads the reference arrays: little-endian float32, int32 or int64 in NumPy's file format, C order. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { goldenDir } from './paths.ts'

export interface NumpyArray<T> {
  readonly shape: readonly number[]
  readonly data: T
}

function readNumpy(path: string): { shape: number[]; type: string; bytes: ArrayBuffer } {
  const file = readFileSync(path)
  assert.equal(file.toString('latin1', 1, 6), 'NUMPY', `${path} is no .npy file`)
  const headerEnd = 10 + file.readUInt16LE(8)
  const header = file.toString('latin1', 10, headerEnd)
  assert(header.includes("'fortran_order': False"), `${path} is not in C order`)
  const type = /'descr': '([^']+)'/.exec(header)![1]!
  const shape = /'shape': \(([^)]*)\)/.exec(header)![1]!
  const dims = shape.split(',').filter((size) => size.trim() !== '')
  return { shape: dims.map(Number), type, bytes: new Uint8Array(file.subarray(headerEnd)).buffer }
}

/** An array of `test/golden/tiny-a/expected`, for example `flow/mel_a`. */
export function goldenFloats(name: string): NumpyArray<Float32Array> {
  const { shape, type, bytes } = readNumpy(join(goldenDir, 'expected', `${name}.npy`))
  assert.equal(type, '<f4', `${name} is not float32`)
  return { shape, data: new Float32Array(bytes) }
}

export function goldenInts(name: string): NumpyArray<Int32Array> {
  const { shape, type, bytes } = readNumpy(join(goldenDir, 'expected', `${name}.npy`))
  assert.equal(type, '<i4', `${name} is not int32`)
  return { shape, data: new Int32Array(bytes) }
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
