/** Whether a lane's flow may take all of its device's threads while nothing else is under way there. */
import type { Bundle } from '../src/core/bundle.ts'
import type { LaneDevice } from '../src/lanes/messages.ts'

/** Share of a lane's bytes for utterances that a second copy of the weights may take. */
const MOST_COPIED = 0.5

export interface LoneRuns {
  readonly threads: number
  /** Of the second copy of the flow's weights. */
  readonly bytes: number
}

/**
 * Undefined where the lane has no more threads than always, and where the copy would take most of `stateBytes`. Also for a
 * flow with a convolution among its operators, whose bytes depend on the number of threads.
 */
export function loneRuns(
  { files, parameters }: Pick<Bundle['manifest'], 'files' | 'parameters'>,
  { loneThreads: threads }: Pick<LaneDevice, 'loneThreads'>,
  stateBytes: number,
): LoneRuns | undefined {
  if (threads === undefined || parameters.acoustic !== 'unet') return undefined
  const own = files.filter(({ name }) => /^flow\b/.test(name))
  const bytes = own.reduce((sum, { size }) => sum + size, 0)
  return bytes > MOST_COPIED * stateBytes ? undefined : { threads, bytes }
}
