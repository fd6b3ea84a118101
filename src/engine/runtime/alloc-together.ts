/** Arrays that come and go together, over few allocations: each array of its own would be a call to a card's driver. */
import { BYTES_PER_ELEMENT, type DType } from '../../core/dtype.ts'
import type { DeviceArray, DeviceMemory } from './runtime.ts'

export interface ArrayShape {
  readonly dtype: DType
  readonly length: number
}

/** Where an array begins: what a driver promises of an allocation, and kernels expect of a tensor. */
const ALIGNMENT = 256

/** An array of zeros for each shape, in their order; those of one type share an allocation, which lives as long as one of them. */
export function allocTogether(device: DeviceMemory, shapes: readonly ArrayShape[]): DeviceArray[] {
  const ends = new Map<DType, number>()
  const starts = shapes.map(({ dtype, length }) => {
    const each = ALIGNMENT / BYTES_PER_ELEMENT[dtype]
    const start = ends.get(dtype) ?? 0
    ends.set(dtype, start + Math.ceil(length / each) * each)
    return start
  })
  const all = new Map([...ends].map(([dtype, length]) => [dtype, device.alloc(dtype, length)]))
  return shapes.map(({ dtype, length }, i) => device.part(all.get(dtype)!, starts[i]!, starts[i]! + length))
}
