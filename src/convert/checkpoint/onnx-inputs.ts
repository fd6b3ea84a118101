/**
 * The inputs of an ONNX file, without reading its weights.
 *
 * (The graphs that we write ourselves go through `../onnx`.)
 *
 * Path: ModelProto.graph (7) → GraphProto.input (11) → ValueInfoProto.name (1), .type (2) → TypeProto.tensor_type (1)
 * → Tensor.shape (2) → TensorShapeProto.dim (1) → Dimension.dim_value (1).
 */
import type { ByteSource } from './byte-source.ts'
import { refusal } from './refusal.ts'

export interface OnnxInput {
  readonly name: string
  /** −1 where the file leaves a dimension open. */
  readonly dims: readonly number[]
}

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5
const LONGEST_VARINT = 10
const LARGEST_INPUT = 64 * 1024
const MOST_FIELDS = 1_000_000

interface Field {
  readonly number: number
  readonly wire: number
  /** A varint's value; otherwise 0. */
  readonly value: number
  /** Byte range of the content. */
  readonly start: number
  readonly end: number
}

/** Graph inputs in file order; initializers that older files repeat as inputs are among them. */
export async function readOnnxInputs(bytes: ByteSource): Promise<readonly OnnxInput[]> {
  const inputs: OnnxInput[] = []
  const whole = { start: 0, end: bytes.size }
  for await (const graph of fieldsOf(bytes, whole, 7)) {
    for await (const input of fieldsOf(bytes, graph, 11)) {
      if (input.end - input.start > LARGEST_INPUT) throw bad(bytes, input.start, 'a small input description')
      inputs.push(await readInput(bytes, input))
    }
  }
  if (inputs.length === 0) throw refusal(bytes.name, '', 'an ONNX graph with inputs', 'none')
  return inputs
}

async function readInput(bytes: ByteSource, input: Field): Promise<OnnxInput> {
  let name = ''
  const dims: number[] = []
  for await (const field of fieldsOf(bytes, input, 1)) {
    name = Buffer.from(await bytes.read(field.start, field.end - field.start)).toString('utf8')
  }
  for await (const type of fieldsOf(bytes, input, 2))
    for await (const tensor of fieldsOf(bytes, type, 1))
      for await (const shape of fieldsOf(bytes, tensor, 2))
        for await (const dim of fieldsOf(bytes, shape, 1)) dims.push(await readDim(bytes, dim))
  return { name, dims }
}

async function readDim(bytes: ByteSource, dim: Field): Promise<number> {
  for await (const value of fieldsOf(bytes, dim, 1, VARINT)) return value.value
  return -1
}

/** The fields with one number inside a message, in order. */
async function* fieldsOf(
  bytes: ByteSource,
  message: { readonly start: number; readonly end: number },
  number: number,
  wire = LENGTH_DELIMITED,
): AsyncGenerator<Field> {
  let at = message.start
  for (let count = 0; at < message.end; count++) {
    if (count > MOST_FIELDS) throw bad(bytes, at, 'fewer fields')
    const field = await fieldAt(bytes, at, message.end)
    if (field.number === number && field.wire === wire) yield field
    at = field.end
  }
}

async function fieldAt(bytes: ByteSource, at: number, end: number): Promise<Field> {
  // Tag and length, or tag and value, are two varints at most.
  const head = await bytes.read(at, Math.min(2 * LONGEST_VARINT, end - at))
  const tag = varint(head, 0)
  if (tag === undefined) throw bad(bytes, at, 'a protobuf field')
  const number = Math.floor(tag.value / 8)
  const wire = tag.value % 8
  const start = at + tag.next
  if (wire === VARINT || wire === LENGTH_DELIMITED) {
    const second = varint(head, tag.next)
    if (second === undefined) throw bad(bytes, at, 'a protobuf field')
    const contentStart = at + second.next
    const contentEnd = wire === VARINT ? contentStart : contentStart + second.value
    if (contentEnd > end) throw bad(bytes, at, `a field that ends by byte ${end}`)
    return { number, wire, value: wire === VARINT ? second.value : 0, start: contentStart, end: contentEnd }
  }
  const size = wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : undefined
  if (size === undefined || start + size > end) throw bad(bytes, at, 'a protobuf field')
  return { number, wire, value: 0, start, end: start + size }
}

/** Little-endian base 128. Values beyond 2^53 lose their low bits: none that is used here is so large. */
function varint(bytes: Uint8Array, from: number): { value: number; next: number } | undefined {
  let value = 0
  for (let i = from; i < bytes.length && i < from + LONGEST_VARINT; i++) {
    value += (bytes[i]! & 0x7f) * 2 ** (7 * (i - from))
    if (bytes[i]! < 0x80) return { value, next: i + 1 }
  }
  return undefined
}

function bad(bytes: ByteSource, at: number, expected: string): ReturnType<typeof refusal> {
  return refusal(bytes.name, `byte ${at}`, expected, 'other bytes')
}
