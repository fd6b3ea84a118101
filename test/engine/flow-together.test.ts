import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { FlowPrompt } from '../../src/engine/flow/flow-prompt.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { FlowWork } from '../../src/engine/flow/flow-work.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow, solveAll } from '../helpers/tiny-flow.ts'

/** The mel's own tolerance against the reference. */
const TOLERANCE = 1e-4
const TOGETHER = 4

let folder: string
let runner: FlowRunner
let prompt: FlowPrompt

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-together-'))
  runner = await openTinyFlow(await openStrictRuntime(), folder, {}, { together: TOGETHER })
  prompt = runner.solvePrompt(goldenVoice)
})
after(async () => {
  runner.release()
  await rm(folder, { recursive: true, force: true })
})

/** Streams of different lengths, all their tokens there. */
function openStreams(lengths: readonly number[]): FlowState[] {
  return lengths.map((length, i) => {
    const state = runner.fork(prompt, 190)
    state.push(goldenReply.subarray(0, length).map((token) => (token + i) % 400))
    state.finish()
    return state
  })
}

async function alone(lengths: readonly number[]): Promise<Float32Array[]> {
  const frames: Float32Array[] = []
  for (const state of openStreams(lengths)) {
    frames.push(solveAll(runner, state))
    state.release()
  }
  return frames
}

function run(work: FlowWork): Float32Array[] {
  while (work.runsLeft > 0) work.step()
  return work.commit()
}

it('streams solved together are what they are alone, wherever each of them is', async () => {
  const random = new SeededRandom(4)
  let common = 0
  let spanned = 0
  let worst = 0
  for (let round = 0; round < 6; round++) {
    const lengths = Array.from({ length: TOGETHER + random.below(3) }, () => 20 + random.below(110))
    const expected = await alone(lengths)
    const states = openStreams(lengths)
    const frames: number[][] = lengths.map(() => [])
    for (;;) {
      const waiting = states.filter((state) => state.planned() !== undefined)
      if (waiting.length === 0) break
      const first = random.pick(waiting)
      const group = waiting.filter((state) => state === first || runner.areInStep(first, state))
      const chosen = group.filter((state) => state === first || random.next() < 0.7)
      if (chosen.length > 1) common++
      const slots = chosen.map(({ memory }) => memory.slot)
      if (Math.max(...slots) - Math.min(...slots) >= slots.length) spanned++
      const made = run(chosen.length === 1 ? runner.begin(first)! : runner.beginTogether(chosen))
      for (const [i, state] of chosen.entries()) frames[states.indexOf(state)]!.push(...made[i]!)
    }
    for (const [i, expectedFrames] of expected.entries()) {
      worst = Math.max(worst, maxDifference(frames[i]!, expectedFrames))
      assert.ok(worst < TOLERANCE, `round ${round}, stream ${i}: ${worst}`)
    }
    for (const state of states) state.release()
  }
  assert.ok(common > 12 && spanned > 3, `${common} common works, ${spanned} of them over a slot between`)
})

it('a slot between others that has no part in their runs keeps all that it has', async () => {
  const lengths = [120, 120, 120]
  const [expected] = await alone([120])
  const states = openStreams(lengths).sort((a, b) => a.memory.slot - b.memory.slot)
  const [low, between, high] = states as [FlowState, FlowState, FlowState]
  // Its own tokens are those that the first of a group says.
  between.release()
  const again = openStreams([120])[0]!
  assert.equal(again.memory.slot, low.memory.slot + 1)
  while (low.solvedTokens < 100) run(runner.beginTogether([low, high]))
  assert.equal(again.solvedTokens, 25)
  assert.deepEqual(solveAll(runner, again), expected)
  for (const state of [low, again, high]) state.release()
})

it('who is dropped from common work is as if it had never begun, the others are not disturbed', async () => {
  const lengths = [60, 60, 60]
  const expected = await alone(lengths)
  const states = openStreams(lengths)
  const work = runner.beginTogether(states)
  for (let runs = 0; runs < 5; runs++) work.step()
  work.abortOne(1)
  const made = run(work)
  assert.equal(made[1]!.length, 0)
  assert.deepEqual(
    states.map(({ solvedTokens }) => solvedTokens),
    [50, 25, 50],
  )
  const rest = solveAll(runner, states[1]!)
  assert.deepEqual(rest, expected[1])
  for (const i of [0, 2]) {
    const frames = [...made[i]!, ...solveAll(runner, states[i]!)]
    assert.ok(maxDifference(frames, expected[i]!) < TOLERANCE)
  }
  for (const state of states) state.release()
})

it('common work that is closed leaves all as they were', async () => {
  const lengths = [40, 40]
  const expected = await alone(lengths)
  const states = openStreams(lengths)
  const work = runner.beginTogether(states)
  for (let runs = 0; runs < 7; runs++) work.step()
  work.abort()
  for (const [i, state] of states.entries()) assert.deepEqual(solveAll(runner, state), expected[i])
  for (const state of states) state.release()
})

it('refuses to solve together what is not in step', () => {
  const states = openStreams([60, 60])
  run(runner.begin(states[0]!)!)
  const [ahead, behind] = states as [FlowState, FlowState]
  assert.equal(runner.areInStep(ahead, behind), true, 'the past may differ')
  run(runner.begin(ahead)!)
  assert.equal(runner.areInStep(ahead, behind), false, 'the last block is shorter')
  assert.throws(() => runner.beginTogether([ahead, behind]), /not in step/)
  assert.throws(() => runner.beginTogether([behind, behind]), /once/)
  for (const state of states) state.release()
})

it('what an utterance left in its memory, be it no number, does not reach those who come after', async () => {
  const lengths = [60, 60]
  const expected = await alone(lengths)
  runner.memory.trim(Infinity)
  const spoiled = openStreams([90, 90, 90])
  for (const state of spoiled) {
    run(runner.begin(state)!)
    const { dims } = runner
    for (let step = 0; step < dims.steps; step++)
      for (let layer = 0; layer < dims.layers; layer++) {
        const cache = state.memory.stepCache(step, layer, 1, state.solvedTokens * dims.stride)
        runner.device.write(cache, new Float32Array(cache.length).fill(Number.NaN))
      }
    state.release()
  }
  const states = openStreams(lengths)
  const made = run(runner.beginTogether(states))
  for (const i of [0, 1]) {
    const frames = [...made[i]!, ...solveAll(runner, states[i]!)]
    assert.ok(maxDifference(frames, expected[i]!) < TOLERANCE)
  }
  for (const state of states) state.release()
})
