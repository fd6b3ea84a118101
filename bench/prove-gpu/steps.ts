/** The steps of a proof in their order: what a reader needs first comes first. */
import { captured } from './captured-step.ts'
import { card } from './card-step.ts'
import { bundles, placement, verified } from './graphs-step.ts'
import { listeners } from './listeners-step.ts'
import type { Step } from './proof.ts'
import { residence } from './residence-step.ts'
import { flowTimes, llmTimes, models, vocoderTimes } from './times-step.ts'

export const STEPS: readonly Step[] = [
  { name: 'card', what: 'driver, card, libraries, a small graph', budget: 20, run: card },
  { name: 'bundles', what: 'reference sets in both precisions', budget: 40, run: bundles },
  { name: 'placement', what: 'every graph wholly on the card', budget: 30, run: placement },
  { name: 'verify-fp16', what: 'each stage against the reference', budget: 40, run: verified('fp16') },
  { name: 'verify-fp32', what: 'the same in single precision', budget: 40, run: verified('fp32') },
  { name: 'residence', what: 'state on the device against the host', budget: 25, run: residence },
  { name: 'captured', what: 'captured runs against plain ones', budget: 20, run: captured },
  { name: 'models', what: 'models of the published dimensions', budget: 60, run: models },
  { name: 'llm-times', what: 'LLM steps of 1 to 64 rows', budget: 25, run: llmTimes },
  { name: 'flow-times', what: 'Euler steps of 1 to 16 streams, a fork', budget: 45, run: flowTimes },
  { name: 'vocoder-times', what: 'vocoder hops', budget: 15, run: vocoderTimes },
  { name: 'listeners', what: 'a server with 1 to 128 listeners', budget: 105, run: listeners },
]
