/** Times of runs on the device: decoding by rows, an Euler step by streams and past, the vocoder by lengths, a fork. */
import { collectGarbage } from '../../src/core/collect-garbage.ts'
import { describeError, TtsError } from '../../src/core/errors.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { capturedRows } from '../../src/engine/runtime/captured-runs.ts'
import { summary } from '../report/record.ts'
import { barsOf } from './bars.ts'
import { ids, inventedMel, voiceOf } from './invented.ts'
import { atMost, type Line, leftOut, told } from './lines.ts'
import type { Proof } from './proof.ts'
import { madePart, openTimedFlow, openTimedLlm, openTimedVocoder, type Part } from './timed-models.ts'

/** Rows, streams and tokens of past that are timed; the least of so many runs counts. */
const ASKED = {
  real: {
    rows: [1, 2, 4, 8, 16, 32, 64],
    past: 200,
    streams: [1, 2, 4, 8, 16],
    pasts: [100, 400, 900],
    captured: 8,
    runs: 10,
  },
  tiny: { rows: [1, 2], past: 20, streams: [1, 2], pasts: [50, 75], captured: 2, runs: 3 },
} as const
/** Enough for a bank of streams whose runs are captured, which takes three quarters. */
const CAPTURED_SHARE = 1.5
const CAPTURED_TOKENS = 400
const HOP_FRAMES = 50
/** A hop after one of another length: a convolution's plan is made anew. */
const OTHER_FRAMES = 35
const FORK_TOKENS = 100

export async function* models(proof: Proof): AsyncGenerator<Line> {
  if (proof.isTiny) return yield leftOut('models of the published dimensions', 'all is of tiny size here')
  for (const part of ['llm', 'flow', 'vocoder'] satisfies Part[]) {
    const started = performance.now()
    await madePart(proof, part)
    yield told(
      `seconds to make a ${part} of the published dimensions`,
      (performance.now() - started) / 1000,
      'or found',
    )
  }
}

export async function* llmTimes(proof: Proof): AsyncGenerator<Line> {
  const { rows: batches, past, runs } = ASKED[proof.options.size]
  const bars = barsOf(barredCard(proof), proof.options.family)
  const llm = await openTimedLlm(proof, batches.at(-1)!, 1024)
  yield* stepTimes(llm, '')
  llm.release()
  if (proof.isCpu) return
  const recorded = await openTimedLlm(proof, batches.at(-1)!, 1024)
  recorded.capture()
  yield* stepTimes(recorded, ', captured')
  recorded.release()

  function* stepTimes(llm: LlmRunner, how: string): Generator<Line> {
    for (let row = 0; row < batches.at(-1)!; row++) llm.prefill(llm.pool.take(), ids(past))
    for (const batch of batches) {
      const step = () => void llm.decode(Array.from({ length: batch }, (_, row) => ({ row, id: 1 + row })))
      step()
      yield atMost(`ms of an LLM step of ${batch} rows${how}`, least(runs, step), bars.llmStep(batch))
    }
  }
}

export async function* flowTimes(proof: Proof): AsyncGenerator<Line> {
  const { streams, pasts, runs } = ASKED[proof.options.size]
  const bars = barsOf(barredCard(proof), proof.options.family)
  const opened = await openStreams(proof)
  const { flow, states } = opened
  const { stride, blockTokens } = flow.dims
  if (states.length < streams.at(-1)!)
    yield leftOut(`Euler steps of more than ${states.length} streams`, opened.why)
  for (const past of pasts) {
    solveTo(flow, states, past)
    for (const count of streams.filter((each) => each <= states.length)) {
      const ms = evaluationMs(flow, states.slice(0, count), runs)
      const frames = (past + blockTokens) * stride
      yield atMost(
        `ms of an Euler step of ${count} streams behind ${past} tokens`,
        ms,
        bars.eulerStep(count, frames),
      )
    }
  }
  for (const state of states) state.release()
  const prompt = flow.solvePrompt(voiceOf(flow, FORK_TOKENS))
  const ms = least(runs, () => flow.fork(prompt, FORK_TOKENS + blockTokens).release())
  yield atMost(`ms of a fork of a prompt of ${FORK_TOKENS} tokens`, ms, bars.fork(FORK_TOKENS))
  flow.release()
  if (!proof.isCpu) yield* capturedFlowTimes(proof)
}

