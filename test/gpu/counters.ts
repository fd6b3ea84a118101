/** What the stand-in runtime counted; the order is that of `Counter` in `stand-in/cudart-state.h`. */
import { join } from 'node:path'
import { koffi } from '../../src/core/native-calls.ts'
import type { Runtime, SessionOptions } from '../../src/engine/runtime/runtime.ts'

const NAMES = [
  ...['toDeviceBytes', 'toDeviceCopies', 'toHostBytes', 'toHostCopies', 'onDeviceBytes', 'onDeviceCopies'],
  ...['launches', 'libraryLaunches', 'syncs', 'allocations', 'frees', 'graphLaunches', 'captures', 'refused'],
  ...['usedBytes', 'mostBytes', 'memsets'],
] as const

export type Counts = Readonly<Record<(typeof NAMES)[number], number>>

/** A card as each part of the dry run has it. */
export interface CountedCard {
  readonly runtime: Runtime
  readonly session: SessionOptions
  count(act: () => void): Counts
}

/** `count(act)`: what an act asked of the cards. */
export function openCounters(folder: string): (act: () => void) => Counts {
  const library = koffi.load(join(folder, 'libcudart.so.13'))
  const read = library.func('void stand_in_counters(void *out)')
  const reset = library.func('void stand_in_reset()')
  return (act) => {
    reset()
    act()
    const out = new BigUint64Array(32)
    read(out)
    return Object.fromEntries(NAMES.map((name, i) => [name, Number(out[i])])) as Counts
  }
}
