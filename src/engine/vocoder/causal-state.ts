/**
 * What a causal graph hands from run to run: inputs `x` with a twin `x_next` among the outputs (`context.a` has
 * `context_next.a`), zeros at first.
 */
import { BYTES_PER_ELEMENT, type DType } from '../../core/dtype.ts'
import type { DeviceArray, DeviceMemory, RuntimeTensor, Session } from '../runtime/runtime.ts'
import type { RunTensors } from './run-tensors.ts'

export interface CarriedTensor {
  readonly name: string
  readonly next: string
  readonly dtype: 'float32' | 'float16'
  /** Without the rows' axis. */
  readonly dims: readonly number[]
}

export function carriedBy({ inputs, outputs }: Session): readonly CarriedTensor[] {
  const names = new Set(outputs.map(({ name }) => name))
  return inputs.flatMap(({ name, dtype, dims }) => {
    const next = name.replace(/^[a-z]+/u, '$&_next')
    if (!names.has(next)) return []
    return [{ name, next, dtype: floatOf(dtype), dims: dims.slice(1) }]
  })
}

function floatOf(dtype: DType): 'float32' | 'float16' {
  return dtype === 'float16' ? 'float16' : 'float32'
}

export function emptyState(device: DeviceMemory, carried: readonly CarriedTensor[]): DeviceArray[] {
  return carried.map((each) => device.alloc(each.dtype, elements(each)))
}

export function stateBytesOf(carried: readonly CarriedTensor[]): number {
  return carried.reduce((sum, each) => sum + elements(each) * BYTES_PER_ELEMENT[each.dtype], 0)
}

/**
 * Tensors of the rows' state in and out. Returns what the run writes, tensor by tensor: a single row's spare itself,
 * else arrays over all rows.
 */
export function bindCarried(
  carried: readonly CarriedTensor[],
  states: readonly (readonly DeviceArray[])[],
  spares: readonly (readonly DeviceArray[])[],
  tensors: RunTensors,
  inputs: Record<string, RuntimeTensor>,
  outputs: Record<string, RuntimeTensor>,
): DeviceArray[] {
  return carried.map(({ name, next, dtype, dims }, at) => {
    inputs[name] = tensors.gather(
      dtype,
      states.map((state) => state[at]!),
      dims,
    )
    const [spare] = spares.map((each) => each[at]!) as [DeviceArray]
    const written = spares.length === 1 ? spare : tensors.device.alloc(dtype, spares.length * spare.length)
    outputs[next] = tensors.of(dtype, written, [spares.length, ...dims])
    return written
  })
}

function elements({ dims }: CarriedTensor): number {
  return dims.reduce((product, dim) => product * dim, 1)
}
