/** What a card records of the flow: how many banks of streams, and how large. Pure. */
import { slotsThatFit } from './flow-bank.ts'
import type { FlowDims } from './flow-dims.ts'
import { bankBytes } from './flow-memory.ts'

/** Tokens, prompt included, that a stream may have: a prompt of six seconds and ten of speech, or half as much. */
const CAPACITIES = [400, 200]
/** Of the flow's memory: streams that are longer have the rest. */
const SHARE = 0.75

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
