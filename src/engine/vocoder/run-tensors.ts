/** Tensors of one vocoder run over the rows of several utterances, released after it. */
import type { DType } from '../../core/dtype.ts'
import type { Runtime, RuntimeTensor, TensorData } from '../runtime/runtime.ts'

/** State that a graph hands from one run to the next; float16 as bits. */
export type StateData = Float32Array | Uint16Array

export class RunTensors {
  readonly #runtime: Runtime
  readonly #made: RuntimeTensor[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** A tensor of one part from each row, `[rows, …dims]`: the part itself where there is only one. */
  gather(parts: readonly StateData[], dims: readonly number[]): RuntimeTensor {
    const [first] = parts as [StateData]
    const all = parts.length === 1 ? first : emptyLike(first, parts.length)
    if (parts.length > 1) for (const [i, part] of parts.entries()) all.set(part, i * first.length)
    return this.of(first instanceof Float32Array ? 'float32' : 'float16', all, [parts.length, ...dims])
  }

  of(dtype: DType, data: TensorData, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#runtime.tensor(dtype, data, dims)
    this.#made.push(tensor)
    return tensor
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }
}

/** Zeros for as many rows as `times`. */
export function emptyLike(part: StateData, times: number): StateData {
  const length = part.length * times
  return part instanceof Float32Array ? new Float32Array(length) : new Uint16Array(length)
}

/** Rows that one run wrote side by side, each to where its utterance keeps it. */
export function scatter(all: StateData, targets: readonly StateData[]): void {
  if (targets.length === 1) return
  for (const [i, target] of targets.entries())
    target.set(all.subarray(i * target.length, (i + 1) * target.length))
}
