/** The flow whose encoder only looks ahead: streams, company and memory as for the other kind. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { FlowWork } from '../../src/engine/flow/flow-work.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { DeviceArray, Runtime } from '../../src/engine/runtime/runtime.ts'
import { solveShakily } from '../helpers/failing-runs.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ShakyRuntime } from '../helpers/shaky-runtime.ts'
import { openStrictRuntime, strictRuntime } from '../helpers/strict-runtime.ts'
import {
  convertTinyDit,
  ditMel,
  ditReply,
  ditVoice,
  loadTinyDitFlow,
  noPrompt,
  type TinyDit,
} from '../helpers/tiny-dit.ts'
import { solveAll } from '../helpers/tiny-flow.ts'

const MELS = 80
const MEL_TOLERANCE = 1e-3
const INCREMENTAL_TOLERANCE = 1e-4
const TOGETHER = 4

let folder: string
let shaky: ShakyRuntime
let runtime: Runtime
let tiny: TinyDit
let runner: FlowRunner
/** The reply of the reference arrays, streamed. */
let streamed: Float32Array

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-dit-flow-'))
  shaky = new ShakyRuntime(await openStrictRuntime())
  runtime = shaky.runtime
  tiny = await convertTinyDit(folder)
  runner = await loadTinyDitFlow(runtime, tiny, { together: TOGETHER })
  const state = openReply()
  streamed = solveAll(runner, state)
  state.release()
})
after(async () => {
  runner?.release()
  await rm(folder, { recursive: true, force: true })
})

function openReply(tokens: ArrayLike<number> = ditReply, capacity = 200): FlowState {
  const state = runner.open(ditVoice, capacity)
  state.push(tokens)
  state.finish()
  return state
}

const spoil = (array: DeviceArray) =>
  runner.device.write(array, new Float32Array(array.length).fill(Number.NaN))

function run(work: FlowWork): Float32Array[] {
  while (work.runsLeft > 0) work.step()
  return work.commit()
}

describe('against the reference', () => {
  it('a whole utterance, with and without look-ahead or prompt', async () => {
    const close = (mel: Float32Array, name: string) => {
      const worst = maxDifference(mel, ditMel(name))
      assert.ok(worst < MEL_TOLERANCE, `${name}: ${worst}`)
    }
    close(finishWork(runner.whole(ditVoice, ditReply)), 'mel_a')
    close(finishWork(runner.whole(ditVoice, ditReply, true)), 'mel_a_ctx')
    close(finishWork(runner.whole(noPrompt, ditReply.subarray(0, 30))), 'mel_noprompt')
  })

  it('a stream gives at every block cut what the reference computes from all tokens so far', async () => {
    const state = runner.open(ditVoice, 200)
    const frames: number[] = []
    const cuts: number[] = []
    for (const token of ditReply) {
      state.push([token])
      const work = runner.begin(state)
      if (work === undefined) continue
      frames.push(...finishWork(work))
      if (state.solvedTokens < 50) continue
      cuts.push(state.solvedTokens)
      const worst = maxDifference(frames, ditMel(`mel_c_${state.solvedTokens}`))
      assert.ok(worst < INCREMENTAL_TOLERANCE, `cut at ${state.solvedTokens}: ${worst}`)
    }
    assert.deepEqual(cuts, [50, 75, 100, 125, 150])
    state.finish()
    frames.push(...solveAll(runner, state))
    assert.ok(maxDifference(frames, ditMel('mel_b')) < INCREMENTAL_TOLERANCE)
    assert.ok(maxDifference(frames, ditMel('mel_b_f64')) < MEL_TOLERANCE)
    state.release()
  })

  it('a reply that ends inside a block', async () => {
    const state = openReply(ditReply.subarray(0, 80))
    assert.ok(maxDifference(solveAll(runner, state), ditMel('mel_d_80')) < INCREMENTAL_TOLERANCE)
    state.release()
  })
})

