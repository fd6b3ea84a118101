/** What main is told of an utterance that leaves a lane. */
import type { StageTimes } from '../src/core/stage-clock.ts'
import type { LeftHow } from '../src/lanes/messages.ts'

/** `failed` where its speech ended early, `stages` where it is traced. */
export type Leave = (slot: number, epoch: number, failed?: string, stages?: readonly StageTimes[]) => void

export function howLeft(failed: string | undefined, stages: readonly StageTimes[] | undefined): LeftHow {
  return { ...(failed === undefined ? {} : { failed }), ...(stages === undefined ? {} : { stages }) }
}
