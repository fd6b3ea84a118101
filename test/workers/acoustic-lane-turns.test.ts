import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, it } from 'node:test'
import { FlowVocoderModel } from '../../src/engine/acoustic/flow-vocoder-model.ts'
import type { FlowVocoderUtterance } from '../../src/engine/acoustic/flow-vocoder-utterance.ts'
import { type FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import type { VocoderStream } from '../../src/engine/vocoder/vocoder-net.ts'
import { AcousticLaneTurns } from '../../workers/acoustic-lane-turns.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow, solveAll } from '../helpers/tiny-flow.ts'

const MELS = 80
const TOGETHER = 4

let folder: string
let flow: FlowRunner
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-turns-'))
  flow = await openTinyFlow(await openStrictRuntime(), folder, {}, { together: TOGETHER })
})
after(async () => {
  flow.release()
  await rm(folder, { recursive: true, force: true })
})

/** What the lane sees of one slot. The vocoder of these tests gives a sample for every value of mel. */
interface Slot {
  tokens: number[]
  ended: boolean
  failed: boolean
  samples: number[]
  /** Samples that the listener still takes. */
  room: number
  end: 'complete' | 'failed' | undefined
}

let slots: Slot[]
let model: FlowVocoderModel
let lane: AcousticLaneTurns<FlowVocoderUtterance>
let left: { slot: number; failed: string | undefined }[]
let vocoded: number[]
/** Set to make the vocoder throw. */
let broken: string | undefined
/** ms that have gone by beside the one that each look at the clock takes. */
let passedMs: number

beforeEach(() => {
  slots = []
  left = []
  vocoded = []
  broken = undefined
  passedMs = 0
  lane = openLane(5e8)
})

function openLane(stateBytes: number, acousticBatch = TOGETHER): AcousticLaneTurns<FlowVocoderUtterance> {
  let clock = 0
  model = new FlowVocoderModel({
    flow,
    vocoder: {
      sampleRate: 100 * MELS,
      noise: () => () => {},
      open: () => ({}) as VocoderStream,
      key: ({ mel, ended }) => `${mel.length} ${ended}`,
      pushTogether: (requests) => {
        if (broken !== undefined) throw new Error(broken)
        vocoded.push(requests.length)
        return requests.map(({ mel }) => mel)
      },
    },
    maxHopBlocks: 2,
    announcePrompt: () => {},
    inModel: (_frames, run) => run(),
  })
  return new AcousticLaneTurns({
    model,
    limits: { maxHopBlocks: 2, hopGrowthMs: 500, batchBoundMs: 2000, acousticBatch },
    stateBytes,
    tokensOf: (slot) => ({
      get available() {
        return slots[slot]!.tokens.length
      },
      get ended() {
        return slots[slot]!.ended
      },
      get failed() {
        return slots[slot]!.failed
      },
      take: (count) => Int32Array.from(slots[slot]!.tokens.splice(0, count)),
    }),
    audioOf: (slot) => ({
      push: (samples) => {
        const taken = samples.subarray(0, slots[slot]!.room)
        slots[slot]!.room -= taken.length
        slots[slot]!.samples.push(...taken)
        return taken.length
      },
      end: (failed) => {
        slots[slot]!.end = failed ? 'failed' : 'complete'
      },
    }),
    leave: (slot, _epoch, failed) => left.push({ slot, failed }),
    nowMs: () => passedMs + clock++,
  })
}

function admit(tokens: readonly number[], ended = true, mode: 'blocks' | 'whole' = 'blocks'): Slot {
  const slot: Slot = {
    tokens: [...tokens],
    ended,
    failed: false,
    samples: [],
    room: Infinity,
    end: undefined,
  }
  slots.push(slot)
  lane.apply({ type: 'voice', key: 'anna', ...goldenVoice })
  lane.apply({
    type: 'admit',
    slot: slots.length - 1,
    epoch: 1,
    priority: 'stream',
    arrivedMs: slots.length,
    utterance: {
      voiceKey: 'anna',
      mode,
      speed: 1,
      seed: 1,
      sourceNoise: 'seeded',
      expectedTokens: 100,
    },
  })
  return slot
}

async function alone(tokens: ArrayLike<number>): Promise<Float32Array> {
  const state = flow.open(goldenVoice, 200)
  state.push(tokens)
  state.finish()
  const mel = solveAll(flow, state)
  state.release()
  return mel
}

function serve(): void {
  for (let turns = 0; lane.turn(); turns++) assert.ok(turns < 5000, 'the lane finds no end')
}

const reply = (length: number, shift = 0) => [...goldenReply.subarray(shift, shift + length)]