it('how tokens arrive does not change a bit of the stream', async () => {
  const random = new SeededRandom(3)
  for (let round = 0; round < 4; round++) {
    const state = runner.open(ditVoice, round % 2 === 0 ? 200 : 1)
    const frames: number[] = []
    const largest = random.pick([1, 5, 30, 80])
    for (let at = 0; at < ditReply.length; ) {
      const count = 1 + random.below(largest)
      state.push(ditReply.subarray(at, at + count))
      at += count
      const work = random.next() < 0.6 ? runner.begin(state) : undefined
      if (work !== undefined) frames.push(...finishWork(work))
    }
    state.finish()
    frames.push(...solveAll(runner, state))
    assert.deepEqual(Float32Array.from(frames), streamed, `round ${round}, at most ${largest} tokens a push`)
    state.release()
  }
})

it('replies of one block and of any length are the whole utterance', async () => {
  for (let length = 1; length <= 25; length++) {
    const tokens = ditReply.subarray(0, length)
    const state = runner.open(noPrompt, length)
    state.push(tokens)
    state.finish()
    const frames = solveAll(runner, state)
    assert.equal(frames.length, 2 * length * MELS)
    const whole = finishWork(runner.whole(noPrompt, tokens))
    assert.ok(maxDifference(frames, whole) < 1e-5, `${length} tokens`)
    state.release()
  }
})

it('streams forked from a solved prompt and solved in turns are the stream, bit for bit', async () => {
  const prompt = runner.solvePrompt(ditVoice)
  assert.equal(prompt.solvedTokens, 25)
  const other = ditReply.slice().reverse()
  const alone = openReply(other)
  const expected = [streamed, solveAll(runner, alone)]
  alone.release()
  const states = [ditReply, other].map((tokens) => {
    const state = runner.fork(prompt, 200)
    state.push(tokens)
    state.finish()
    return state
  })
  const frames: number[][] = [[], []]
  const works = states.map((state) => runner.begin(state))
  const random = new SeededRandom(11)
  while (works.some((work) => work !== undefined)) {
    const i = random.below(2)
    const work = works[i]
    if (work === undefined) continue
    if (work.runsLeft > 0) {
      work.step()
      continue
    }
    frames[i]!.push(...work.commit()[0]!)
    works[i] = runner.begin(states[i]!)
  }
  for (const i of [0, 1]) assert.deepEqual(Float32Array.from(frames[i]!), expected[i])
  for (const state of states) state.release()
})

it('streams solved together are what they are alone, over slots that have no part as well', async () => {
  const prompt = runner.solvePrompt(ditVoice)
  const random = new SeededRandom(4)
  const open = (lengths: readonly number[]) =>
    lengths.map((length, i) => {
      const state = runner.fork(prompt, 190)
      state.push(ditReply.subarray(0, length).map((token) => (token + i) % 400))
      state.finish()
      return state
    })
  let common = 0
  let spanned = 0
  for (let round = 0; round < 2; round++) {
    const lengths = Array.from({ length: TOGETHER + random.below(3) }, () => 20 + random.below(70))
    const expected: Float32Array[] = []
    for (const state of open(lengths)) {
      expected.push(solveAll(runner, state))
      state.release()
    }
    const states = open(lengths)
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
      const made = run(runner.beginTogether(chosen))
      for (const [i, state] of chosen.entries()) frames[states.indexOf(state)]!.push(...made[i]!)
    }
    for (const [i, alone] of expected.entries()) {
      const worst = maxDifference(frames[i]!, alone)
      assert.ok(worst < INCREMENTAL_TOLERANCE, `round ${round}, stream ${i}: ${worst}`)
    }
    for (const state of states) state.release()
  }
  assert.ok(common > 3 && spanned > 0, `${common} common works, ${spanned} over a slot between`)
})

it('a run that failed, a block that was given up: made again with the same result', () => {
  const state = openReply()
  assert.deepEqual(solveShakily(runner, state, shaky), streamed)
  state.release()
})

