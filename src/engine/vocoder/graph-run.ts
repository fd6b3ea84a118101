/** One run of a vocoder's graph over the rows of several utterances, as data: what it reads, and where results go. */
import type { DType } from '../../core/dtype.ts'
import type { DeviceArray, DeviceMemory, HostArray, Runtime, Session } from '../runtime/runtime.ts'

export type VocoderGraph = 'f0' | 'generator'

export interface GraphEngine {
  readonly runtime: Runtime
  readonly device: DeviceMemory
  readonly sessions: Readonly<Record<VocoderGraph, Session>>
}

export interface GraphRun {
  readonly graph: VocoderGraph
  readonly rows: number
  readonly values: readonly RunValues[]
  readonly sizes: readonly RunSizes[]
  readonly states: readonly RunState[]
  /** Output `[rows, length]` in float32, for the host. */
  readonly result: { readonly name: string; readonly length: number }
}

/** An input `[rows, …dims]` from the host, the rows one behind the other. */
export interface RunValues {
  readonly name: string
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly values: HostArray
}

/** An input that all rows share, and that the graph reads on the host. */
export interface RunSizes {
  readonly name: string
  readonly values: readonly number[]
}

/** Input `name` and output `next`, both `[rows, …dims]`: for each row the array that is read, and the one that is written. */
export interface RunState {
  readonly name: string
  readonly next: string
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly from: readonly DeviceArray[]
  readonly to: readonly DeviceArray[]
}

/** What runs must have in common for a card to play one that it recorded of another: all but rows and values. */
export function kindOf({ graph, values, sizes, result }: GraphRun): string {
  const lengths = values.map(({ dims }) => dims.join(' '))
  return [graph, ...lengths, ...sizes.map((each) => each.values.join(' ')), result.length].join('/')
}
