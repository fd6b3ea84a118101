/** A tensor over values of the host. */
import type { DType } from '../../src/core/dtype.ts'
import type { HostArray, Runtime, RuntimeTensor } from '../../src/engine/runtime/runtime.ts'

export function hostTensor(
  runtime: Runtime,
  dtype: DType,
  values: HostArray,
  dims: readonly number[],
): RuntimeTensor {
  return runtime.tensor(dtype, runtime.memory().place(values), dims)
}