it('utterances whose blocks come together are solved and voiced together, each as it is alone', async () => {
  const asked = [reply(120), reply(120, 5), reply(120, 10), reply(70, 20), reply(9, 3)]
  for (const tokens of asked) admit(tokens)
  serve()
  for (const [i, tokens] of asked.entries()) {
    assert.equal(slots[i]!.end, 'complete')
    assert.ok(maxDifference(slots[i]!.samples, await alone(tokens)) < 1e-4, `utterance ${i}`)
  }
  assert.ok(model.takeMeanBatch() > 1.5)
  assert.ok(Math.max(...vocoded) >= 3, `hops in one run: ${vocoded}`)
  assert.ok(Math.max(...vocoded) <= TOGETHER)
  assert.equal(lane.size, 0)
})

it('who is cancelled in the middle of common runs is gone at once, and the others never notice', async () => {
  const asked = [reply(100), reply(100, 7), reply(100, 14)]
  const random = new SeededRandom(2)
  const expected = await Promise.all(asked.map(alone))
  for (let round = 0; round < 12; round++) {
    slots = []
    left = []
    for (const tokens of asked) admit(tokens)
    const gone = random.below(3)
    for (let turns = 5 + random.below(40); turns > 0; turns--) lane.turn()
    lane.apply({ type: 'cancel', slot: gone, epoch: 1 })
    assert.deepEqual(left, [{ slot: gone, failed: undefined }])
    assert.equal(slots[gone]!.end, 'failed', 'what it got must not pass for the whole')
    serve()
    for (const i of [0, 1, 2]) {
      if (i === gone) continue
      assert.equal(slots[i]!.end, 'complete')
      assert.ok(maxDifference(slots[i]!.samples, expected[i]!) < 1e-4, `round ${round}, utterance ${i}`)
    }
    assert.equal(lane.size, 0)
  }
})

it('all who are cancelled free their memory, whoever goes first', () => {
  serve()
  for (const tokens of [reply(100), reply(100, 7), reply(100, 14)]) admit(tokens)
  for (let turns = 0; turns < 15; turns++) lane.turn()
  const inUse = model.bytes
  const kept = flow.memory.bytes
  for (const slot of [1, 0, 2]) {
    lane.apply({ type: 'cancel', slot, epoch: 1 })
    assert.equal(model.bytes, inUse, 'memory is in use until the last one is gone, then it is kept')
  }
  assert.ok(flow.memory.bytes > kept)
  assert.equal(lane.turn(), false)
})

it('a run that fails ends those who shared it, and nobody else', async () => {
  admit(reply(40))
  admit(reply(40, 3))
  const other = admit(reply(120, 6))
  while (!slots[0]!.end && vocoded.length === 0) lane.turn()
  const before = left.length
  broken = 'no vocoder today'
  while (left.length === before) lane.turn()
  broken = undefined
  serve()
  const failed = left.filter(({ failed: reason }) => reason !== undefined)
  assert.ok(failed.length >= 1)
  assert.ok(failed.every(({ failed: reason }) => reason === 'no vocoder today'))
  for (const { slot } of left) {
    const fine = !failed.some(({ slot: each }) => each === slot)
    assert.equal(slots[slot]!.end, fine ? 'complete' : 'failed')
  }
  assert.equal(left.length, 3)
  assert.notEqual(other.end, undefined)
})

it('a block that cannot be begun ends its utterance, and the lane goes on', async () => {
  const good = reply(70)
  admit(good)
  while (slots[0]!.samples.length === 0) lane.turn()
  admit(good)
  const { beginTogether } = flow
  let failures = 1
  const fail = () => {
    if (failures-- > 0) throw new Error('no memory today')
  }
  flow.beginTogether = (states) => {
    fail()
    return beginTogether.call(flow, states)
  }
  serve()
  Object.assign(flow, { beginTogether })
  const failed = left.filter(({ failed: reason }) => reason === 'no memory today')
  assert.equal(failed.length, 1)
  const other = slots[1 - failed[0]!.slot]!
  assert.equal(other.end, 'complete')
  assert.ok(maxDifference(other.samples, await alone(good)) < 1e-4)
})

it('one whose tokens cannot be spoken fails alone, also where it would have joined others', async () => {
  const good = reply(100)
  admit(good)
  admit([...reply(30), 9999, ...reply(40)])
  admit(good)
  serve()
  assert.deepEqual(
    slots.map(({ end }) => end),
    ['complete', 'failed', 'complete'],
  )
  assert.ok(maxDifference(slots[2]!.samples, await alone(good)) < 1e-4)
})

