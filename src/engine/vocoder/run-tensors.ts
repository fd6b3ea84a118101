/** Tensors of one vocoder run over the rows of several utterances, released together. */
import type { DType } from '../../core/dtype.ts'
import type { DeviceArray, Runtime, RuntimeTensor } from '../runtime/runtime.ts'
import type { RunSizes } from './graph-run.ts'

export class RunTensors {
  readonly #runtime: Runtime
  readonly #rows: number
  readonly #made: RuntimeTensor[] = []

  constructor(runtime: Runtime, rows: number) {
    this.#runtime = runtime
    this.#rows = rows
  }

  /** `[rows, …dims]`. */
  of(dtype: DType, array: DeviceArray, dims: readonly number[]): RuntimeTensor {
    return this.#keep(this.#runtime.tensor(dtype, array, [this.#rows, ...dims]))
  }

  /** By name. They lie on the host, whatever the device. */
  sizes(sizes: readonly RunSizes[]): Record<string, RuntimeTensor> {
    const host = this.#runtime.memory({ kind: 'cpu' })
    return Object.fromEntries(
      sizes.map(({ name, values }) => {
        const array = host.place(BigInt64Array.from(values, BigInt))
        return [name, this.#keep(this.#runtime.tensor('int64', array, [values.length]))]
      }),
    )
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }

  #keep(tensor: RuntimeTensor): RuntimeTensor {
    this.#made.push(tensor)
    return tensor
  }
}
