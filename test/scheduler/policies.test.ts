import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  type AcousticLimits,
  companions,
  deadlineOf,
  type HopView,
  hopGoesOn,
  listenerLeadMs,
  nextHop,
} from '../../src/scheduler/acoustic-policy.ts'
import {
  type LlmLimits,
  type LlmRow,
  llmLimitsOf,
  planLlmTurn,
  rowToPark,
} from '../../src/scheduler/llm-policy.ts'
import { type DeviceView, placeRequest, refuse } from '../../src/scheduler/placement.ts'
import { nextInRank } from '../../src/scheduler/rank.ts'

const llmLimits: LlmLimits = {
  maxBatch: 4,
  prefillChunk: 32,
  prefillChunkIdle: 128,
  minLeadTokens: 32,
  maxLeadTokens: 100,
  batchBoundMs: 1000,
}
const acousticLimits: AcousticLimits = {
  acousticBatch: 1,
  maxHopBlocks: 4,
  hopGrowthMs: 500,
  batchBoundMs: 1000,
}

const row = (overrides: Partial<LlmRow> & { id: number }): LlmRow => ({
  priority: 'stream',
  arrivedMs: 0,
  prefillLeft: 0,
  starved: false,
  leadTokens: 0,
  ...overrides,
})

const hop = (overrides: Partial<HopView> & { id: number }): HopView => ({
  priority: 'stream',
  arrivedMs: 0,
  firstAudioMs: undefined,
  emittedMs: 0,
  runnable: true,
  ...overrides,
})

it('streams are served before batch work, and batch work older than its bound before newer streams', () => {
  const waiting = [
    { priority: 'batch', arrivedMs: 0 },
    { priority: 'stream', arrivedMs: 500 },
  ] as const
  assert.equal(nextInRank(waiting, 1000), 1)
  assert.equal(nextInRank([waiting[0], { priority: 'stream', arrivedMs: 1001 }], 1000), 0)
  assert.equal(nextInRank([], 1000), -1)
})

it('a turn decodes the least advanced rows and prefills one prompt in a bounded chunk', () => {
  const rows = [3, 1, 2, 5, 4].map((lead, id) => row({ id, leadTokens: lead }))
  const plan = planLlmTurn([...rows, row({ id: 9, prefillLeft: 50, arrivedMs: 7 })], llmLimits)
  assert.deepEqual(plan.decode, [1, 2, 0, 4])
  assert.deepEqual(plan.prefill, { id: 9, positions: 32 })
})

it('prefill takes larger chunks while nobody waits for a token', () => {
  assert.deepEqual(planLlmTurn([row({ id: 1, prefillLeft: 200 })], llmLimits), {
    prefill: { id: 1, positions: 128 },
    decode: [],
  })
})

it('no step is made while every stream has tokens in hand, and a step takes along all that have room', () => {
  const ahead = [32, 60, 99, 100].map((leadTokens, id) => row({ id, leadTokens }))
  assert.deepEqual(planLlmTurn(ahead, llmLimits).decode, [])
  assert.deepEqual(planLlmTurn([...ahead, row({ id: 9, leadTokens: 31 })], llmLimits).decode, [9, 0, 1, 2])
  assert.deepEqual(
    planLlmTurn([...ahead, row({ id: 9, leadTokens: 500, priority: 'batch' })], llmLimits).decode,
    [0, 1, 2, 9],
  )
})

it('a stream gets the tokens that any block needs, whatever a profile says', () => {
  const tuning = { ...llmLimits, llmMaxBatch: 4, minLeadTokens: 1, maxLeadTokens: 2 }
  const limits = llmLimitsOf(tuning, { blockTokens: 50, lookahead: 3 })
  assert.deepEqual(planLlmTurn([row({ id: 1, leadTokens: 52 })], limits).decode, [1])
  assert.deepEqual(planLlmTurn([row({ id: 1, leadTokens: 53 })], limits).decode, [])
})

it('a stream far ahead of its listener pauses, a batch row never does, a starved row has nothing to decode', () => {
  const rows = [
    row({ id: 1, leadTokens: 100 }),
    row({ id: 2, leadTokens: 5000, priority: 'batch' }),
    row({ id: 3, starved: true }),
  ]
  assert.deepEqual(planLlmTurn(rows, llmLimits).decode, [2])
})

