/** Whether what was thrown in a lane is one utterance's fault or the whole device's. */
import { TtsError } from './errors.ts'

/**
 * What an utterance ends with. Throws the error again where it is the device's own: everything that the lane has fails
 * with it, may be asked for again elsewhere, and the lane is started anew.
 */
export function faultOf(error: unknown): string {
  if (error instanceof TtsError && error.code === 'DEVICE_UNAVAILABLE') throw error
  return (error as Error).message
}
