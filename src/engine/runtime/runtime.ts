/**
 * What the runners ask of the thing that executes graphs: sessions, tensors over memory we own, runs in place.
 *
 * Knows: types only. Two implementations: `ort-native.ts` (ONNX Runtime's C API, the one that is fast) and
 * `ort-stock.ts` (onnxruntime-node's own binding, taken with one log line where the first does not work).
 * All memory that a model reads or writes is behind `RuntimeTensor`: nothing else may assume that it is host memory.
 */
import type { DType } from '../../core/dtype.ts'

/** Arrays that can back a tensor; they may lie on a SharedArrayBuffer. float16 is Uint16Array (bits). */
export type TensorData = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array

/**
 * A tensor over `data`, which stays ours: ORT reads inputs from it and writes outputs into it, nothing is copied.
 * The same tensor may be an input and an output of one run (KV caches), and several tensors may view one array.
 */
export interface RuntimeTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: TensorData
  /** Frees the handle, not the data. The tensor must not be in a run. Idempotent. */
  release(): void
}

export interface TensorInfo {
  readonly name: string
  readonly dtype: DType
  /** −1 where the graph leaves a dimension open. */
  readonly dims: readonly number[]
}

export type Feeds = Readonly<Record<string, RuntimeTensor>>

/** Inputs and outputs bound once, run many times. Tensors may be exchanged between runs with `set`. */
export interface Binding {
  /** Rebinds one name (input or output; where a name is both, both). */
  set(name: string, tensor: RuntimeTensor): void
  /** Runs on the calling thread. Throws TtsError LANE_FAILED with the session's name and ORT's message. */
  run(): void
  release(): void
}

export interface Session {
  readonly name: string
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  /** All inputs must be given; of the outputs only those that are wanted. Names are checked here. */
  bind(inputs: Feeds, outputs: Feeds): Binding
  /** One run with outputs of unknown size: ORT allocates, the result is copied out. For features and tests. */
  fetch(inputs: Feeds, outputs: readonly string[]): Record<string, RuntimeTensor>
  release(): void
}

export interface SessionOptions {
  /** Threads of one operator. 1 means that a run stays on its caller's thread. */
  readonly intraOpThreads: number
  /** Threads that wait for work keep spinning: 1 ms less a step when alone, much slower when cores are shared. */
  readonly spin?: boolean
  readonly provider?: ProviderOptions
  readonly logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal'
}

/** Where a session computes. Options pass to ONNX Runtime under its own names. */
export type ProviderOptions =
  | { readonly kind: 'cpu' }
  | { readonly kind: 'cuda'; readonly deviceId: number; readonly options?: Readonly<Record<string, string>> }
  | { readonly kind: 'webgpu'; readonly options?: Readonly<Record<string, string>> }

export interface Runtime {
  readonly kind: 'native' | 'stock'
  /** Loads a model by path (external weights lie beside it) or from bytes. Throws BAD_BUNDLE or DEVICE_UNAVAILABLE. */
  load(model: string | Uint8Array, options: SessionOptions): Promise<Session>
  /** `data.length` must be the product of `dims`, neither may be empty. */
  tensor(dtype: DType, data: TensorData, dims: readonly number[]): RuntimeTensor
}