it('a whole utterance goes through the vocoder in runs no longer than a hop, and a newcomer in between', async () => {
  const tokens = reply(130)
  const whole = admit(tokens, true, 'whole')
  while (whole.samples.length === 0) lane.turn()
  const piece = 2 * 25 * 2 * MELS
  assert.equal(whole.samples.length, piece, 'two blocks, the largest hop here')
  const solving = flow.wholeBytes(goldenVoice.speechTokens.length + tokens.length)
  assert.ok(model.bytes - flow.memory.bytes < solving, 'what solving took is let go before the vocoder ends')
  const newcomer = admit(reply(9))
  serve()
  assert.deepEqual([whole.end, newcomer.end], ['complete', 'complete'])
  const mel = finishWork(flow.whole(goldenVoice, tokens))
  assert.deepEqual(Float32Array.from(whole.samples), mel)
  assert.equal(vocoded.length, Math.ceil(mel.length / piece) + 1)
})

it('tokens that come one by one, and a memory for one at a time, change nothing but the time', async () => {
  flow.memory.trim(Infinity)
  lane = openLane(flow.stateBytes(140))
  const asked = [reply(90), reply(60, 4), reply(33, 9)]
  for (const _ of asked) admit([], false)
  const random = new SeededRandom(6)
  const waiting = asked.map((tokens) => [...tokens])
  while (waiting.some(({ length }) => length > 0)) {
    const i = random.below(3)
    slots[i]!.tokens.push(...waiting[i]!.splice(0, 1 + random.below(9)))
    if (waiting[i]!.length === 0) slots[i]!.ended = true
    for (let turns = random.below(6); turns > 0; turns--) lane.turn()
  }
  serve()
  for (const [i, tokens] of asked.entries()) {
    assert.equal(slots[i]!.end, 'complete')
    assert.ok(maxDifference(slots[i]!.samples, await alone(tokens)) < 1e-4, `utterance ${i}`)
  }
})

it('memory of listeners that read nothing goes to others; once they read, they hear the same', async () => {
  flow.memory.trim(Infinity)
  lane = openLane(flow.stateBytes(140))
  const asked = [reply(90), reply(60, 4), reply(75, 9)]
  const [stalled, , late] = asked.map((tokens) => admit(tokens))
  stalled!.room = 100
  late!.room = 0
  serve()
  assert.deepEqual(left, [], 'the first holds the memory')
  passedMs += 1000
  serve()
  assert.deepEqual(left, [{ slot: 1, failed: undefined }])
  const ended = admit(reply(40, 2))
  passedMs += 1000
  serve()
  assert.equal(ended.end, 'complete')
  for (const room of [3000, 200, Infinity]) {
    stalled!.room += room
    late!.room += room
    passedMs += 1000
    serve()
  }
  for (const [i, tokens] of asked.entries()) {
    assert.equal(slots[i]!.end, 'complete')
    assert.ok(maxDifference(slots[i]!.samples, await alone(tokens)) < 1e-4, `utterance ${i}`)
  }
  assert.equal(lane.size, 0)
})

it('tokens that ended early make no audio that passes for the whole', () => {
  for (const mode of ['blocks', 'whole'] as const) {
    const slot = admit(reply(mode === 'blocks' ? 30 : 60), false, mode)
    for (let turns = 0; turns < 40; turns++) lane.turn()
    slot.ended = true
    slot.failed = true
    serve()
    assert.equal(slot.end, 'failed')
    assert.equal(left.at(-1)!.failed, 'the speech tokens ended early')
  }
  assert.equal(lane.size, 0)
})

it('who did not read for long is not more urgent for that than others', () => {
  lane = openLane(5e8, 1)
  const stalled = admit(reply(150))
  stalled.room = 12_000
  serve()
  passedMs += 60_000
  const other = admit(reply(150, 5))
  while (other.samples.length === 0) lane.turn()
  stalled.room = Infinity
  while (stalled.end === undefined) lane.turn()
  assert.ok(other.samples.length >= 12_000, `${other.samples.length} samples beside it`)
  serve()
})

it('a whole utterance counts in the budget while it is solved, and waits for one under way', () => {
  const tokens = reply(130)
  lane = openLane(flow.stateBytes(140))
  const stream = admit(reply(40), false)
  while (stream.samples.length === 0) lane.turn()
  const whole = admit(tokens, true, 'whole')
  const wholeBytes = flow.wholeBytes(goldenVoice.speechTokens.length + tokens.length)
  assert.ok(wholeBytes > flow.stateBytes(140))
  for (let turns = 0; turns < 40; turns++) lane.turn()
  assert.equal(whole.tokens.length, tokens.length, 'it has not begun')
  stream.ended = true
  let most = 0
  for (let turns = 0; lane.turn(); turns++) {
    // Without what streams have, or had and left for others.
    most = Math.max(most, model.bytes - flow.memory.bytes)
    assert.ok(turns < 5000)
  }
  assert.ok(most >= wholeBytes, 'its memory is counted')
  assert.ok(model.bytes < wholeBytes, 'and let go')
  assert.deepEqual([stream.end, whole.end], ['complete', 'complete'])
})
