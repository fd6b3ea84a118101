/**
 * Builds one ONNX graph: operators as calls that return values, names as paths, weights in a shared external file.
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import type { DType } from '../../core/dtype.ts'
import type { TensorSource } from '../../core/tensor-source.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts'
import type { WeightFile } from './weight-file.ts'

/** Operators of ORT that are not in the ONNX standard. */
export const CONTRIB = 'com.microsoft'

const OPSET = 24
const CONTRIB_OPSET = 1
// ORT loads opset 24 with this older file format too (notes: runtime 8, flow-cache trap 5).
const IR_VERSION = 10n

/** A tensor inside a graph. Its name may still change until the graph is saved, so hold the object, not the name. */
export interface Value {
  name: string
  readonly dtype: DType
}

/** A dimension is a number, or a name where it varies from run to run. */
export type GraphShape = readonly (number | string)[]

/** Integers become INT, arrays INTS, strings STRING; wrap real numbers in `float`. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
export type Attributes = Readonly<Record<string, Attribute>>

export const float = (value: number): Attribute => ({ float: value })

export interface OpOptions {
  /** Type of the outputs where it is not that of the first input. */
  readonly dtype?: DType
  readonly domain?: string
}

interface Node {
  readonly type: string
  readonly name: string
  readonly domain: string
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
}

type Initializer = { value: Value; shape: readonly number[] } & (
  | { readonly bytes: Uint8Array }
  | { readonly placement: { location: string; offset: number; length: number } }
)

export class GraphBuilder {
  readonly name: string
  readonly #weights: WeightFile
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Initializer>()
  readonly #inputs: { value: Value; shape: GraphShape }[] = []
  readonly #outputs: { value: Value; shape: GraphShape }[] = []
  readonly #usedNames = new Map<string, number>()
  #path = ''

  constructor(name: string, weights: WeightFile) {
    this.name = name
    this.#weights = weights
  }

  input(name: string, dtype: DType, shape: GraphShape): Value {
    const value = { name, dtype }
    this.#inputs.push({ value, shape })
    return value
  }

  /** Makes `value` an output under `name`. A value can be only one output; an input must pass through an operator. */
  output(name: string, value: Value, shape: GraphShape): void {
    assert(
      this.#nodes.some((node) => node.outputs.includes(value)),
      `output '${name}' of graph '${this.name}' is not made by an operator`,
    )
    assert(
      this.#outputs.every((output) => output.value !== value),
      `output '${name}' of graph '${this.name}' is already output '${value.name}'`,
    )
    value.name = name
    this.#outputs.push({ value, shape })
  }

  /** Names of everything built inside `build` get `path` in front, as in `/layers.0/attn/MatMul`. */
  scope<T>(path: string, build: () => T): T {
    const outer = this.#path
    this.#path = `${outer}/${path}`
    try {
      return build()
    } finally {
      this.#path = outer
    }
  }

  /** One operator with one output. `null` is an input left out. */
  op(
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    options: OpOptions = {},
  ): Value {
    return this.ops(1, type, inputs, attributes, options)[0]!
  }

  /** One operator with `count` outputs. */
  ops(
    count: number,
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    options: OpOptions = {},
  ): Value[] {
    const name = this.#unique(`${this.#path}/${type}`)
    const dtype = options.dtype ?? inputs.find((input) => input !== null)?.dtype
    assert(dtype !== undefined, `${name}: give the output type of an operator without inputs`)
    const outputs = Array.from({ length: count }, (_, i) => ({ name: `${name}/output_${i}`, dtype }))
    this.#nodes.push({ type, name, domain: options.domain ?? '', inputs, outputs, attributes })
    return outputs
  }

  /** A tensor of the checkpoint. The same key twice is the same initializer. */
  weight(key: string, source: TensorSource): Value {
    const known = this.#initializers.get(key)
    if (known !== undefined) return known.value
    const placement = this.#weights.plan(key, source)
    const value = { name: key, dtype: source.dtype }
    this.#initializers.set(key, { value, shape: source.shape, placement })
    return value
  }

