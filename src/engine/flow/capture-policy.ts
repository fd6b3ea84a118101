/** What a card records of the flow: how many banks of streams, how large, and runs of how many of their slots. Pure. */
import { slotsThatFit } from './flow-bank.ts'
import type { FlowDims } from './flow-dims.ts'
import { bankBytes } from './flow-memory.ts'

/** Tokens, prompt included, that a stream may have: a prompt of six seconds and ten of speech, or half as much. */
const CAPACITIES = [400, 200]
/** Of the flow's memory: streams that are longer have the rest. */
const SHARE = 0.75

/** Slots of the runs that are recorded, ascending: powers of two, and all. What lies between takes padding rows. */
export function capturedSlots(slots: number): number[] {
  const sizes: number[] = []
  for (let size = 1; size < slots; size *= 2) sizes.push(size)
  return slots > 0 ? [...sizes, slots] : sizes
}

/**
 * Banks whose runs are recorded, each with room for `together` streams of `capacity` tokens: enough for `streams`, in
 * three quarters of `stateBytes` at most. The larger capacity where one bank of it fits; none where no bank fits.
 */
export function capturedBanks(
  dims: FlowDims,
  {
    together,
    stateBytes,
    streams,
  }: { readonly together: number; readonly stateBytes: number; readonly streams: number },
): { readonly capacity: number; readonly banks: number } {
  for (const capacity of CAPACITIES) {
    const slots = slotsThatFit(dims, capacity, together)
    const bytes = bankBytes(dims, capacity, slots)
    const banks = Math.min(Math.ceil(streams / slots), Math.floor((SHARE * stateBytes) / bytes))
    if (banks > 0) return { capacity, banks }
  }
  return { capacity: 0, banks: 0 }
}
