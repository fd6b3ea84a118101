/** Device arrays of several utterances side by side, and back. */
import assert from 'node:assert/strict'
import type { DType } from '../../core/dtype.ts'
import type { DeviceArray, DeviceMemory } from './runtime.ts'

/** Parts of equal length one behind the other; the part itself where there is only one. */
export function gathered(device: DeviceMemory, dtype: DType, parts: readonly DeviceArray[]): DeviceArray {
  const [first] = parts
  assert(first !== undefined, 'nothing to gather')
  if (parts.length === 1) return first
  const all = device.alloc(dtype, parts.length * first.length)
  device.copy(sideBySide(device, all, parts).map(({ part, stretch }) => ({ from: part, to: stretch })))
  return all
}

/** Hands out what `gathered`, or a run, has side by side. Nothing to do where it is the only part itself. */
export function scatter(device: DeviceMemory, all: DeviceArray, parts: readonly DeviceArray[]): void {
  if (parts.length === 1) return
  device.copy(sideBySide(device, all, parts).map(({ part, stretch }) => ({ from: stretch, to: part })))
}

function sideBySide(device: DeviceMemory, all: DeviceArray, parts: readonly DeviceArray[]) {
  return parts.map((part, i) => ({
    part,
    stretch: device.part(all, i * part.length, (i + 1) * part.length),
  }))
}