it('any plan keeps within its limits and names only rows that can run, each once', () => {
  const anyRow = fc.record({
    priority: fc.constantFrom('stream' as const, 'batch' as const),
    arrivedMs: fc.nat(5000),
    prefillLeft: fc.oneof(fc.constant(0), fc.nat(300)),
    starved: fc.boolean(),
    leadTokens: fc.nat(200),
  })
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 20 }), (drawn) => {
      const rows = drawn.map((fields, id) => ({ id, ...fields }))
      const { prefill, decode } = planLlmTurn(rows, llmLimits)
      assert(decode.length <= llmLimits.maxBatch)
      assert.equal(new Set(decode).size, decode.length)
      for (const id of decode) assert(rows[id]!.prefillLeft === 0 && !rows[id]!.starved)
      if (prefill !== undefined)
        assert(prefill.positions > 0 && prefill.positions <= rows[prefill.id]!.prefillLeft)
      else assert(rows.every(({ prefillLeft }) => prefillLeft === 0))
    }),
    { seed: 7 },
  )
})

it('a first hop goes before streams that have audio for longer, then the stream that runs dry first, then batch work unless its bound has passed', () => {
  const playing = hop({ id: 1, arrivedMs: 50, firstAudioMs: 100, emittedMs: 900 })
  const nearlyDry = hop({ id: 2, arrivedMs: 0, firstAudioMs: 100, emittedMs: 500 })
  const first = hop({ id: 3, arrivedMs: 550 })
  const batch = hop({ id: 4, arrivedMs: 0, priority: 'batch' })
  const order = (hops: HopView[]) => hops[nextHop(hops, acousticLimits)]?.id
  assert.equal(order([playing, nearlyDry, first, batch]), 2)
  assert.equal(order([{ ...playing, emittedMs: 1500 }, first]), 3)
  assert.equal(order([playing, nearlyDry, batch]), 2)
  assert.equal(order([playing, batch]), 4, 'due at 1000, as playing is, and older')
  assert.equal(order([{ ...playing, emittedMs: 950 }, batch]), 4)
  assert.equal(order([{ ...playing, runnable: false }]), undefined)
})

it('a later part of a speech is due once what comes before it has been played, not since the whole was asked for', () => {
  const later = hop({ id: 1, arrivedMs: 0, neededMs: 9000 })
  const playing = hop({ id: 2, arrivedMs: 0, firstAudioMs: 5000, emittedMs: 1000 })
  const order = (hops: HopView[]) => hops[nextHop(hops, acousticLimits)]?.id
  assert.equal(order([later, playing]), 2)
  assert.equal(order([later, { ...playing, emittedMs: 5000 }]), 1, 'and begins before it is heard')
  const begun = { ...later, firstAudioMs: 6000, emittedMs: 1000 }
  assert.equal(deadlineOf(begun, acousticLimits), 10_000)
  assert.equal(listenerLeadMs(begun, 6500), 3500)
  assert.equal(deadlineOf({ ...begun, neededMs: 2000 }, acousticLimits), 7000, 'it came too late')
})

it('equal deadlines go to the older request', () => {
  const hops = [
    hop({ id: 1, arrivedMs: 20, firstAudioMs: 100, emittedMs: 100 }),
    hop({ id: 2, arrivedMs: 10, firstAudioMs: 150, emittedMs: 50 }),
  ]
  assert.equal(deadlineOf(hops[0]!, acousticLimits), deadlineOf(hops[1]!, acousticLimits))
  assert.equal(nextHop(hops, acousticLimits), 1)
})

it('the most urgent of those that fit join a run, as many as it may have, and nobody where a run has one', () => {
  const hops = [
    hop({ id: 0, firstAudioMs: 0, emittedMs: 900 }),
    hop({ id: 1, firstAudioMs: 0, emittedMs: 300 }),
    hop({ id: 2, firstAudioMs: 0, emittedMs: 600 }),
    hop({ id: 3, arrivedMs: 50 }),
    hop({ id: 4, firstAudioMs: 0, emittedMs: 100, runnable: false }),
    hop({ id: 5, arrivedMs: 100, priority: 'batch' }),
  ]
  const asked: number[] = []
  const joined = (acousticBatch: number, fits: (i: number) => boolean) =>
    companions(hops, 3, { ...acousticLimits, acousticBatch }, (i) => {
      asked.push(i)
      return fits(i)
    })
  assert.deepEqual(
    joined(8, () => true),
    [1, 2, 0, 5],
  )
  asked.length = 0
  assert.deepEqual(
    joined(3, (i) => i !== 1),
    [2, 0],
  )
  assert.deepEqual(asked, [1, 2, 0], 'in the order of urgency, and nobody once the run is full')
  assert.deepEqual(
    joined(1, () => true),
    [],
  )
})

