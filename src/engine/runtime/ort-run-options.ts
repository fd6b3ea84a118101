/** What ONNX Runtime is told of a run. */
import type { OrtApi, Pointer } from './ort-api.ts'
import { UNCAPTURED } from './ort-placement.ts'

/** Afterwards the arena of a session on the CPU gives back what is free in it. */
const FORGETTING = ['memory.enable_memory_arena_shrinkage', 'cpu:0'] as const

/** Of a run that no card captures; what the session kept for it goes where it `forgets`. */
export function runOptions(api: OrtApi, name: string, forgets = false): Pointer {
  const options = api.create('CreateRunOptions', name)
  for (const entry of forgets ? [UNCAPTURED, FORGETTING] : [UNCAPTURED])
    api.call('AddRunConfigEntry', name, options, ...entry)
  return options
}
