/** Tensors for running one graph by hand, released together. */
import type { HostArray, Runtime, RuntimeTensor } from '../../src/engine/runtime/runtime.ts'
import { hostTensor } from './host-tensor.ts'

export class GraphTensors {
  readonly #runtime: Runtime
  readonly #made: RuntimeTensor[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  of(data: HostArray, dims: readonly number[]): RuntimeTensor {
    const dtype = data instanceof BigInt64Array ? 'int64' : data instanceof Uint8Array ? 'bool' : 'float32'
    const tensor = hostTensor(this.#runtime, dtype, data, dims)
    this.#made.push(tensor)
    return tensor
  }

  counts(...values: number[]): RuntimeTensor {
    return this.of(BigInt64Array.from(values, BigInt), [values.length])
  }

  zeros(...dims: number[]): RuntimeTensor {
    return this.of(new Float32Array(dims.reduce((product, dim) => product * dim)), dims)
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }
}
