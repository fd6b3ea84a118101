/**
 * `Runtime` over ONNX Runtime's C API: tensors on our memory, outputs written in place, runs that can be ended.
 *
 * Knows: who owns which native handle, and what must stay referenced while C may use it.
 * Does not know: models.
 *
 * Ownership: a RuntimeTensor owns one OrtValue over memory that stays the caller's. A Binding owns arrays of
 * addresses and keeps the tensors it points to alive; it never owns their handles. A Session owns its OrtSession.
 */
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { BYTES_PER_ELEMENT, type DType, numElements } from '../core/dtype.ts'
import { TtsError } from '../core/errors.ts'
import {
  addressOf,
  copyBytes,
  loadOrtApi,
  type OrtApi,
  type Pointer,
  pinned,
  readString,
  stringTable,
} from './ort-api.ts'
import type {
  Binding,
  Feeds,
  ProviderOptions,
  Runtime,
  RuntimeTensor,
  Session,
  SessionOptions,
  TensorData,
  TensorInfo,
} from './runtime.ts'

/** ONNX's numbers for element types, in both directions. */
const ELEMENT_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
}
const DTYPE_OF = new Map(Object.entries(ELEMENT_TYPE).map(([dtype, code]) => [code, dtype as DType]))
const LOG_LEVEL = { verbose: 0, info: 1, warning: 2, error: 3, fatal: 4 } as const

const CPU_ARENA_ALLOCATOR = 1
const CPU_MEMORY = 0

/** Opens the C API on this thread. Throws where the library or its table is not usable; see `open-runtime.ts`. */
export function openNativeRuntime(): Runtime {
  const api = loadOrtApi()
  // Failures come back as statuses; what ORT would print as well only names its build paths.
  const env = api.create('CreateEnv', 'ORT environment', LOG_LEVEL.fatal, 'light-tts')
  const cpuMemory = api.create('CreateCpuMemoryInfo', 'ORT memory info', CPU_ARENA_ALLOCATOR, CPU_MEMORY)
  return {
    kind: 'native',
    tensor: (dtype, data, dims) => new NativeTensor(api, cpuMemory, dtype, data, dims),
    load: async (model, options) => {
      const name = typeof model === 'string' ? basename(model) : 'model in memory'
      return new NativeSession(api, await createSession(api, env, model, name, options), name)
    },
  }
}

