/**
 * What a causal graph hands from run to run: inputs `x` with a twin `x_next` among the outputs (`context.a` has
 * `context_next.a`), zeros at first.
 */
import { BYTES_PER_ELEMENT, type DType } from '../../core/dtype.ts'
import { allocTogether } from '../runtime/alloc-together.ts'
import type { DeviceArray, DeviceMemory, Session } from '../runtime/runtime.ts'
import type { RunState } from './graph-run.ts'

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
  return allocTogether(
    device,
    carried.map((each) => ({ dtype: each.dtype, length: elements(each) })),
  )
}

export function stateBytesOf(carried: readonly CarriedTensor[]): number {
  return carried.reduce((sum, each) => sum + elements(each) * BYTES_PER_ELEMENT[each.dtype], 0)
}

/** What a run reads and writes of the rows' states. */
export function carriedStates(
  carried: readonly CarriedTensor[],
  states: readonly (readonly DeviceArray[])[],
  spares: readonly (readonly DeviceArray[])[],
): RunState[] {
  return carried.map((each, at) => ({
    ...each,
    from: states.map((state) => state[at]!),
    to: spares.map((spare) => spare[at]!),
  }))
}

function elements({ dims }: CarriedTensor): number {
  return dims.reduce((product, dim) => product * dim, 1)
}
