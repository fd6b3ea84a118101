/** Tensors of one vocoder run over the rows of several utterances, released after it. */
import type { DType } from '../../core/dtype.ts'
import { gathered } from '../runtime/gathered.ts'
import type { DeviceArray, DeviceMemory, HostArray, Runtime, RuntimeTensor } from '../runtime/runtime.ts'

export class RunTensors {
  readonly device: DeviceMemory
  readonly #runtime: Runtime
  readonly #made: RuntimeTensor[] = []

  constructor(runtime: Runtime, device: DeviceMemory) {
    this.#runtime = runtime
    this.device = device
  }

  /** A tensor of one part from each row, `[rows, …dims]`: the part itself where there is only one. */
  gather(dtype: DType, parts: readonly DeviceArray[], dims: readonly number[]): RuntimeTensor {
    return this.of(dtype, gathered(this.device, dtype, parts), [parts.length, ...dims])
  }

  /** The same of values on the host. */
  gatherPlaced(parts: readonly Float32Array[], dims: readonly number[]): RuntimeTensor {
    return this.gather(
      'float32',
      parts.map((part) => this.device.place(part)),
      dims,
    )
  }

  placed(dtype: DType, values: HostArray, dims: readonly number[]): RuntimeTensor {
    return this.of(dtype, this.device.place(values), dims)
  }

  of(dtype: DType, array: DeviceArray, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#runtime.tensor(dtype, array, dims)
    this.#made.push(tensor)
    return tensor
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }
}
