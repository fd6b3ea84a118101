/**
 * What the runners ask of the thing that executes graphs: memory, tensors over it, sessions, runs in place.
 *
 * Two implementations. `ort-native.ts` is ONNX Runtime's C API, the one that is fast. `ort-stock.ts` is
 * onnxruntime-node's own binding, taken with one log line where the first does not work. All memory that a model reads
 * or writes is a `DeviceArray`, which a `DeviceMemory` alone reads or writes. So the runners work where it is not the
 * host's. `test/helpers/strict-runtime.ts` has one that refuses everything else.
 */
import type { DType } from '../../core/dtype.ts'
import type { SharedArray } from '../../core/shared-prompt.ts'

/** Values on the host; they may lie on a SharedArrayBuffer. float16 is Uint16Array (bits). */
export type HostArray = Float32Array | Uint16Array | Int8Array | Uint8Array | Int32Array | BigInt64Array

declare const DEVICE: unique symbol

/** Elements in a device's memory. */
export interface DeviceArray {
  readonly [DEVICE]: true
  readonly length: number
}

/** From one array into another of the same type and length; parts say at which offsets. */
export interface ArrayCopy {
  readonly from: DeviceArray
  readonly to: DeviceArray
}

export interface DeviceMemory {
  /** Whether other threads of the device can adopt arrays. */
  readonly sharesWithThreads: boolean
  /** Whether an array takes all of its memory at once, instead of what is written of it. */
  readonly reservesInFull: boolean
  /** There is no work: gives back what is kept for later arrays. */
  readonly trim?: () => void
  /** `length` zeros. */
  alloc(dtype: DType, length: number): DeviceArray
  /** The same where other threads of this device can adopt it. */
  allocShared(dtype: DType, length: number): DeviceArray
  /** The host's values in device memory; they must not change while it is in use, since a CPU takes them as they are. */
  place(values: HostArray): DeviceArray
  /** Elements `from` to `to`, in place. */
  part(array: DeviceArray, from: number, to: number): DeviceArray
  copy(pairs: readonly ArrayCopy[]): void
  zero(arrays: Iterable<DeviceArray>): void
  /** Values wanted no more: an array has any afterwards. Memory that only they needed may go back to the system. */
  forget(array: DeviceArray): void
  /** Fills an array with as many values. */
  write(array: DeviceArray, values: HostArray): void
  /** An array's values; they may be a view that changes with it. */
  read(array: DeviceArray): HostArray
  /** Lets the host change an array's values in place. */
  change(array: DeviceArray, act: (values: HostArray) => void): void
  /** What a message can carry to another thread of this device, and its memory there, to read only. */
  share(array: DeviceArray): SharedArray
  adopt(shared: SharedArray): DeviceArray
}

/**
 * A tensor over device memory, which stays the caller's: ORT reads inputs from it and writes outputs into it. One
 * tensor may be an input and an output of one run (KV caches). Several tensors may view one array.
 */
export interface RuntimeTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  /** Frees the handle, not the memory. The tensor must not be in a run. Idempotent. */
  release(): void
}

/** An output that was copied to the host. */
export interface HostTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: HostArray
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
  /** Whether runs can be captured; no session of a CPU does. */
  readonly captures: boolean
  /**
   * All inputs must be given; of the outputs only those that are wanted. Names are checked here.
   *
   * `graph`: a number above 0 that no other binding of the session has, where it `captures`. The first run is recorded,
   * and later ones play it again on the same thread. Nothing is bound anew then, and what the graph reads on the host
   * stays as it was.
   */
  bind(inputs: Feeds, outputs: Feeds, graph?: number): Binding
  /** One run with outputs of unknown size: ORT allocates, the result is copied out. For features and tests. */
  fetch(inputs: Feeds, outputs: readonly string[]): Record<string, HostTensor>
  /** What is bound next gives back, after each of its runs, the memory that runs have kept (`keepsMemory`). */
  forgetMemory?(): void
  release(): void
}

export interface SessionOptions {
  /** Threads of one operator. 1 means that a run stays on its caller's thread. */
  readonly intraOpThreads: number
  /** Threads that wait for work keep spinning: 1 ms less a step when alone, much slower when cores are shared. */
  readonly spin?: boolean
  /** Runs leave their memory on the host to later ones: for graphs whose values are large. */
  readonly keepsMemory?: boolean
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
  /**
   * Where sessions of this provider read and write. What a graph computes shapes with (`cut.*`, `total`) they read on the
   * host, whatever the provider. Throws DEVICE_UNAVAILABLE.
   */
  memory(provider?: ProviderOptions): DeviceMemory
  /** The array's length must be the product of `dims`, neither may be empty. */
  tensor(dtype: DType, array: DeviceArray, dims: readonly number[]): RuntimeTensor
}
