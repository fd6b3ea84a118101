/** The pool's arrays as a graph takes them: past keys and values in, present ones out, in place. */
import type { DeviceMemory, Feeds, Runtime, RuntimeTensor } from '../runtime/runtime.ts'
import type { KvPool } from './kv-pool.ts'

/** Tensors over `count` rows of every pool array from row `first`. */
export function kvTensors(
  runtime: Runtime,
  device: DeviceMemory,
  pool: KvPool,
  { first, count }: { readonly first: number; readonly count: number },
): Record<string, RuntimeTensor> {
  const { kvHeads, capacity, headDim, dtype, layers } = pool.shape
  const { rowElements } = pool
  const view = (array: number) =>
    runtime.tensor(
      dtype,
      device.part(pool.arrays[array]!, first * rowElements, (first + count) * rowElements),
      [count, kvHeads, capacity, headDim],
    )
  const tensors: Record<string, RuntimeTensor> = {}
  for (let layer = 0; layer < layers; layer++) {
    tensors[`past_key_${layer}`] = view(2 * layer)
    tensors[`past_value_${layer}`] = view(2 * layer + 1)
  }
  return tensors
}

/** The same tensors as outputs: what was past is, in place, what is present. */
export function presentOf(caches: Feeds): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    Object.entries(caches).map(([name, tensor]) => [name.replace('past', 'present'), tensor]),
  )
}
