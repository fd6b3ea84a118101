/**
 * `Runtime` over onnxruntime-node's own binding: what is left where the C API cannot be reached.
 *
 * Same results, slower: every output is copied once by the binding and thrown away, memory on a SharedArrayBuffer is
 * copied in and out.
 */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type { DType } from '../../core/dtype.ts'
import { TtsError } from '../../core/errors.ts'
import { checkBytes, HOST_MEMORY, onHost } from './host-memory.ts'
import type {
  Binding,
  DeviceArray,
  Feeds,
  HostArray,
  HostTensor,
  Runtime,
  RuntimeTensor,
  Session,
  SessionOptions,
  TensorInfo,
} from './runtime.ts'

/** What the package's native module takes and gives; its JavaScript wrapper would make every run asynchronous. */
interface RawTensor {
  readonly type: string
  readonly data: HostArray
  readonly dims: readonly number[]
  readonly location: 'cpu'
}
interface RawMetadata {
  readonly name: string
  readonly type: number
  readonly shape: readonly number[]
}
interface RawSession {
  readonly inputMetadata: readonly RawMetadata[]
  readonly outputMetadata: readonly RawMetadata[]
  loadModel(path: string, options: object): void
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void
  run(
    feeds: Record<string, RawTensor>,
    fetches: Record<string, RawTensor | null>,
    options: object,
  ): Record<string, RawTensor>
  dispose(): void
}
interface RawBinding {
  readonly binding: { readonly InferenceSession: new () => RawSession }
  initOrt(): void
}

const DTYPES: readonly (DType | undefined)[] = [
  undefined,
  'float32',
  'uint8',
  'int8',
  undefined,
  'int16',
  'int32',
  'int64',
  undefined,
  'bool',
  'float16',
  'float64',
]

export function openStockRuntime(): Runtime {
  const raw = createRequire(import.meta.url)('onnxruntime-node/dist/binding.js') as RawBinding
  raw.initOrt()
  return {
    kind: 'stock',
    memory: () => HOST_MEMORY,
    tensor: (dtype, array, dims) => new StockTensor(dtype, array, dims),
    load: async (model, options) => {
      refuseGpu(options)
      const session = new raw.binding.InferenceSession()
      const name = typeof model === 'string' ? basename(model) : 'model in memory'
      try {
        const native = sessionOptions(options)
        if (typeof model === 'string') session.loadModel(model, native)
        else session.loadModel(model.buffer, model.byteOffset, model.byteLength, native)
      } catch (error) {
        throw new TtsError('BAD_BUNDLE', `cannot load ${name}`, (error as Error).message, { cause: error })
      }
      return new StockSession(session, name)
    },
  }
}

class StockTensor implements RuntimeTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: HostArray

  constructor(dtype: DType, array: DeviceArray, dims: readonly number[]) {
    this.dtype = dtype
    this.dims = dims
    this.data = onHost(array)
    checkBytes(dtype, this.data.byteLength, dims)
  }

  release(): void {}
}

function dataOf(tensor: RuntimeTensor): HostArray {
  assert(tensor instanceof StockTensor, 'a tensor of another runtime')
  return tensor.data
}

class StockSession implements Session {
  readonly name: string
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly captures = false
  readonly #session: RawSession

  constructor(session: RawSession, name: string) {
    this.#session = session
    this.name = name
    this.inputs = session.inputMetadata.map(describe)
    this.outputs = session.outputMetadata.map(describe)
  }

  bind(inputs: Feeds, outputs: Feeds): Binding {
    const ins = { ...inputs }
    const outs = { ...outputs }
    const run = () => this.#run(ins, outs)
    return {
      set(name, tensor) {
        assert(name in ins || name in outs, `'${name}' is not bound`)
        if (name in ins) ins[name] = tensor
        if (name in outs) outs[name] = tensor
      },
      run,
      release() {},
    }
  }

  fetch(inputs: Feeds, outputs: readonly string[]): Record<string, HostTensor> {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, rawTensor(tensor)]),
    )
    const results = this.#call(feeds, Object.fromEntries(outputs.map((name) => [name, null])))
    return Object.fromEntries(
      outputs.map((name) => {
        const { type, data, dims } = results[name]!
        return [name, { dtype: type as DType, data, dims }]
      }),
    )
  }

  release(): void {
    this.#session.dispose()
  }

  #run(inputs: Feeds, outputs: Feeds): void {
    // One array bound on both sides must stay one array: the cache operators compare addresses.
    const privateCopies = new Map<HostArray, HostArray>()
    const raw = (tensor: RuntimeTensor) => rawTensor(tensor, privateCopies)
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, raw(tensor)]))
    const fetches = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, raw(tensor)]))
    this.#call(feeds, fetches)
    for (const [name, tensor] of Object.entries(outputs)) {
      const data = dataOf(tensor)
      const written = fetches[name]!.data
      if (written !== data) bytesOf(data).set(bytesOf(written))
    }
  }

  #call(
    feeds: Record<string, RawTensor>,
    fetches: Record<string, RawTensor | null>,
  ): Record<string, RawTensor> {
    try {
      return this.#session.run(feeds, fetches, {})
    } catch (error) {
      throw new TtsError('LANE_FAILED', this.name, (error as Error).message, { cause: error })
    }
  }
}

/** The binding refuses shared memory: such arrays go in as private copies, one for each distinct array. */
function rawTensor(tensor: RuntimeTensor, copies = new Map<HostArray, HostArray>()): RawTensor {
  let data = dataOf(tensor)
  if (data.buffer instanceof SharedArrayBuffer) {
    const copy = copies.get(data) ?? data.slice()
    copies.set(data, copy)
    data = copy
  }
  return { type: tensor.dtype, data, dims: tensor.dims, location: 'cpu' }
}

/** It would carry all state over the bus in every run. */
function refuseGpu({ provider }: SessionOptions): void {
  if (provider === undefined || provider.kind === 'cpu') return
  throw new TtsError(
    'DEVICE_UNAVAILABLE',
    `the ${provider.kind} provider cannot be used`,
    "expected ONNX Runtime's C API, which failed its self-check on this machine, got the stock binding",
  )
}

function bytesOf(data: HostArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function describe({ name, type, shape }: RawMetadata): TensorInfo {
  const dtype = DTYPES[type]
  assert(dtype !== undefined, `tensor '${name}': element type ${type} is not one we use`)
  return { name, dtype, dims: shape }
}

function sessionOptions(options: SessionOptions): object {
  return {
    intraOpNumThreads: options.intraOpThreads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: options.spin === true ? '1' : '0' } } },
  }
}