class NativeTensor implements RuntimeTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: TensorData
  readonly #api: OrtApi
  #value: Pointer

  constructor(api: OrtApi, memory: Pointer, dtype: DType, data: TensorData, dims: readonly number[]) {
    const bytes = numElements(dims) * BYTES_PER_ELEMENT[dtype]
    assert(bytes > 0, `a tensor must not be empty, got dims [${dims}]`)
    assert.equal(
      data.byteLength,
      bytes,
      `tensor [${dims}] of ${dtype} needs ${bytes} bytes, its array has ${data.byteLength}`,
    )
    this.dtype = dtype
    this.dims = dims
    // Small arrays may move: see ort-api.ts. Reading `.buffer` forces one out of the V8 heap for good.
    void data.buffer
    this.data = data
    this.#api = api
    const shape = pinned(dims.length)
    for (const [i, dim] of dims.entries()) shape[i] = BigInt(dim)
    this.#value = api.create(
      'CreateTensorWithDataAsOrtValue',
      `tensor [${dims}]`,
      memory,
      addressOf(data),
      bytes,
      shape,
      dims.length,
      ELEMENT_TYPE[dtype],
    )
  }

  /** Address of the OrtValue; 0 is never handed out. */
  get value(): Pointer {
    assert(this.#value !== 0n, `tensor [${this.dims}] is used after its release`)
    return this.#value
  }

  release(): void {
    if (this.#value === 0n) return
    this.#api.call('ReleaseValue', 'release tensor', this.#value)
    this.#value = 0n
  }
}

class NativeSession implements Session {
  readonly name: string
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly #api: OrtApi
  #session: Pointer

  constructor(api: OrtApi, session: Pointer, name: string) {
    this.#api = api
    this.#session = session
    this.name = name
    this.inputs = describeTensors(api, session, 'Input')
    this.outputs = describeTensors(api, session, 'Output')
  }

  bind(inputs: Feeds, outputs: Feeds): Binding {
    this.#checkNames(inputs, outputs)
    return new NativeBinding(this.#api, this.#session, this.name, inputs, outputs)
  }

  fetch(inputs: Feeds, outputNames: readonly string[]): Record<string, RuntimeTensor> {
    this.#checkNames(inputs, Object.fromEntries(outputNames.map((name) => [name, undefined])))
    const api = this.#api
    const options = api.create('CreateRunOptions', this.name)
    const inNames = stringTable(Object.keys(inputs))
    const outNames = stringTable(outputNames)
    const ins = pinned(inNames.pointers.length)
    for (const [i, tensor] of Object.values(inputs).entries()) ins[i] = nativeValue(tensor)
    const outs = pinned(outputNames.length)
    try {
      api.call(
        'Run',
        this.name,
        this.#session,
        options,
        inNames.pointers,
        ins,
        ins.length,
        outNames.pointers,
        outs.length,
        outs,
      )
      return Object.fromEntries(outputNames.map((name, i) => [name, copyOut(api, outs[i]!, name)]))
    } finally {
      for (const value of outs) if (value !== 0n) api.call('ReleaseValue', 'release output', value)
      api.call('ReleaseRunOptions', 'release run options', options)
    }
  }

  release(): void {
    if (this.#session === 0n) return
    this.#api.call('ReleaseSession', `release ${this.name}`, this.#session)
    this.#session = 0n
  }

  #checkNames(inputs: Feeds, outputs: Readonly<Record<string, unknown>>): void {
    assert(this.#session !== 0n, `session ${this.name} is used after its release`)
    const missing = this.inputs.filter(({ name }) => inputs[name] === undefined).map(({ name }) => name)
    const known = new Set([...this.inputs, ...this.outputs].map(({ name }) => name))
    const unknown = [...Object.keys(inputs), ...Object.keys(outputs)].filter((name) => !known.has(name))
    assert(missing.length === 0, `session ${this.name}: inputs not given: ${missing.join(', ')}`)
    assert(unknown.length === 0, `session ${this.name}: no such input or output: ${unknown.join(', ')}`)
    assert(Object.keys(outputs).length > 0, `session ${this.name}: no output asked for`)
  }
}

class NativeBinding implements Binding {
  readonly #api: OrtApi
  readonly #session: Pointer
  readonly #name: string
  readonly #options: Pointer
  // Order of names is order of addresses. The string tables are kept because C reads them in every run.
  readonly #inNames: readonly string[]
  readonly #outNames: readonly string[]
  readonly #inTable: ReturnType<typeof stringTable>
  readonly #outTable: ReturnType<typeof stringTable>
  readonly #ins: BigUint64Array
  readonly #outs: BigUint64Array
  // Keeps the bound memory alive: addresses alone would not.
  readonly #tensors = new Map<string, RuntimeTensor>()
  #running = false
  #terminated = false

  constructor(api: OrtApi, session: Pointer, name: string, inputs: Feeds, outputs: Feeds) {
    this.#api = api
    this.#session = session
    this.#name = name
    this.#options = api.create('CreateRunOptions', name)
    this.#inNames = Object.keys(inputs)
    this.#outNames = Object.keys(outputs)
    this.#inTable = stringTable(this.#inNames)
    this.#outTable = stringTable(this.#outNames)
    this.#ins = pinned(this.#inNames.length)
    this.#outs = pinned(this.#outNames.length)
    for (const [key, tensor] of Object.entries({ ...inputs, ...outputs })) this.set(key, tensor)
  }

  set(name: string, tensor: RuntimeTensor): void {
    assert(!this.#running, `${this.#name}: '${name}' rebound during a run`)
    const value = nativeValue(tensor)
    const input = this.#inNames.indexOf(name)
    const output = this.#outNames.indexOf(name)
    assert(input >= 0 || output >= 0, `${this.#name}: '${name}' is not bound`)
    if (input >= 0) this.#ins[input] = value
    if (output >= 0) this.#outs[output] = value
    this.#tensors.set(name, tensor)
  }

  run(): void {
    this.#begin()
    try {
      this.#api.call('Run', this.#name, ...this.#arguments())
    } finally {
      this.#running = false
    }
  }

  async runAsync(): Promise<void> {
    this.#begin()
    try {
      await this.#api.callAsync('Run', this.#name, ...this.#arguments())
    } finally {
      this.#running = false
    }
  }

  terminate(): void {
    if (!this.#running) return
    this.#terminated = true
    this.#api.call('RunOptionsSetTerminate', this.#name, this.#options)
  }

  release(): void {
    assert(!this.#running, `${this.#name}: binding released during a run`)
    this.#api.call('ReleaseRunOptions', `release binding of ${this.#name}`, this.#options)
    this.#tensors.clear()
  }

  #begin(): void {
    assert(!this.#running, `${this.#name}: a binding runs once at a time`)
    // The flag stays set after a run that it ended, and would end the next one at once.
    if (this.#terminated) this.#api.call('RunOptionsUnsetTerminate', this.#name, this.#options)
    this.#terminated = false
    this.#running = true
  }

  #arguments() {
    const { pointers: inNames } = this.#inTable
    const { pointers: outNames } = this.#outTable
    return [
      this.#session,
      this.#options,
      inNames,
      this.#ins,
      this.#ins.length,
      outNames,
      this.#outs.length,
      this.#outs,
    ] as const
  }
}

function nativeValue(tensor: RuntimeTensor): Pointer {
  assert(tensor instanceof NativeTensor, 'a tensor of another runtime')
  return tensor.value
}

async function createSession(
  api: OrtApi,
  env: Pointer,
  model: string | Uint8Array,
  name: string,
  options: SessionOptions,
): Promise<Pointer> {
  const native = api.create('CreateSessionOptions', name)
  try {
    api.call('SetIntraOpNumThreads', name, native, options.intraOpThreads)
    api.call('SetInterOpNumThreads', name, native, 1)
    api.call('SetSessionLogSeverityLevel', name, native, LOG_LEVEL[options.logLevel ?? 'error'])
    const spin = options.spin === true ? '1' : '0'
    api.call('AddSessionConfigEntry', name, native, 'session.intra_op.allow_spinning', spin)
    appendProvider(api, native, options.provider ?? { kind: 'cpu' })
    const out = pinned(1)
    try {
      if (typeof model === 'string') await api.callAsync('CreateSession', name, env, model, native, out)
      else await api.callAsync('CreateSessionFromArray', name, env, model, model.byteLength, native, out)
    } catch (error) {
      throw new TtsError(
        'BAD_BUNDLE',
        `cannot load ${name}`,
        error instanceof TtsError ? error.detail : String(error),
        { cause: error },
      )
    }
    return out[0]!
  } finally {
    api.call('ReleaseSessionOptions', name, native)
  }
}

/** Adds a device's provider with its options under ORT's own names. CPU is always there and needs nothing. */
function appendProvider(api: OrtApi, native: Pointer, provider: ProviderOptions): void {
  if (provider.kind === 'cpu') return
  const entries = Object.entries({
    ...(provider.kind === 'cuda' ? { device_id: String(provider.deviceId) } : {}),
    ...provider.options,
  })
  const keys = stringTable(entries.map(([key]) => key))
  const values = stringTable(entries.map(([, value]) => value))
  try {
    if (provider.kind === 'webgpu') {
      api.call('AppendProvider', 'WebGPU', native, 'WebGPU', keys.pointers, values.pointers, entries.length)
      return
    }
    const cuda = api.create('CreateCudaOptions', 'CUDA options')
    try {
      api.call('UpdateCudaOptions', 'CUDA options', cuda, keys.pointers, values.pointers, entries.length)
      api.call('AppendCuda', 'CUDA provider', native, cuda)
    } finally {
      api.call('ReleaseCudaOptions', 'CUDA options', cuda)
    }
  } catch (error) {
    const reason = error instanceof TtsError ? error.detail : String(error)
    throw new TtsError('DEVICE_UNAVAILABLE', `the ${provider.kind} provider cannot be used`, reason, {
      cause: error,
    })
  }
}

function describeTensors(api: OrtApi, session: Pointer, side: 'Input' | 'Output'): TensorInfo[] {
  const allocator = api.create('GetAllocatorWithDefaultOptions', 'ORT allocator')
  const count = Number(api.create(`SessionGet${side}Count`, 'describe session', session))
  return Array.from({ length: count }, (_, i) => {
    const text = api.create(`SessionGet${side}Name`, 'describe session', session, i, allocator)
    const name = readString(text)
    api.call('AllocatorFree', 'describe session', allocator, text)
    const type = api.create(`SessionGet${side}TypeInfo`, 'describe session', session, i)
    try {
      // The tensor info lies inside the type info and must not be released by itself.
      return { name, ...readShape(api, api.create('CastTypeInfoToTensorInfo', name, type)) }
    } finally {
      api.call('ReleaseTypeInfo', 'describe session', type)
    }
  })
}

function readShape(api: OrtApi, info: Pointer): { dtype: DType; dims: number[] } {
  // The element type is a C enum: four bytes, of which the upper half of the slot stays zero.
  const code = Number(api.create('GetTensorElementType', 'tensor type', info) & 0xffffffffn)
  const dtype = DTYPE_OF.get(code)
  assert(dtype !== undefined, `tensor element type ${code} is not one we use`)
  const rank = Number(api.create('GetDimensionsCount', 'tensor rank', info))
  const dims = pinned(rank)
  api.call('GetDimensions', 'tensor dims', info, dims, rank)
  return { dtype, dims: Array.from(dims, (dim) => Number(BigInt.asIntN(64, dim))) }
}

/** Copies an output that ORT allocated into memory of ours; the result needs no release. */
function copyOut(api: OrtApi, value: Pointer, name: string): RuntimeTensor {
  const info = api.create('GetTensorTypeAndShape', name, value)
  try {
    const { dtype, dims } = readShape(api, info)
    const count = numElements(dims)
    const bytes = count * BYTES_PER_ELEMENT[dtype]
    const buffer =
      count === 0 ? new ArrayBuffer(0) : copyBytes(api.create('GetTensorMutableData', name, value), bytes)
    return { dtype, dims, data: arrayOf(dtype, buffer), release: () => {} }
  } finally {
    api.call('ReleaseTensorTypeAndShapeInfo', name, info)
  }
}

function arrayOf(dtype: DType, buffer: ArrayBuffer): TensorData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer)
    case 'float16':
    case 'bfloat16':
    case 'int16':
      return new Uint16Array(buffer)
    case 'int8':
      return new Int8Array(buffer)
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'int64':
      return new BigInt64Array(buffer)
    case 'float64':
      return Float32Array.from(new Float64Array(buffer))
    default:
      return dtype satisfies never
  }
}