it('nothing beyond the valid rows is read', async () => {
  const state = openReply(ditReply, 160)
  const { dims } = runner
  for (let step = 0; step < dims.steps; step++)
    for (let layer = 0; layer < dims.layers; layer++)
      for (const part of [0, 1] as const) spoil(state.memory.stepCache(step, layer, part, 160 * dims.stride))
  assert.deepEqual(solveAll(runner, state), streamed)
  state.release()
})

it('the memory of a state is known before it exists, and comes back', async () => {
  const { flow } = tiny
  const rows = 2 * flow.heads * flow.headDim
  const perToken = 4 * 10 * 2 * flow.blocks * 2 * rows
  assert.equal(runner.stateBytes(100) - runner.stateBytes(0), 100 * perToken)
  const contexts = 2 * flow.lookaheadWidth + 10 * 4 * flow.width * (flow.convTaps - 1)
  assert.equal(runner.stateBytes(0), 4 * 2 * contexts)
  const state = openReply()
  const before = runner.memory.bytes
  solveAll(runner, state)
  const { bytes } = state.memory
  assert.ok(bytes >= runner.stateBytes(155), 'what was written is counted')
  state.release()
  assert.equal(runner.memory.bytes, before + bytes)
  runner.memory.trim(Infinity)
  assert.equal(runner.memory.bytes, 0)
})

it('solvers of second order stream as the whole, with less state', async () => {
  for (const solver of ['2m-7', '2m-10']) {
    const second = await loadTinyDitFlow(runtime, tiny, { solver })
    const tokens = ditReply.subarray(0, 25)
    const state = second.open(noPrompt, 25)
    state.push(tokens)
    state.finish()
    const block = solveAll(second, state)
    assert.ok(maxDifference(block, finishWork(second.whole(noPrompt, tokens))) < 1e-5, solver)
    if (solver === '2m-7') assert.ok(second.stateBytes(200) < 0.75 * runner.stateBytes(200))
    const whole = finishWork(second.whole(ditVoice, ditReply))
    const euler = ditMel('mel_a')
    const rms = Math.sqrt(whole.reduce((sum, value, i) => sum + (value - euler[i]!) ** 2, 0) / euler.length)
    assert.ok(rms > 1e-4 && rms < 0.5, `${solver} is near the reference's steps: ${rms}`)
    second.release()
  }
})

it('in half precision the frames stay close, and the state takes half the memory', async () => {
  const converted = await convertTinyDit(join(folder, 'half'), 'fp16')
  const framesOf = async (estimator: string) => {
    const flowPaths = { ...converted.flowPaths, estimator: join(folder, 'half', `${estimator}.onnx`) }
    const half = await loadTinyDitFlow(runtime, { ...converted, flowPaths })
    assert.equal(half.stateBytes(100) * 2, runner.stateBytes(100))
    const state = half.open(ditVoice, 200)
    state.push(ditReply)
    state.finish()
    const frames = solveAll(half, state)
    half.release()
    return frames
  }
  const frames = await framesOf('flow-estimator')
  const worst = maxDifference(frames, streamed)
  assert.ok(worst < 0.1, `${worst}`)
  // Lengths that are all there is say nothing. A CPU rounds less around a sum than around a Concat.
  const lone = maxDifference(frames, await framesOf('flow-estimator-alone'))
  assert.ok(lone < 0.02, `${lone}`)
})

it('the stock binding gives the same frames', async () => {
  const stock = await loadTinyDitFlow(await strictRuntime(await openRuntime({ kind: 'stock' })), tiny)
  const state = stock.open(ditVoice, 60)
  state.push(ditReply.subarray(0, 20))
  state.finish()
  const native = openReply(ditReply.subarray(0, 20))
  assert.deepEqual(solveAll(stock, state), solveAll(runner, native))
  stock.release()
})
