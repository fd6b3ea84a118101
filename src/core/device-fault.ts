/** What a failed call of a device says of the device: that it is lost, or only short of memory for now. */
import { describeError, TtsError } from './errors.ts'

/** In words of the CUDA runtime, of its libraries, of ONNX Runtime's arena and of our own blocks. */
const SHORT_OF_MEMORY =
  /out of memory|cudaErrorMemoryAllocation|_ALLOC_FAILED|failed to allocate memory|smaller than requested bytes|expected \d+ bytes more, got none/i

/** Later, or for a smaller utterance, there may be memory again. */
export function isMemoryShort(reason: string): boolean {
  return SHORT_OF_MEMORY.test(reason)
}

/**
 * After a fault of its own a card's context answers every call with that fault, or with garbage. Nothing that comes from it
 * is to be heard. Only another process gets a new context.
 */
export function isDeviceLost(error: unknown): boolean {
  return error instanceof TtsError && error.code === 'DEVICE_UNAVAILABLE' && !isMemoryShort(error.detail)
}

/**
 * What an utterance ends with. Throws the error again where the device is lost: everything that the lane has fails with it, and may
 * be asked for again elsewhere.
 */
export function faultOf(error: unknown): string {
  if (isDeviceLost(error)) throw error
  return describeError(error)
}
