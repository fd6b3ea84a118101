import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { type FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { DeviceArray, Runtime } from '../../src/engine/runtime/runtime.ts'
import { fullRuntime, solveShakily } from '../helpers/failing-runs.ts'
import { goldenFloats, maxDifference, transposedRows } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ShakyRuntime } from '../helpers/shaky-runtime.ts'
import { openStrictRuntime, strictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow, solveAll } from '../helpers/tiny-flow.ts'

const MELS = 80
/** What the reference itself moves between single and double precision is 1e-5. */
const MEL_TOLERANCE = 1e-4

let folder: string
let shaky: ShakyRuntime
let runtime: Runtime
let runner: FlowRunner
/** The reply of the reference arrays, streamed. */
let streamed: Float32Array

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-flow-'))
  shaky = new ShakyRuntime(await openStrictRuntime())
  runtime = shaky.runtime
  runner = await openTinyFlow(runtime, folder)
  const state = openFinished()
  streamed = solveAll(runner, state)
})
after(async () => {
  runner.release()
  await rm(folder, { recursive: true, force: true })
})

function goldenMel(name: string): Float32Array {
  return transposedRows(goldenFloats(`flow/${name}`).data, MELS)
}

function openFinished(capacity = 200): FlowState {
  const state = runner.open(goldenVoice, capacity)
  state.push(goldenReply)
  state.finish()
  return state
}

it('a whole utterance is what the reference computes without streaming', async () => {
  const mel = finishWork(runner.whole(goldenVoice, goldenReply))
  assert.ok(maxDifference(mel, goldenMel('mel_a')) < MEL_TOLERANCE)
})

it('with look-ahead, the last tokens of a whole utterance are only looked at', async () => {
  const mel = finishWork(runner.whole(goldenVoice, goldenReply, true))
  assert.ok(maxDifference(mel, goldenMel('mel_a_ctx')) < MEL_TOLERANCE)
})

