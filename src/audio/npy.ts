/**
 * NumPy's `.npy` files: one array, little-endian float32, int32 or int64, C order.
 *
 *   \x93NUMPY · u8 major · u8 minor · header length (u16 in version 1, u32 after) · header · data
 *   header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, spaces, newline
 */
import { writeFile } from 'node:fs/promises'
import { numElements } from '../core/dtype.ts'
import { TtsError } from '../core/errors.ts'
import { bytesOf } from './pcm.ts'

export type NpyData = Float32Array | Int32Array | BigInt64Array

export interface NpyArray {
  readonly shape: readonly number[]
  readonly data: NpyData
}

const MAGIC = '\x93NUMPY'
const HEADER =
  /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/
const TYPES = {
  '<f4': { bytes: 4, over: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  '<i4': { bytes: 4, over: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  '<i8': { bytes: 8, over: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
}

/** Throws BAD_USAGE naming `origin`; nothing is allocated before all lengths agree. */
export function decodeNpy(file: Uint8Array, origin: string): NpyArray {
  const refuse = (expected: string, got: string) =>
    new TtsError('BAD_USAGE', `array file ${origin}`, `expected ${expected}, got ${got}`)
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (text.toString('latin1', 0, 6) !== MAGIC || file.length < 12) {
    throw refuse('a .npy file', `${file.length} bytes that begin otherwise`)
  }
  const major = file[6]!
  if (major < 1 || major > 3) throw refuse('format version 1–3', String(major))
  const start = major === 1 ? 10 : 12
  const length = major === 1 ? text.readUInt16LE(8) : text.readUInt32LE(8)
  if (start + length > file.length)
    throw refuse(`a header of ${length} bytes`, `a file of ${file.length} bytes`)
  const header = text.toString('latin1', start, start + length)
  const [, descr, fortran, dims] = HEADER.exec(header) ?? []
  if (descr === undefined || dims === undefined) throw refuse('a NumPy header', header.slice(0, 80))
  if (fortran === 'True') throw refuse('C order', 'Fortran order')
  if (!(descr in TYPES)) throw refuse(`one of ${Object.keys(TYPES).join(', ')}`, descr)
  const type = TYPES[descr as keyof typeof TYPES]
  const shape = dims
    .split(',')
    .map((dim) => dim.trim())
    .filter((dim) => dim !== '')
    .map(Number)
  const wanted = numElements(shape) * type.bytes
  const got = file.length - start - length
  if (wanted !== got) throw refuse(`${wanted} bytes of data for shape (${shape.join(', ')})`, String(got))
  // Copied by the constructor: the slice of a Buffer would share memory, at any alignment.
  return { shape, data: type.over(new Uint8Array(file.subarray(start + length)).buffer) }
}

export function encodeNpy(data: NpyData, shape: readonly number[] = [data.length]): Uint8Array {
  if (numElements(shape) !== data.length) {
    throw new RangeError(`expected ${numElements(shape)} elements for shape [${shape}], got ${data.length}`)
  }
  const descr = data instanceof Float32Array ? '<f4' : data instanceof Int32Array ? '<i4' : '<i8'
  // A tuple of one is written with a comma, as Python reads it.
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`
  // Spaces bring the data to a multiple of 64.
  const headerBytes = Math.ceil((10 + header.length + 1) / 64) * 64 - 10
  const file = Buffer.alloc(10 + headerBytes + data.byteLength)
  file.write(MAGIC, 'latin1')
  file[6] = 1
  file.writeUInt16LE(headerBytes, 8)
  file.write(`${header.padEnd(headerBytes - 1)}\n`, 10, 'latin1')
  file.set(bytesOf(data), 10 + headerBytes)
  return file
}

export async function writeNpy(path: string, data: NpyData, shape?: readonly number[]): Promise<void> {
  await writeFile(path, encodeNpy(data, shape))
}
