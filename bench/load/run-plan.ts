/** Carries out a plan on as many threads as it needs, so that the client is not what is measured. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { nowMs } from './clock.ts'
import { generate } from './generate.ts'
import type { Outcome } from './outcome.ts'
import type { LoadPlan } from './plan.ts'

/** Streams that one thread times without adding to them: 500 on two threads add less than 5 ms (self-test.ts). */
const STREAMS_PER_THREAD = 250
/** Threads are loaded and connected to the clock before the first request is due. */
const LEAD_MS = 300

export interface RunOptions {
  readonly threads?: number
  readonly onOutcome?: (outcome: Outcome) => void
}

/** All outcomes, in the order in which they ended. */
export async function runPlan(plan: LoadPlan, options: RunOptions = {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const take = (outcome: Outcome) => {
    outcomes.push(outcome)
    options.onOutcome?.(outcome)
  }
  const threads = options.threads ?? threadsFor(plan)
  if (threads === 1) await generate(plan, nowMs(), take)
  else {
    const startMs = nowMs() + LEAD_MS
    await Promise.all(shares(plan, threads).map((share) => runThread(share, startMs, take)))
  }
  return outcomes
}

export function threadsFor({ mode, concurrency, requests }: LoadPlan): number {
  const streams = mode === 'open' || mode === 'burst' ? requests.length : concurrency
  return Math.min(Math.max(1, availableParallelism()), Math.ceil(streams / STREAMS_PER_THREAD))
}

/** Requests and clients dealt out in turn. */
export function shares(plan: LoadPlan, threads: number): LoadPlan[] {
  return Array.from({ length: threads }, (_, i) => ({
    ...plan,
    concurrency: Math.floor(plan.concurrency / threads) + (i < plan.concurrency % threads ? 1 : 0),
    requests: plan.requests.filter((_, k) => k % threads === i),
  }))
}

function runThread(plan: LoadPlan, startMs: number, take: (outcome: Outcome) => void): Promise<void> {
  const worker = new Worker(new URL('./generator-thread.js', import.meta.url), {
    workerData: { plan, startMs },
  })
  return new Promise((resolve, reject) => {
    worker.on('message', take)
    worker.on('error', reject)
    worker.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a load thread ended with ${code}`)),
    )
  })
}
