/** Thread of a load test: carries out its share of a plan and reports each outcome. */
import { parentPort, workerData } from 'node:worker_threads'
import { generate } from './generate.ts'
import type { LoadPlan } from './plan.ts'

const { plan, startMs } = workerData as { plan: LoadPlan; startMs: number }
await generate(plan, startMs, (outcome) => parentPort!.postMessage(outcome))
