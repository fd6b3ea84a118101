/** Turns of an acoustic lane on a real flow: company, cancellation, faults, memory, listeners that read nothing. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, it } from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { type FlowRunner, finishWork } from '../../src/engine/flow/flow-runner.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { goldenReply, goldenVoice, openTinyFlow } from '../helpers/tiny-flow.ts'
import { AcousticLaneRig, MELS, TOGETHER } from './acoustic-lane-rig.ts'

let folder: string
let flow: FlowRunner
let rig: AcousticLaneRig
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-turns-'))
  flow = await openTinyFlow(await openStrictRuntime(), folder, {}, { together: TOGETHER })
})
beforeEach(() => {
  rig = new AcousticLaneRig(flow)
})
after(async () => {
  flow.release()
  await rm(folder, { recursive: true, force: true })
})

const reply = (length: number, shift = 0) => [...goldenReply.subarray(shift, shift + length)]

it('utterances whose blocks come together are solved and voiced together, each as it is alone', async () => {
  const asked = [reply(120), reply(120, 5), reply(120, 10), reply(70, 20), reply(9, 3)]
  for (const tokens of asked) rig.admit(tokens)
  rig.serve()
  for (const [i, tokens] of asked.entries()) {
    assert.equal(rig.slots[i]!.end, 'complete')
    assert.ok(maxDifference(rig.slots[i]!.samples, await rig.alone(tokens)) < 1e-4, `utterance ${i}`)
  }
  assert.ok(rig.model.takeMeanBatch() > 1.5)
  assert.ok(Math.max(...rig.vocoded) >= 3, `hops in one run: ${rig.vocoded}`)
  assert.ok(Math.max(...rig.vocoded) <= TOGETHER)
  assert.equal(rig.lane.size, 0)
})

it('the runs of an utterance that has the lane to itself are told apart from all others', () => {
  rig.admit(reply(30), true, 'whole')
  rig.serve()
  assert(rig.aloneInRuns.length > 5)
  assert(!rig.aloneInRuns.includes(false))
  rig.aloneInRuns = []
  rig.admit(reply(30), true, 'whole')
  for (let turns = 0; turns < 3; turns++) rig.lane.turn()
  // One that has no tokens yet counts as well: its own runs are near.
  const other = rig.admit([], false)
  for (let turns = 0; turns < 3; turns++) rig.lane.turn()
  assert.deepEqual(rig.aloneInRuns, [true, true, true, false, false, false])
  other.ended = true
  rig.serve()
  assert.equal(rig.lane.size, 0)
})

it('who is cancelled in the middle of common runs is gone at once, and the others never notice', async () => {
  const asked = [reply(100), reply(100, 7), reply(100, 14)]
  const random = new SeededRandom(2)
  const expected = await Promise.all(asked.map(rig.alone))
  for (let round = 0; round < 12; round++) {
    rig.slots = []
    rig.left = []
    for (const tokens of asked) rig.admit(tokens)
    const gone = random.below(3)
    for (let turns = 5 + random.below(40); turns > 0; turns--) rig.lane.turn()
    rig.lane.apply({ type: 'cancel', slot: gone, epoch: 1 })
    assert.deepEqual(rig.left, [{ slot: gone, failed: undefined }])
    assert.equal(rig.slots[gone]!.end, 'failed', 'what it got must not pass for the whole')
    rig.serve()
    for (const i of [0, 1, 2]) {
      if (i === gone) continue
      assert.equal(rig.slots[i]!.end, 'complete')
      assert.ok(maxDifference(rig.slots[i]!.samples, expected[i]!) < 1e-4, `round ${round}, utterance ${i}`)
    }
    assert.equal(rig.lane.size, 0)
  }
})

it('all who are cancelled free their memory, whoever goes first', () => {
  rig.serve()
  for (const tokens of [reply(100), reply(100, 7), reply(100, 14)]) rig.admit(tokens)
  for (let turns = 0; turns < 15; turns++) rig.lane.turn()
  const inUse = rig.model.bytes
  const kept = flow.memory.bytes
  for (const slot of [1, 0, 2]) {
    rig.lane.apply({ type: 'cancel', slot, epoch: 1 })
    assert.equal(rig.model.bytes, inUse, 'memory is in use until the last one is gone, then it is kept')
  }
  assert.ok(flow.memory.bytes > kept)
  assert.equal(rig.lane.turn(), false)
})

it('a run that fails ends those who shared it, and nobody else', async () => {
  rig.admit(reply(40))
  rig.admit(reply(40, 3))
  const other = rig.admit(reply(120, 6))
  while (!rig.slots[0]!.end && rig.vocoded.length === 0) rig.lane.turn()
  const before = rig.left.length
  rig.broken = 'no vocoder today'
  while (rig.left.length === before) rig.lane.turn()
  rig.broken = undefined
  rig.serve()
  const failed = rig.left.filter(({ failed: reason }) => reason !== undefined)
  assert.ok(failed.length >= 1)
  assert.ok(failed.every(({ failed: reason }) => reason === 'no vocoder today'))
  for (const { slot } of rig.left) {
    const fine = !failed.some(({ slot: each }) => each === slot)
    assert.equal(rig.slots[slot]!.end, fine ? 'complete' : 'failed')
  }
  assert.equal(rig.left.length, 3)
  assert.notEqual(other.end, undefined)
})

it('a block that cannot be begun ends its utterance, and the lane goes on', async () => {
  const good = reply(70)
  rig.admit(good)
  while (rig.slots[0]!.samples.length === 0) rig.lane.turn()
  rig.admit(good)
  const { beginTogether } = flow
  let failures = 1
  const fail = () => {
    if (failures-- > 0) throw new Error('no memory today')
  }
  flow.beginTogether = (states) => {
    fail()
    return beginTogether.call(flow, states)
  }
  rig.serve()
  Object.assign(flow, { beginTogether })
  const failed = rig.left.filter(({ failed: reason }) => reason === 'no memory today')
  assert.equal(failed.length, 1)
  const other = rig.slots[1 - failed[0]!.slot]!
  assert.equal(other.end, 'complete')
  assert.ok(maxDifference(other.samples, await rig.alone(good)) < 1e-4)
})

it("a fault of the device is not one utterance's: the lane ends, and nobody is told that a speech failed", () => {
  rig.admit(reply(70))
  const { beginTogether } = flow
  flow.beginTogether = () => {
    throw new TtsError('DEVICE_UNAVAILABLE', 'cuda:1', 'cudaMalloc: an illegal memory access (700)')
  }
  try {
    assert.throws(() => rig.serve(), { code: 'DEVICE_UNAVAILABLE' })
  } finally {
    Object.assign(flow, { beginTogether })
  }
  assert.deepEqual(rig.left, [])
  rig.lane.apply({ type: 'cancel', slot: 0, epoch: 1 })
})

it('one whose tokens cannot be spoken fails alone, also where it would have joined others', async () => {
  const good = reply(100)
  rig.admit(good)
  rig.admit([...reply(30), 9999, ...reply(40)])
  rig.admit(good)
  rig.serve()
  assert.deepEqual(
    rig.slots.map(({ end }) => end),
    ['complete', 'failed', 'complete'],
  )
  assert.ok(maxDifference(rig.slots[2]!.samples, await rig.alone(good)) < 1e-4)
})

it('a whole utterance goes through the vocoder in runs no longer than a hop, and a newcomer in between', async () => {
  const tokens = reply(130)
  const whole = rig.admit(tokens, true, 'whole')
  while (whole.samples.length === 0) rig.lane.turn()
  assert.deepEqual([rig.worked.length > 5, new Set(rig.worked).size], [true, 1], 'each run is told')
  const piece = 2 * 25 * 2 * MELS
  assert.equal(whole.samples.length, piece, 'two blocks, the largest hop here')
  const solving = flow.wholeBytes(goldenVoice.speechTokens.length + tokens.length)
  assert.ok(
    rig.model.bytes - flow.memory.bytes < solving,
    'what solving took is let go before the vocoder ends',
  )
  const newcomer = rig.admit(reply(9))
  rig.serve()
  assert.deepEqual([whole.end, newcomer.end], ['complete', 'complete'])
  const mel = finishWork(flow.whole(goldenVoice, tokens))
  assert.deepEqual(Float32Array.from(whole.samples), mel)
  assert.equal(rig.vocoded.length, Math.ceil(mel.length / piece) + 1)
})

it('tokens that come one by one, and a memory for one at a time, change nothing but the time', async () => {
  flow.memory.trim(Infinity)
  rig.open(flow.stateBytes(140))
  const asked = [reply(90), reply(60, 4), reply(33, 9)]
  for (const _ of asked) rig.admit([], false)
  const random = new SeededRandom(6)
  const waiting = asked.map((tokens) => [...tokens])
  while (waiting.some(({ length }) => length > 0)) {
    const i = random.below(3)
    rig.slots[i]!.tokens.push(...waiting[i]!.splice(0, 1 + random.below(9)))
    if (waiting[i]!.length === 0) rig.slots[i]!.ended = true
    for (let turns = random.below(6); turns > 0; turns--) rig.lane.turn()
  }
  rig.serve()
  for (const [i, tokens] of asked.entries()) {
    assert.equal(rig.slots[i]!.end, 'complete')
    assert.ok(maxDifference(rig.slots[i]!.samples, await rig.alone(tokens)) < 1e-4, `utterance ${i}`)
  }
})

it('memory of listeners that read nothing goes to others; once they read, they hear the same', async () => {
  flow.memory.trim(Infinity)
  rig.open(flow.stateBytes(140))
  const asked = [reply(90), reply(60, 4), reply(75, 9)]
  const [stalled, , late] = asked.map((tokens) => rig.admit(tokens))
  stalled!.room = 100
  late!.room = 0
  rig.serve()
  assert.deepEqual(rig.left, [], 'the first holds the memory')
  rig.passedMs += 1000
  rig.serve()
  assert.deepEqual(rig.left, [{ slot: 1, failed: undefined }])
  const ended = rig.admit(reply(40, 2))
  rig.passedMs += 1000
  rig.serve()
  assert.equal(ended.end, 'complete')
  for (const room of [3000, 200, Infinity]) {
    stalled!.room += room
    late!.room += room
    rig.passedMs += 1000
    rig.serve()
  }
  for (const [i, tokens] of asked.entries()) {
    assert.equal(rig.slots[i]!.end, 'complete')
    assert.ok(maxDifference(rig.slots[i]!.samples, await rig.alone(tokens)) < 1e-4, `utterance ${i}`)
  }
  assert.equal(rig.lane.size, 0)
})

it('tokens that ended early make no audio that passes for the whole', () => {
  for (const mode of ['blocks', 'whole'] as const) {
    const slot = rig.admit(reply(mode === 'blocks' ? 30 : 60), false, mode)
    for (let turns = 0; turns < 40; turns++) rig.lane.turn()
    slot.ended = true
    slot.failed = true
    rig.serve()
    assert.equal(slot.end, 'failed')
    assert.equal(rig.left.at(-1)!.failed, 'the speech tokens ended early')
  }
  assert.equal(rig.lane.size, 0)
})

it('who did not read for long is not more urgent for that than others', () => {
  rig.open(5e8, 1)
  const stalled = rig.admit(reply(150))
  stalled.room = 12_000
  rig.serve()
  rig.passedMs += 60_000
  const other = rig.admit(reply(150, 5))
  while (other.samples.length === 0) rig.lane.turn()
  stalled.room = Infinity
  while (stalled.end === undefined) rig.lane.turn()
  assert.ok(other.samples.length >= 12_000, `${other.samples.length} samples beside it`)
  rig.serve()
})

it('a whole utterance counts in the budget while it is solved, and waits for one under way', () => {
  const tokens = reply(130)
  rig.open(flow.stateBytes(140))
  const stream = rig.admit(reply(40), false)
  while (stream.samples.length === 0) rig.lane.turn()
  const whole = rig.admit(tokens, true, 'whole')
  const wholeBytes = flow.wholeBytes(goldenVoice.speechTokens.length + tokens.length)
  assert.ok(wholeBytes > flow.stateBytes(140))
  for (let turns = 0; turns < 40; turns++) rig.lane.turn()
  assert.equal(whole.tokens.length, tokens.length, 'it has not begun')
  stream.ended = true
  let most = 0
  for (let turns = 0; rig.lane.turn(); turns++) {
    // Without what streams have, or had and left for others.
    most = Math.max(most, rig.model.bytes - flow.memory.bytes)
    assert.ok(turns < 5000)
  }
  assert.ok(most >= wholeBytes, 'its memory is counted')
  assert.ok(rig.model.bytes < wholeBytes, 'and let go')
  assert.deepEqual([stream.end, whole.end], ['complete', 'complete'])
})

it('utterances share a run where there is memory for all of them once the first has begun', () => {
  flow.memory.trim(Infinity)
  // Room for one state, and for less than the bank of neighbours that it reserves.
  rig.open(flow.stateBytes(140))
  const [one, other] = [rig.admit(reply(60)), rig.admit(reply(60, 5))]
  while (one.samples.length === 0) rig.lane.turn()
  assert.equal(other.samples.length, 0, 'it has not begun')
  rig.serve()
  assert.deepEqual([one.end, other.end], ['complete', 'complete'])
  assert.equal(rig.model.takeMeanBatch(), 1)
})
