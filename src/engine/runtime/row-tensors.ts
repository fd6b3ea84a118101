/** Tensors over the rows of several utterances in one run. */
import type { DType } from '../../core/dtype.ts'
import type { DeviceArray, DeviceMemory, Runtime, RuntimeTensor } from './runtime.ts'

/** Released together. */
export class RowTensors {
  readonly #runtime: Runtime
  readonly #device: DeviceMemory
  readonly #rows: number
  readonly #made: RuntimeTensor[] = []

  constructor(runtime: Runtime, device: DeviceMemory, rows: number) {
    this.#runtime = runtime
    this.#device = device
    this.#rows = rows
  }

  /** `dims` come behind the rows. */
  of(dtype: DType, array: DeviceArray, dims: readonly number[]): RuntimeTensor {
    return this.shared(dtype, array, [this.#rows, ...dims])
  }

  /** The same over values of the host. */
  placed(values: Float32Array | BigInt64Array, dims: readonly number[]): RuntimeTensor {
    return this.of(dtypeOf(values), this.#device.place(values), dims)
  }

  /** A tensor that all rows share. */
  shared(dtype: DType, array: DeviceArray, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#runtime.tensor(dtype, array, dims)
    this.#made.push(tensor)
    return tensor
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }
}

function dtypeOf(values: Float32Array | BigInt64Array): 'float32' | 'int64' {
  return values instanceof BigInt64Array ? 'int64' : 'float32'
}
