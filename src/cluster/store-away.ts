/** What callers are told where the store of all nodes does not answer, or has no room. */
import { setTimeout as pause } from 'node:timers/promises'
import { describeError, TtsError } from '../core/errors.ts'

const AGAIN_MS = 500

/** `left`: what did not happen for it. */
export function storeFailed(left: string, cause: unknown): TtsError {
  const detail = `the store that all nodes share cannot be reached, so ${left}`
  return new TtsError('STORAGE_FAILED', 'Store not reachable', detail, {
    status: 503,
    retryAfterSeconds: 5,
    cause,
  })
}

/** The same where what failed is large, and a full store is told as what it is (507). */
export function storeFailedOrFull(left: string, cause: unknown): TtsError {
  // Redis's own word for a full memory.
  if (!/^OOM /.test(describeError(cause))) return storeFailed(left, cause)
  const detail = `the store that all nodes share is full, so ${left}`
  return new TtsError('STORAGE_FAILED', 'Insufficient storage', detail, { cause })
}

export function isStoreAway(error: unknown): boolean {
  return error instanceof TtsError && error.code === 'STORAGE_FAILED' && error.status === 503
}

/** What is made already is not thrown away because the store is away for a while. */
export async function despiteOutage<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (!isStoreAway(error)) throw error
      await pause(AGAIN_MS, undefined, { signal, ref: false })
    }
  }
}
