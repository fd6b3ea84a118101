/** Carries out a plan on one thread. */
import { nowMs, sleepUntil } from './clock.ts'
import { askOverHttp } from './http-request.ts'
import type { Outcome, Refusal } from './outcome.ts'
import type { LoadPlan, PlannedRequest } from './plan.ts'
import { play } from './playback.ts'
import { askOverWebSocket } from './ws-request.ts'

/** ms before a refused client asks again; one second where the server did not say. */
const IMPATIENT_MS = 500
const UNTOLD_S = 1

/** `startMs` is the plan's time zero on the process's clock. */
export async function generate(
  plan: LoadPlan,
  startMs: number,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const { target, mode, requests, durationMs } = plan
  const ask = (planned: PlannedRequest, dueMs: number) =>
    (target.transport === 'ws' ? askOverWebSocket : askOverHttp)(target, planned, dueMs)
  const isOver = () => durationMs !== undefined && nowMs() - startMs >= durationMs
  const pauseMs = ({ retryAfterS = UNTOLD_S }: Refusal) =>
    plan.honourRetry ? retryAfterS * 1000 : IMPATIENT_MS
  await sleepUntil(startMs)
  if (mode === 'open' || mode === 'burst') {
    const running: Promise<void>[] = []
    for (const planned of requests) {
      const dueMs = startMs + planned.atMs!
      await sleepUntil(dueMs)
      running.push(ask(planned, dueMs).then(onOutcome))
    }
    await Promise.all(running)
    return
  }
  const left = [...requests]
  const client = async (_: unknown, number: number) => {
    await sleepUntil(startMs + (plan.rampMs * number) / plan.concurrency)
    while (!isOver()) {
      const planned = left.shift()
      if (planned === undefined) return
      const outcome = await ask(planned, nowMs())
      onOutcome(outcome)
      // A listener asks again when all is heard; a client that only loads the server, at once.
      if (outcome.refusal !== undefined) await sleepUntil(outcome.endMs + pauseMs(outcome.refusal))
      else if (mode === 'listeners') await sleepUntil(play(outcome.arrivals, plan.playerBufferMs).endMs)
    }
  }
  await Promise.all(Array.from({ length: plan.concurrency }, client))
}
