/** What ONNX Runtime is told of a run. */
import type { OrtApi, Pointer } from './ort-api.ts'
import { capturedAs, UNCAPTURED } from './ort-placement.ts'

/** Afterwards the arena of a session on the CPU gives back what is free in it. */
const FORGETTING = ['memory.enable_memory_arena_shrinkage', 'cpu:0'] as const

export interface RunKind {
  /** What the session kept for it goes afterwards. */
  readonly forgets?: boolean
  /** The number under which a card records it; missing where none does. */
  readonly graph?: number | undefined
}

export function runOptions(api: OrtApi, name: string, { forgets = false, graph }: RunKind = {}): Pointer {
  const options = api.create('CreateRunOptions', name)
  const captured = graph === undefined ? UNCAPTURED : capturedAs(graph)
  for (const entry of forgets ? [captured, FORGETTING] : [captured])
    api.call('AddRunConfigEntry', name, options, ...entry)
  return options
}