it('a hop is one block for the first and near an underrun, and grows with the lead up to its bound', () => {
  const blocks = (leadMs: number) => {
    let solved = 1
    while (hopGoesOn(leadMs, solved, acousticLimits)) solved++
    return solved
  }
  const playing = hop({ id: 1, firstAudioMs: 0, emittedMs: 2000 })
  assert.equal(listenerLeadMs(hop({ id: 2 }), 50), 0)
  assert.equal(listenerLeadMs(playing, 800), 1200)
  assert.equal(listenerLeadMs(playing, 5000), 0)
  assert.equal(blocks(0), 1)
  assert.equal(blocks(499), 1)
  assert.equal(blocks(1200), 3)
  assert.equal(blocks(Infinity), 4)
})

it('a hop that others delay ends with what it has once its listener is no longer far ahead', () => {
  assert.equal(hopGoesOn(1200, 1, acousticLimits), true)
  assert.equal(hopGoesOn(700, 2, acousticLimits), false)
})

const device = (overrides: Partial<DeviceView> & { id: number }): DeviceView => ({
  healthy: true,
  freeSlots: 1,
  backlogSeconds: 0,
  audioSecondsPerSecond: 10,
  hasVoice: false,
  ...overrides,
})

it('a request goes where it is done soonest, counting a voice that must be solved there first', () => {
  const busyWithVoice = device({ id: 0, backlogSeconds: 2, hasVoice: true })
  const idle = device({ id: 1 })
  assert.equal(placeRequest([busyWithVoice, idle], 3)?.id, 0)
  assert.equal(placeRequest([busyWithVoice, idle], 1)?.id, 1)
  assert.equal(
    placeRequest(
      [
        { ...idle, healthy: false },
        { ...busyWithVoice, freeSlots: 0 },
      ],
      1,
    ),
    undefined,
  )
})

it('a request is refused when the queue is full, when it would expire there, or when no device is healthy', () => {
  const full = [device({ id: 0, freeSlots: 0 })]
  const limits = { maxQueued: 2 }
  assert.equal(refuse([device({ id: 0 })], { length: 0, seconds: 0 }, 100, limits), undefined)
  assert.equal(refuse(full, { length: 1, seconds: 5 }, 10_000, limits), undefined)
  assert.deepEqual(refuse(full, { length: 2, seconds: 30 }, 10_000, limits), {
    reason: 'queue-full',
    retryAfterSeconds: 3,
  })
  assert.equal(refuse(full, { length: 1, seconds: 200 }, 10_000, limits)?.reason, 'would-expire')
  assert.equal(
    refuse([device({ id: 0, healthy: false })], { length: 0, seconds: 0 }, 100, limits)?.reason,
    'no-device',
  )
})

it('a free slot is not for newcomers while others wait, and advice never sends away for long', () => {
  const free = [device({ id: 0 })]
  assert.equal(refuse(free, { length: 3, seconds: 1 }, 10_000, { maxQueued: 3 })?.reason, 'queue-full')
  assert.equal(refuse(free, { length: 3, seconds: 1e6 }, 1e12, { maxQueued: 3 })?.retryAfterSeconds, 60)
})

it('equal ranks keep their order', () => {
  const work = { priority: 'stream', arrivedMs: 5 } as const
  assert.equal(nextInRank([work, work, work], 1000), 0)
})

it('the row to park is the furthest ahead of those that have enough', () => {
  const rows = [40, 90, 60, 10].map((leadTokens, id) => row({ id, leadTokens }))
  assert.equal(rowToPark(rows, llmLimits), 1)
  assert.equal(rowToPark([row({ id: 0, leadTokens: 1 })], llmLimits), undefined)
})
