/** Evaluations that are recorded and played again: which, that they solve what plain ones solve, one solve at a time. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import fc from 'fast-check'
import { capturedBanks } from '../../src/engine/flow/capture-policy.ts'
import { flowStateBytes } from '../../src/engine/flow/flow-memory.ts'
import type { FlowPrompt } from '../../src/engine/flow/flow-prompt.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { FlowWork } from '../../src/engine/flow/flow-work.ts'
import { capturedRows } from '../../src/engine/runtime/captured-runs.ts'
import { CountedRuns } from '../helpers/counted-runs.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow, solveAll } from '../helpers/tiny-flow.ts'

/** The mel's own tolerance against the reference. */
const TOLERANCE = 1e-4
const TOGETHER = 4
const STREAMS = 5

let folder: string
let runner: FlowRunner
let prompt: FlowPrompt
let runs: CountedRuns

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-captured-'))
  runs = new CountedRuns(await openStrictRuntime())
  runner = await openTinyFlow(runs.runtime, folder, {}, { together: TOGETHER })
  assert.equal(runner.capture(1e12, STREAMS), 8, 'two banks')
  assert.equal(runs.take().captured, 2 * capturedRows(TOGETHER).length * runner.dims.steps)
  prompt = runner.solvePrompt(goldenVoice)
})
after(async () => {
  runner.release()
  await rm(folder, { recursive: true, force: true })
})

/** Streams of different lengths, all their tokens there. */
function openStreams(lengths: readonly number[], capacity = 190): FlowState[] {
  return lengths.map((length, i) => {
    const state = runner.fork(prompt, capacity)
    state.push(goldenReply.subarray(0, length).map((token) => (token + i) % 400))
    state.finish()
    return state
  })
}

/** By plain runs. */
function alone(lengths: readonly number[]): Float32Array[] {
  return openStreams(lengths).map((state) => {
    const frames = solveAll(runner, state)
    state.release()
    return frames
  })
}

function run(work: FlowWork): Float32Array[] {
  while (work.runsLeft > 0) work.step()
  return work.commit()
}

function assertClose(made: ArrayLike<number>, expected: Float32Array): void {
  assert.equal(made.length, expected.length)
  const worst = maxDifference(made, expected)
  assert.ok(worst < TOLERANCE, `off by ${worst}`)
}

it('runs of few slots, and of all, are recorded', () => {
  assert.deepEqual(capturedRows(1), [1])
  assert.deepEqual(capturedRows(8), [1, 2, 4, 8])
  assert.deepEqual(capturedRows(11), [1, 2, 4, 8, 11])
})

it('banks that stay take three quarters of the memory at most, and are no more than streams need', () => {
  const { dims } = runner
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.double({ min: 0, max: 1e10, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      (together, stateBytes, streams) => {
        const { capacity, banks } = capturedBanks(dims, { together, stateBytes, streams })
        const bytes = banks * flowStateBytes(dims, together * (capacity + dims.blockTokens))
        assert.ok(bytes <= 0.75 * stateBytes, `${bytes} of ${stateBytes}`)
        assert.ok((banks - 1) * together < streams, `${banks} banks for ${streams}`)
        if (banks === 0)
          assert.ok(flowStateBytes(dims, together * (200 + dims.blockTokens)) > 0.75 * stateBytes)
      },
    ),
    { seed: 5 },
  )
})

it('streams that are solved by recorded runs are what they are alone, whoever else is in their bank', () => {
  const random = new SeededRandom(6)
  for (let round = 0; round < 3; round++) {
    const lengths = Array.from({ length: 2 + random.below(STREAMS) }, () => 20 + random.below(110))
    const expected = alone(lengths)
    runs.take()
    const states = openStreams(lengths)
    const frames: number[][] = lengths.map(() => [])
    let whole = 0
    for (;;) {
      const waiting = states.filter((state) => state.planned() !== undefined)
      if (waiting.length === 0) break
      const first = random.pick(waiting)
      const others = waiting.filter((state) => state !== first && runner.areInStep(first, state))
      const chosen = [first, ...others.filter(() => random.next() < 0.6)]
      if (first.planned()!.fresh === runner.dims.blockTokens) whole++
      for (const [i, made] of run(runner.beginTogether(chosen)).entries())
        frames[states.indexOf(chosen[i]!)]!.push(...made)
    }
    for (const [i, each] of expected.entries()) assertClose(frames[i]!, each)
    assert.equal(runs.take().captured, whole * runner.dims.steps, 'every whole block, and none besides')
    for (const state of states) state.release()
  }
})

it('one solve at a time has the buffers of a size: others take the next, or plain runs', () => {
  const lengths = [60, 60, 60, 60]
  const expected = alone(lengths)
  const states = openStreams(lengths)
  assert.deepEqual(
    states.map(({ memory }) => memory.slot),
    [0, 1, 2, 3],
  )
  runs.take()
  // Runs of one, two and four slots are recorded: the third stream's would be those that the fourth has.
  const works = states.toReversed().map((state) => runner.beginTogether([state]))
  while (works[0]!.runsLeft > 0) for (const work of works) work.step()
  const { steps } = runner.dims
  assert.deepEqual(runs.take(), { captured: 3 * steps, plain: 4 + steps })
  const made = works.map((work) => work.commit()[0]!).reverse()
  for (const [i, state] of states.entries())
    assertClose([...made[i]!, ...solveAll(runner, state)], expected[i]!)
  for (const state of states) state.release()
})

it('work that is dropped gives the buffers back, and what was recorded serves the next', () => {
  const [expected] = alone([60]) as [Float32Array]
  const [state] = openStreams([60]) as [FlowState]
  const work = runner.beginTogether([state])
  for (let step = 0; step < 5; step++) work.step()
  work.abort()
  runs.take()
  const frames = run(runner.beginTogether([state]))[0]!
  assert.equal(runs.take().captured, runner.dims.steps)
  assertClose([...frames, ...solveAll(runner, state)], expected)
  state.release()
})

it('memory of recorded runs stays, and goes first to those who come', () => {
  const [before] = openStreams([30]) as [FlowState]
  const { bank } = before.memory
  before.release()
  const { bytes } = runner.memory
  assert.equal(runner.memory.freeableBytes(), 0)
  assert.equal(runner.memory.trim(Number.POSITIVE_INFINITY), 0)
  runner.memory.expire()
  assert.equal(runner.memory.expire(), 0)
  assert.equal(runner.memory.bytes, bytes)
  const [long] = openStreams([30], 700) as [FlowState]
  assert.notEqual(long.memory.bank, bank, 'no room for so much')
  long.release()
  const [after] = openStreams([30]) as [FlowState]
  assert.equal(after.memory.bank, bank, 'rather than a smaller one that is kept')
  after.release()
})