  /** Small constants, stored inside the graph; equal ones are stored once. Shape defaults to a vector. */
  int64(values: readonly number[] | number, shape?: readonly number[]): Value {
    const flat = typeof values === 'number' ? [values] : values
    return this.#constant('int64', BigInt64Array.from(flat, BigInt), flat, shape ?? defaultShape(values))
  }

  int32(values: readonly number[] | number, shape?: readonly number[]): Value {
    const flat = typeof values === 'number' ? [values] : values
    return this.#constant('int32', Int32Array.from(flat), flat, shape ?? defaultShape(values))
  }

  float32(values: readonly number[] | number, shape?: readonly number[]): Value {
    const flat = typeof values === 'number' ? [values] : values
    return this.#constant('float32', Float32Array.from(flat), flat, shape ?? defaultShape(values))
  }

  /** The finished file's bytes; the weights are written apart, by `WeightFile.write`. */
  toBytes(): Uint8Array {
    const usesContrib = this.#nodes.some((node) => node.domain === CONTRIB)
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'light-tts',
      opsetImport: [
        { domain: '', version: BigInt(OPSET) },
        ...(usesContrib ? [{ domain: CONTRIB, version: BigInt(CONTRIB_OPSET) }] : []),
      ],
      graph: {
        name: this.name,
        node: this.#nodes.map(nodeProto),
        initializer: [...this.#initializers.values()].map(initializerProto),
        input: this.#inputs.map(({ value, shape }) => valueInfo(value, shape)),
        output: this.#outputs.map(({ value, shape }) => valueInfo(value, shape)),
      },
    })
    return toBinary(ModelProtoSchema, model)
  }

  async save(path: string): Promise<void> {
    await writeFile(path, this.toBytes())
  }

  #constant(
    dtype: DType,
    data: BigInt64Array | Int32Array | Float32Array,
    values: readonly number[],
    shape: readonly number[],
  ): Value {
    const key = `${dtype}[${shape}]:${values}`
    const known = this.#initializers.get(key)
    if (known !== undefined) return known.value
    const value = { name: values.length <= 8 ? key : this.#unique(`constant_${dtype}`), dtype }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.#initializers.set(key, { value, shape, bytes })
    return value
  }

  #unique(name: string): string {
    const uses = this.#usedNames.get(name) ?? 0
    this.#usedNames.set(name, uses + 1)
    return uses === 0 ? name : `${name}_${uses}`
  }
}

function defaultShape(values: readonly number[] | number): readonly number[] {
  return typeof values === 'number' ? [] : [values.length]
}

const DATA_TYPE: Readonly<Record<DType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  int16: TensorProto_DataType.INT16,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
}

/** ONNX's number for an element type, as `Cast` wants it. */
export function dataTypeOf(dtype: DType): number {
  return DATA_TYPE[dtype]
}

function nodeProto(node: Node) {
  return create(NodeProtoSchema, {
    opType: node.type,
    name: node.name,
    domain: node.domain,
    input: node.inputs.map((input) => input?.name ?? ''),
    output: node.outputs.map((output) => output.name),
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  })
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  const Type = AttributeProto_AttributeType
  if (typeof value === 'number') {
    assert(Number.isInteger(value), `attribute '${name}': wrap the real number ${value} in float()`)
    return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(value) })
  }
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: Type.STRING, s: new TextEncoder().encode(value) })
  }
  if ('float' in value) return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: value.float })
  if ('floats' in value)
    return create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: [...value.floats] })
  return create(AttributeProtoSchema, { name, type: Type.INTS, ints: value.map(BigInt) })
}

function initializerProto(initializer: Initializer) {
  const { value, shape } = initializer
  const common = { name: value.name, dataType: DATA_TYPE[value.dtype], dims: shape.map(BigInt) }
  if ('bytes' in initializer) return create(TensorProtoSchema, { ...common, rawData: initializer.bytes })
  const { location, offset, length } = initializer.placement
  return create(TensorProtoSchema, {
    ...common,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(length) },
    ],
  })
}

function valueInfo(value: Value, shape: GraphShape): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }))
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: { value: { case: 'tensorType', value: { elemType: DATA_TYPE[value.dtype], shape: { dim } } } },
  })
}
