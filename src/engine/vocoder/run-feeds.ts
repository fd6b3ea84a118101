/** What a run of a vocoder's graph is bound to, over memory of all rows. */
import { allocTogether } from '../runtime/alloc-together.ts'
import type { RowTensors } from '../runtime/row-tensors.ts'
import type { DeviceArray, DeviceMemory, RuntimeTensor } from '../runtime/runtime.ts'
import type { GraphRun } from './graph-run.ts'

/** Arrays in the order of the run's values and states, the rows one behind the other. */
export interface RunArrays {
  readonly values: readonly DeviceArray[]
  readonly from: readonly DeviceArray[]
  readonly to: readonly DeviceArray[]
  readonly result: DeviceArray
}

/** Memory for a run like this one, apart from the rows' own states. */
export function runArrays(device: DeviceMemory, { rows, values, states, result }: GraphRun): RunArrays {
  const ofStates = () =>
    allocTogether(
      device,
      states.map(({ dtype, from: [row] }) => ({ dtype, length: rows * row!.length })),
    )
  return {
    values: allocTogether(
      device,
      values.map(({ dtype, values: all }) => ({ dtype, length: all.length })),
    ),
    from: ofStates(),
    to: ofStates(),
    result: device.alloc('float32', rows * result.length),
  }
}

/** `host`: where sizes lie, whatever the device. */
export function runFeeds(run: GraphRun, arrays: RunArrays, tensors: RowTensors, host: DeviceMemory) {
  const { values, sizes, states, result } = run
  const inputs: Record<string, RuntimeTensor> = {}
  const outputs = { [result.name]: tensors.of('float32', arrays.result, [result.length]) }
  for (const { name, values: all } of sizes)
    inputs[name] = tensors.shared('int64', host.place(BigInt64Array.from(all, BigInt)), [all.length])
  for (const [i, { name, dtype, dims }] of values.entries())
    inputs[name] = tensors.of(dtype, arrays.values[i]!, dims)
  for (const [i, { name, next, dtype, dims }] of states.entries()) {
    inputs[name] = tensors.of(dtype, arrays.from[i]!, dims)
    outputs[next] = tensors.of(dtype, arrays.to[i]!, dims)
  }
  return { inputs, outputs }
}
