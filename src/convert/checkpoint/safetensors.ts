/**
 * A `.safetensors` file as named tensors that are read by position.
 *
 * The header is hostile input: its length is capped before it is read. No range is used before all are known to lie
 * inside the file and to fit types and shapes. They must follow one another without overlap or gap.
 */
import { BYTES_PER_ELEMENT, type DType, numElements } from '../../core/dtype.ts'
import type { TensorSource } from '../../core/tensor-source.ts'
import type { ByteSource } from './byte-source.ts'
import { parseJson } from './json.ts'
import { refusal, shown } from './refusal.ts'

const LENGTH_BYTES = 8
/** A thousand tensors take about 100 KB. */
const LONGEST_HEADER = 16 * 2 ** 20
const MOST_DIMS = 16

const DTYPES: Readonly<Record<string, DType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

interface Entry {
  readonly key: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Byte range within the data part. */
  readonly begin: number
  readonly end: number
}

/** Reads the header only; tensors are read when their sources are. */
export async function readSafetensors(bytes: ByteSource): Promise<ReadonlyMap<string, TensorSource>> {
  const dataStart = LENGTH_BYTES + (await headerLength(bytes))
  const header = await bytes.read(LENGTH_BYTES, dataStart - LENGTH_BYTES)
  const json = parseJson(header, bytes.name)
  if (!isRecord(json)) throw refusal(bytes.name, 'header', 'a JSON object', typeof json)
  const entries = Object.entries(json)
    .filter(([key]) => key !== '__metadata__')
    .map(([key, value]) => readEntry(bytes.name, key, value))
  checkLayout(bytes.name, entries, bytes.size - dataStart)
  return new Map(
    entries.map(({ key, dtype, shape, begin, end }) => [
      key,
      { dtype, shape, read: () => bytes.read(dataStart + begin, end - begin) },
    ]),
  )
}

async function headerLength(bytes: ByteSource): Promise<number> {
  if (bytes.size < LENGTH_BYTES) {
    throw refusal(bytes.name, '', `at least ${LENGTH_BYTES} bytes`, `${bytes.size}`)
  }
  const start = await bytes.read(0, LENGTH_BYTES)
  const length = Number(new DataView(start.buffer).getBigUint64(0, true))
  const most = Math.min(LONGEST_HEADER, bytes.size - LENGTH_BYTES)
  if (length > most) throw refusal(bytes.name, 'header length', `at most ${most}`, `${length}`)
  return length
}

function readEntry(file: string, key: string, value: unknown): Entry {
  const place = `key '${shown(key)}'`
  if (!isRecord(value)) throw refusal(file, place, 'an object', typeof value)
  const { dtype: name, shape, data_offsets: range } = value
  const dtype = typeof name === 'string' && Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined
  if (dtype === undefined) {
    throw refusal(file, place, `dtype one of ${Object.keys(DTYPES).join(' ')}`, shown(String(name)))
  }
  if (!isCounts(shape) || shape.length > MOST_DIMS)
    throw refusal(file, place, 'a shape', shown(String(shape)))
  if (!isCounts(range) || range.length !== 2) throw refusal(file, place, 'two offsets', shown(String(range)))
  const [begin = 0, end = 0] = range
  const expected = numElements(shape) * BYTES_PER_ELEMENT[dtype]
  if (end - begin !== expected) {
    throw refusal(file, place, `${expected} bytes for ${dtype} [${shape}]`, `${end - begin}`)
  }
  return { key, dtype, shape, begin, end }
}

/** The ranges, in order, must fill the data part exactly: what overlaps or hides bytes is refused. */
function checkLayout(file: string, entries: readonly Entry[], dataSize: number): void {
  let at = 0
  for (const { key, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const place = `key '${shown(key)}'`
    if (begin !== at) {
      throw refusal(file, place, `data from byte ${at}`, `${begin} (${begin < at ? 'an overlap' : 'a gap'})`)
    }
    if (end > dataSize) throw refusal(file, place, `data up to byte ${dataSize} at most`, `${end}`)
    at = end
  }
  if (at !== dataSize) throw refusal(file, '', `${at} bytes of data`, `${dataSize}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
