/** A lane's thread seen from the main thread: it comes up, is spoken to, dies or is stopped, and is heard of once. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { createRing } from '../../src/audio/ring.ts'
import { LaneControl } from '../../src/lanes/lane-control.ts'
import { LaneHandle } from '../../src/lanes/lane-handle.ts'
import type { FromLane, LaneStart, ToLlmLane } from '../../src/lanes/messages.ts'
import { TINY_TUNING } from '../helpers/tiny-synthesizer.ts'
import { until } from '../helpers/until.ts'
import { laneOf } from '../reliability/faults/unlucky-device.ts'

type Fate = 'ok' | 'die' | 'loop'

/** A lane whose admitted utterance makes it do what `fate` says; `stillborn`: it throws before it is ready. */
function open(test: TestContext, fate: Fate, stillborn = false) {
  const messages: FromLane[] = []
  const deaths: { reason: string; ready: boolean }[] = []
  const entry = stillborn
    ? new URL("data:text/javascript,throw new Error('stillborn')")
    : laneOf({ do: fate })
  const control = new LaneControl().buffer
  const start: LaneStart = {
    role: 'llm',
    bundleDir: '',
    device: { kind: 'cpu', index: 0, llmThreads: 1, acousticThreads: 1, acousticLanes: 1 },
    control,
    llmControl: control,
    acousticControls: [control],
    otherControls: [],
    sessions: new SharedArrayBuffer(64),
    blocks: new SharedArrayBuffer(64),
    tokenRings: [createRing(Int32Array, 10)],
    audioRings: [createRing(Float32Array, 10)],
    placeRings: [createRing(Int32Array, 10)],
    workMarks: new SharedArrayBuffer(4),
    tuning: TINY_TUNING,
    quiet: false,
  }
  const lane = new LaneHandle(entry, start, {
    onMessage: (message) => messages.push(message),
    onDeath: ({ reason, ready }) => deaths.push({ reason, ready }),
  })
  test.after(() => lane.terminate())
  return { lane, messages, deaths }
}

const admit: ToLlmLane = {
  type: 'admit',
  slot: 0,
  epoch: 4,
  priority: 'stream',
  arrivedMs: 0,
  acousticLane: 0,
  utterance: {
    promptTextIds: new Int32Array(0),
    promptSpeechTokens: new Int32Array(0),
    textIds: Int32Array.of(1),
    live: false,
    seed: 0,
    sampling: 'ras',
  },
}

/** An idle lane turns many times a second; looked at again and again, this one never did. */
let looked = { turns: -1, times: 0 }
function standsStill({ control }: LaneHandle): boolean {
  const { turns } = control.observe()
  looked = turns === looked.turns ? { turns, times: looked.times + 1 } : { turns, times: 0 }
  return looked.times > 30
}

it('a lane that is up takes messages, and one that was asked to stop ends without being called dead', async (t) => {
  const { lane, messages, deaths } = open(t, 'ok')
  assert.equal(lane.ready, false)
  await until(() => lane.ready, 'it is up')
  lane.post(admit)
  await until(() => messages.length === 2, 'it has answered')
  assert.deepEqual(messages[1], { type: 'left', slot: 0, epoch: 4 })
  assert.equal(await lane.stop(10_000), true)
  lane.post(admit)
  assert.deepEqual([deaths, messages.length], [[], 2], 'a message to one that has ended is lost')
})

it('a lane that throws is told dead once, with its own words, and whether it had come up', async (t) => {
  const { lane, deaths } = open(t, 'die')
  await until(() => lane.ready, 'it is up')
  lane.post(admit)
  await until(() => deaths.length > 0, 'its death is told')
  assert.deepEqual(deaths, [{ reason: 'told to die', ready: true }])
  const stillborn = open(t, 'ok', true)
  await until(() => stillborn.deaths.length > 0, 'its death is told')
  assert.deepEqual(stillborn.deaths, [{ reason: 'stillborn', ready: false }])
})

it('a lane that does not end in time is said to run on; ended by force it dies for that reason', async (t) => {
  const { lane, deaths } = open(t, 'loop')
  await until(() => lane.ready, 'it is up')
  lane.post(admit)
  assert.equal(lane.ending, false)
  lane.terminate()
  assert.equal(lane.ending, true)
  await until(() => deaths.length > 0, 'its death is told')
  assert.deepEqual(deaths, [{ reason: 'it stood still and was ended', ready: true }])
  const stuck = open(t, 'loop')
  await until(() => stuck.lane.ready, 'it is up')
  stuck.lane.post(admit)
  await until(() => standsStill(stuck.lane), 'it makes no turn any more')
  assert.equal(await stuck.lane.stop(20), false)
  assert.deepEqual(stuck.deaths, [], 'what is being stopped is not told dead')
})