it('a whole utterance needs no prompt', async () => {
  const voice = { ...goldenVoice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
  const mel = finishWork(runner.whole(voice, goldenReply.subarray(0, 30)))
  assert.ok(maxDifference(mel, goldenMel('mel_noprompt')) < MEL_TOLERANCE)
})

it('a stream gives at every block cut what the reference computes from all tokens so far', async () => {
  const state = runner.open(goldenVoice, 200)
  const frames: number[] = []
  for (const [i, token] of goldenReply.entries()) {
    state.push([token])
    const work = runner.begin(state)
    if (work === undefined) continue
    frames.push(...finishWork(work))
    const kept = goldenVoice.speechTokens.length + i + 1 - 3
    assert.equal(state.solvedTokens, Math.floor(kept / 25) * 25)
    if (state.solvedTokens >= 50)
      assert.ok(
        maxDifference(frames, goldenMel(`mel_c_${state.solvedTokens}`)) < MEL_TOLERANCE,
        `cut at ${state.solvedTokens} tokens`,
      )
  }
  assert.equal(state.solvedTokens, 150)
  state.finish()
  frames.push(...solveAll(runner, state))
  assert.equal(state.ended, true)
  assert.ok(maxDifference(frames, goldenMel('mel_b')) < MEL_TOLERANCE)
})

it('a reply of one block, of any length, is the whole utterance; no frame is lost', async () => {
  const voice = { ...goldenVoice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
  for (let length = 1; length <= 25; length++) {
    const tokens = goldenReply.subarray(0, length)
    const state = runner.open(voice, length)
    state.push(tokens)
    state.finish()
    const frames = solveAll(runner, state)
    assert.equal(frames.length, 2 * length * MELS)
    const whole = finishWork(runner.whole(voice, tokens))
    assert.ok(maxDifference(frames, whole) < 1e-5, `${length} tokens`)
  }
})

it('how tokens arrive does not change a bit of the stream', async () => {
  const random = new SeededRandom(3)
  for (let round = 0; round < 12; round++) {
    const state = runner.open(goldenVoice, 200)
    const frames: number[] = []
    const largest = random.pick([1, 5, 30, 80])
    for (let at = 0; at < goldenReply.length; ) {
      const count = 1 + random.below(largest)
      state.push(goldenReply.subarray(at, at + count))
      at += count
      const work = random.next() < 0.6 ? runner.begin(state) : undefined
      if (work !== undefined) frames.push(...finishWork(work))
    }
    state.finish()
    frames.push(...solveAll(runner, state))
    assert.deepEqual(Float32Array.from(frames), streamed, `round ${round}, at most ${largest} tokens a push`)
  }
})

it('a stream forked from a solved prompt is the stream, also when two are solved in turns', async () => {
  const prompt = runner.solvePrompt(goldenVoice)
  assert.equal(prompt.solvedTokens, 25)
  assert.equal(prompt.pendingTokens, 12)
  const other = goldenReply.slice().reverse()
  const alone = runner.open(goldenVoice, 200)
  alone.push(other)
  alone.finish()
  const expected = [streamed, solveAll(runner, alone)]
  const states = [goldenReply, other].map((tokens) => {
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
  assert.equal(prompt.solvedTokens, 25, 'the prompt stays as it was')
})

it('nothing beyond the valid rows is read, nothing before them is written', async () => {
  const state = openFinished(160)
  const { memory } = state
  const { dims } = runner
  const slabs = () => {
    const all: { array: DeviceArray; width: number; rate: number }[] = []
    for (const part of [0, 1] as const) {
      for (let block = 0; block < dims.tokenBlocks + dims.frameBlocks; block++) {
        const rate = block < dims.tokenBlocks ? 1 : dims.stride
        const array = memory.encoderCache(block, part, 160 * rate)
        all.push({ array, width: dims.width, rate })
      }
      for (let step = 0; step < dims.steps; step++)
        for (let layer = 0; layer < dims.layers; layer++) {
          const array = memory.stepCache(step, layer, part, 160 * dims.stride)
          all.push({ array, width: dims.cacheWidth, rate: dims.stride })
        }
    }
    return all
  }
  for (const { array } of slabs()) runner.device.write(array, new Float32Array(array.length).fill(NaN))
  const frames: number[] = []
  let before: Float32Array[] = slabs().map(() => new Float32Array(0))
  for (let work = runner.begin(state); work !== undefined; work = runner.begin(state)) {
    frames.push(...finishWork(work))
    const valid = slabs().map(({ array: inDevice, width, rate }) => {
      const array = runner.device.read(inDevice) as Float32Array
      const end = state.solvedTokens * rate * width
      assert(array.subarray(end).every(Number.isNaN), 'rows beyond the block were written')
      assert(!array.subarray(0, end).some(Number.isNaN), 'rows of the block were not written')
      return array.slice(0, end)
    })
    for (const [i, rows] of before.entries()) assert.deepEqual(valid[i]!.subarray(0, rows.length), rows)
    before = valid
  }
  assert.deepEqual(Float32Array.from(frames), streamed)
})

it('a run that failed is made again, a block that was given up is begun again, with the same result', () => {
  const state = openFinished()
  assert.deepEqual(solveShakily(runner, state, shaky), streamed)
})

it('a block that cannot be begun has not been begun, alone or with others', async () => {
  const full = fullRuntime(runtime)
  const other = await openTinyFlow(full.runtime, join(folder, 'shaky'), {}, { together: 2 })
  const states = [0, 1].map(() => {
    const state = other.open(goldenVoice, 190)
    state.push(goldenReply)
    state.finish()
    return state
  })
  full.isFull = true
  assert.throws(() => other.begin(states[0]!), /no memory today/)
  assert.throws(() => other.beginTogether(states), /no memory today/)
  full.isFull = false
  for (const state of states) {
    assert.equal(state.atWork, false)
    assert.deepEqual(solveAll(other, state), streamed)
    state.release()
  }
  other.release()
})

it('a state outgrows its reservation without a trace', async () => {
  assert.deepEqual(solveAll(runner, openFinished(1)), streamed)
})

it('the bytes of a state are known before it exists', () => {
  const perToken = 4 * (2 * 64 * 2 + 2 * 2 * 64 * 4 + 10 * 2 * 4 * 2 * 128)
  assert.equal(runner.stateBytes(100) - runner.stateBytes(0), 100 * perToken)
  assert.equal(runner.stateBytes(0), 4 * 2 * (2 * 2 * 64 + 2 * 3 * 80 + 10 * 4 * 744))
})

it('a whole utterance knows that its memory grows by the square of its length', () => {
  const [short, long] = [runner.wholeBytes(250), runner.wholeBytes(2500)]
  assert.ok(long > 90 * short && long < 100 * short)
  // 60 s: measured 1.2 GB; 10 s: 50 MB.
  assert.ok(runner.wholeBytes(1500) > 1.2e9 && runner.wholeBytes(1500) < 2e9)
})

it('the first block is one token short of possible, then possible', () => {
  const state = runner.open(goldenVoice, 60)
  assert.equal(state.planned()?.fresh, 25, 'the prompt alone fills its first block')
  state.push(goldenReply.subarray(0, 15))
  solveAll(runner, state)
  assert.equal(state.planned(), undefined)
  state.push(goldenReply.subarray(15, 16))
  assert.equal(state.planned()?.past, 25)
})

it('refuses what the model cannot take', () => {
  const state = runner.open(goldenVoice, 60)
  assert.throws(() => state.push([486]), { code: 'INTERNAL' })
  assert.throws(() => state.push([-1]), { code: 'INTERNAL' })
  assert.throws(() => state.push(new Int32Array(7500)), { code: 'TEXT_TOO_LONG' })
  assert.throws(() => runner.open({ ...goldenVoice, embedding: new Float32Array(3) }, 60), {
    code: 'INTERNAL',
  })
  assert.throws(() => runner.open({ ...goldenVoice, mel: new Float32Array(81) }, 60), { code: 'INTERNAL' })
  assert.throws(() => runner.whole(goldenVoice, [999]), { code: 'INTERNAL' })
  const work = runner.begin(state)!
  assert.throws(() => work.commit(), /not finished/)
  assert.throws(() => runner.begin(state), /one block of an utterance at a time/)
  work.abort()
  runner.begin(state)!.abort()
})

it('the stock binding gives the same frames', async () => {
  const stock = await openTinyFlow(
    await strictRuntime(await openRuntime({ kind: 'stock' })),
    join(folder, 'stock'),
  )
  const state = stock.open(goldenVoice, 60)
  state.push(goldenReply.subarray(0, 20))
  state.finish()
  const frames = solveAll(stock, state)
  const native = runner.open(goldenVoice, 60)
  native.push(goldenReply.subarray(0, 20))
  native.finish()
  assert.deepEqual(frames, solveAll(runner, native))
  stock.release()
})

it('in half precision the frames stay close, and the state takes half the memory', async () => {
  const half = await openTinyFlow(runtime, join(folder, 'half'), { dtype: 'float16' })
  // Contexts are padded to equal parts.
  const share = half.stateBytes(100) / runner.stateBytes(100)
  assert.ok(Math.abs(share - 0.5) < 0.001, `${share}`)
  const state = half.open(goldenVoice, 200)
  state.push(goldenReply)
  state.finish()
  const frames = solveAll(half, state)
  const worst = maxDifference(frames, streamed)
  assert.ok(worst < 0.05, `${worst}`)
  half.release()
})
