/** How sessions use a CUDA card. */
import type { ProviderOptions } from './runtime.ts'

/** An arena that grows by what is asked, and no exhaustive algorithm search for every new length. */
const OPTIONS = { arena_extend_strategy: 'kSameAsRequested', cudnn_conv_algo_search: 'HEURISTIC' }

/** `exact`: products of single precision in full, for comparing; else in the card's shorter TF32 where it has that. */
export function cudaProvider(deviceId: number, exact = false): ProviderOptions {
  return { kind: 'cuda', deviceId, options: exact ? { ...OPTIONS, use_tf32: '0' } : OPTIONS }
}