/** Evaluations that are played again, of one stream to all of a bank, half of its room solved. */
async function* capturedFlowTimes(proof: Proof): AsyncGenerator<Line> {
  const { captured, runs } = ASKED[proof.options.size]
  const bars = barsOf(barredCard(proof), proof.options.family)
  const flow = await openTimedFlow(proof, captured)
  const { stride, blockTokens } = flow.dims
  const started = performance.now()
  const bytes = flow.stateBytes(captured * (CAPTURED_TOKENS + blockTokens))
  const streams = flow.capture(CAPTURED_SHARE * bytes, captured)
  yield told(`seconds to capture evaluations of ${streams} streams`, (performance.now() - started) / 1000)
  const reply = new Int32Array(CAPTURED_TOKENS - blockTokens).fill(1)
  const states = Array.from({ length: streams }, () => {
    const state = flow.open(voiceOf(flow, blockTokens), CAPTURED_TOKENS)
    state.push(reply)
    return state
  })
  solveTo(flow, states, CAPTURED_TOKENS / 2)
  for (const count of capturedRows(states.length)) {
    const ms = evaluationMs(flow, states.slice(0, count), runs)
    const frames = (CAPTURED_TOKENS / 2 + blockTokens) * stride
    yield atMost(
      `ms of an Euler step of ${count} streams, captured`,
      ms,
      bars.capturedEulerStep(count, frames),
    )
  }
  for (const state of states) state.release()
  flow.release()
}

/** As many as the device has room for, side by side so that they may share a run. */
async function openStreams(proof: Proof): Promise<{ flow: FlowRunner; states: FlowState[]; why: string }> {
  const { streams, pasts } = ASKED[proof.options.size]
  let why = ''
  for (const count of streams.toReversed()) {
    const flow = await openTimedFlow(proof, count)
    const { blockTokens } = flow.dims
    const reply = new Int32Array(pasts.at(-1)! + 2 * blockTokens).fill(1)
    try {
      const states = Array.from({ length: count }, () => {
        const state = flow.open(voiceOf(flow, blockTokens), blockTokens + reply.length)
        state.push(reply)
        return state
      })
      return { flow, states, why }
    } catch (error) {
      why = describeError(error)
      flow.release()
    }
    // What was reserved goes with the arrays that nothing reaches.
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new TtsError('DEVICE_UNAVAILABLE', 'no stream has room', why)
}

export async function* vocoderTimes(proof: Proof): AsyncGenerator<Line> {
  const { runs } = ASKED[proof.options.size]
  const bars = barsOf(barredCard(proof), proof.options.family)
  const { vocoder, mels } = await openTimedVocoder(proof)
  const stream = vocoder.open(vocoder.noise(7))
  const hop = (frames: number) => void vocoder.push(stream, inventedMel(frames, mels))
  for (let i = 0; i < 3; i++) hop(HOP_FRAMES)
  const same = least(runs, () => hop(HOP_FRAMES))
  yield atMost(`ms of a vocoder hop of ${HOP_FRAMES} frames`, same, bars.vocoder(HOP_FRAMES))
  const mixed = Array.from({ length: runs }, () => {
    hop(OTHER_FRAMES)
    return least(1, () => hop(HOP_FRAMES))
  })
  yield told(
    'ms of such a hop behind one of another length',
    summary(mixed).min,
    `${same.toFixed(2)} behind its own`,
  )
  if (!proof.isCpu) {
    yield told('runs of a vocoder hop that are captured', vocoder.capture([HOP_FRAMES], 1))
    yield atMost(
      `ms of a vocoder hop of ${HOP_FRAMES} frames, captured`,
      least(runs, () => hop(HOP_FRAMES)),
      bars.capturedVocoder(HOP_FRAMES),
    )
  }
  vocoder.release()
}

/** Streams in step, until each has so many tokens solved. */
function solveTo(flow: FlowRunner, states: readonly FlowState[], tokens: number): void {
  while (states.length > 0 && states[0]!.solvedTokens < tokens) {
    const work = flow.beginTogether(states)
    while (work.runsLeft > 0) work.step()
    work.commit()
  }
}

/** The least ms of an evaluation for these streams; their block is given up. */
function evaluationMs(flow: FlowRunner, states: readonly FlowState[], runs: number): number {
  const work = flow.beginTogether(states)
  // The encoder, and a step that warms up.
  work.step()
  work.step()
  const ms = least(Math.min(runs, work.runsLeft), () => work.step())
  work.abort()
  return ms
}

/** Estimates are of the published dimensions. */
const barredCard = (proof: Proof) => (proof.isTiny ? undefined : proof.card)

function least(runs: number, act: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now()
    act()
    return performance.now() - started
  })
  return summary(times).min
}
