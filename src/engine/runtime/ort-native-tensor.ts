/** Tensors of the native runtime: an OrtValue over memory that stays its owner's. */
import assert from 'node:assert/strict'
import type { DType } from '../../core/dtype.ts'
import { addressOf, type OrtApi, type Pointer, pinned } from './ort-api.ts'
import { ELEMENT_TYPE } from './ort-tensor-info.ts'
import type { HostArray, RuntimeTensor } from './runtime.ts'

/** Where a tensor's values lie. */
interface Place {
  /** Of `OrtMemoryInfo`. */
  readonly info: Pointer
  readonly address: Pointer
  /** Keeps the memory alive: an address alone would not. */
  readonly owner: unknown
}

export class NativeTensor implements RuntimeTensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly owner: unknown
  readonly #api: OrtApi
  #value: Pointer

  constructor(
    api: OrtApi,
    { info, address, owner }: Place,
    dtype: DType,
    bytes: number,
    dims: readonly number[],
  ) {
    this.dtype = dtype
    this.dims = dims
    this.owner = owner
    this.#api = api
    const shape = pinned(dims.length)
    for (const [i, dim] of dims.entries()) shape[i] = BigInt(dim)
    this.#value = api.create(
      'CreateTensorWithDataAsOrtValue',
      `tensor [${dims}]`,
      info,
      address,
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

export function hostPlace(info: Pointer, data: HostArray): Place {
  // Small arrays may move: see ort-api.ts. Reading `.buffer` forces one out of the V8 heap for good.
  void data.buffer
  return { info, address: addressOf(data), owner: data }
}

export function nativeValue(tensor: RuntimeTensor): Pointer {
  assert(tensor instanceof NativeTensor, 'a tensor of another runtime')
  return tensor.value
}
