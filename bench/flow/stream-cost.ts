/** What streams cost: the incremental flow block by block, and the loop that solves everything anew at every hop. */
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { FlowVoice } from '../../src/engine/flow/flow-voice.ts'
import type { FlowWork } from '../../src/engine/flow/flow-work.ts'
import { cpuMs } from '../report/cpu-time.ts'
import type { FlowUnderTest } from './flow-under-test.ts'

/** CPU milliseconds: the encoder's run, and all Euler steps that the flow was built with. */
export interface SolveCost {
  readonly past: number
  readonly fresh: number
  readonly encoder: number
  readonly steps: number
}

/** Prompt and reply of a given length; what they say does not matter for the cost. */
export function inventStream(flow: FlowUnderTest, promptTokens: number, replyTokens: number) {
  const { dims } = flow.runner
  const token = (i: number) => (i * 7919) % dims.vocab
  const voice: FlowVoice = {
    speechTokens: Int32Array.from({ length: promptTokens }, (_, i) => token(i)),
    mel: Float32Array.from({ length: promptTokens * dims.stride * dims.mels }, (_, i) => Math.sin(i) * 3 - 5),
    embedding: Float32Array.from({ length: dims.speaker }, (_, i) => Math.cos(i)),
  }
  return { voice, reply: Int32Array.from({ length: replyTokens }, (_, i) => token(i + promptTokens)) }
}

/** Every block of a stream that is all there, from where `state` is. */
export function solveStream(flow: FlowUnderTest, state: FlowState): SolveCost[] {
  const costs: SolveCost[] = []
  for (let plan = state.planned(); plan !== undefined; plan = state.planned())
    costs.push({ past: plan.past, fresh: plan.fresh, ...run(flow.runner.begin(state)!) })
  return costs
}

/**
 * The plain loop: every hop solves prompt and utterance so far with full attention, and keeps the newest frames only.
 * Hops end on the same grid as the blocks, the last one at the end of the reply. `only` picks hops by number, to leave
 * some out.
 */
export function resolveEverything(
  flow: FlowUnderTest,
  voice: FlowVoice,
  reply: Int32Array,
  only: (hop: number) => boolean = () => true,
): (SolveCost & { readonly hop: number })[] {
  return resolveHops(flow, voice.speechTokens.length, reply.length)
    .map((known, hop) => ({ known, hop, last: known === reply.length }))
    .filter(({ hop }) => only(hop))
    .map(({ known, hop, last }) => {
      const work = flow.runner.whole(voice, reply.subarray(0, known), !last)
      return { hop, past: 0, fresh: voice.speechTokens.length + known, ...run(work) }
    })
}

/** Reply tokens known at each hop of the plain loop. */
export function resolveHops(flow: FlowUnderTest, prompt: number, reply: number): number[] {
  const { blockTokens, lookahead } = flow.runner.dims
  const hops: number[] = []
  for (let end = (Math.floor(prompt / blockTokens) + 1) * blockTokens; ; end += blockTokens) {
    const known = end + lookahead - prompt
    if (known >= reply) return [...hops, reply]
    hops.push(known)
  }
}

function run(work: FlowWork): { encoder: number; steps: number } {
  const encoder = cpuMs(() => work.step())
  const steps = cpuMs(() => {
    while (work.runsLeft > 0) work.step()
  })
  work.commit()
  return { encoder, steps }
}
