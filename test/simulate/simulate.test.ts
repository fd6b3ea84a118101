import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import type { CostModel } from '../../bench/cost/cost-model.ts'
import { bestSplit, machineOf } from '../../bench/simulate/core-split.ts'
import { costSource } from '../../bench/simulate/cost-source.ts'
import { estimatedRate, oneStreamRate } from '../../bench/simulate/estimated-rate.ts'
import { percentile, play } from '../../bench/simulate/listening.ts'
import { type SimulationSetup, simulate, simulateListeners } from '../../bench/simulate/simulate.ts'
import { type Crowd, simulateCrowd } from '../../bench/simulate/simulate-crowd.ts'
import { poissonArrivals, type RequestShape } from '../../bench/simulate/workload.ts'
import { ADMISSION_RULES } from '../../src/speech/admission.ts'

const cost: CostModel = {
  origin: 'estimated',
  llmStepMs: 1.5,
  llmStepPerRowMs: 0.3,
  prefillChunkMs: 1.5,
  prefillPerTokenMs: 0.05,
  flowStepMs: 1,
  flowStepPerFrameMs: 0.002,
  flowBlockMs: 2,
  eulerSteps: 10,
  vocoderChunkMs: 3,
  vocoderPerFrameMs: 0.2,
  sharedRunShare: 0,
  overlapSlowdown: 1,
  utteranceMs: 1,
  spread: [1],
}
const shape: RequestShape = { prefillTokens: 100, promptTokens: 77, seconds: 4, secondsSpread: 2, voices: 3 }

const setup = (
  overrides: Partial<SimulationSetup> = {},
  devices = 1,
  flowStepMs = 1,
  acousticLanes = 1,
  acousticBatch = 1,
): SimulationSetup => ({
  devices: Array.from({ length: devices }, () => ({
    cost: { ...cost, flowStepMs, sharedRunShare: acousticBatch === 1 ? 0 : 0.95 },
    acousticLanes,
    threads: 2,
    limits: {
      slots: 24,
      llmSlots: 8,
      llm: {
        maxBatch: 8,
        prefillChunk: 32,
        prefillChunkIdle: 128,
        minLeadTokens: 32,
        maxLeadTokens: 100,
        batchBoundMs: 2000,
      },
      acoustic: { acousticBatch, maxHopBlocks: 4, hopGrowthMs: 1000, batchBoundMs: 2000 },
      grid: { blockTokens: 25, lookahead: 3 },
      heldBackMs: 180,
    },
  })),
  queue: { maxQueued: 64 },
  timeoutMs: 10_000,
  batchBoundMs: 2000,
  ...overrides,
})

it('over thousands of seeded arrivals every request ends exactly once, whatever the load', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(1000), fc.boolean(), (rate, seed, mixed) => {
      const requests = poissonArrivals(250, rate, shape, seed).map((request) =>
        mixed && request.id % 3 === 0 ? { ...request, priority: 'batch' as const } : request,
      )
      const result = simulate(requests, setup({}, 1 + (seed % 2), 1, 1 + (seed % 3), 1 + (seed % 5)))
      assert.equal(result.finished.length + result.refused + result.expired, requests.length)
      assert.equal(new Set(result.finished.map(({ request }) => request.id)).size, result.finished.length)
      for (const { request, emittedMs, tokens } of result.finished) {
        assert.equal(tokens, request.speechTokens)
        assert.equal(emittedMs, request.speechTokens * 40, 'audio lost or doubled')
      }
    }),
    { seed: 1, numRuns: 8 },
  )
})

it('at a light load listeners hear no gap, and first audio comes at the first block boundary', () => {
  const result = simulate(poissonArrivals(60, 1, shape, 5), setup())
  assert.equal(result.refused + result.expired, 0)
  for (const { chunks } of result.finished) assert.equal(play(chunks, 0).stalls, 0)
  const first = result.finished.map(({ firstAudioMs, request }) => firstAudioMs! - request.arrivedMs)
  // Prefill 100 positions, 23 + 3 tokens at about 2 ms, ten Euler steps, one small vocoder chunk; the prompt once.
  assert(percentile(first, 50) > 60 && percentile(first, 50) < 250, `first audio ${percentile(first, 50)} ms`)
})

it('batch work is served within its bound however many streams come', () => {
  const streams = poissonArrivals(600, 4, shape, 9)
  const batch = { ...streams[300]!, id: 99_999, priority: 'batch' as const }
  const { finished } = simulate([...streams, batch], setup({ timeoutMs: 60_000 }))
  const done = finished.find(({ request }) => request.id === 99_999)
  assert(done !== undefined, 'batch work starved')
  assert(done.finishedMs! - batch.arrivedMs < 2000 + 8000, `took ${done.finishedMs! - batch.arrivedMs} ms`)
})

it("the queue is the server's: a full one takes another for the last in rank, and what waits too long is told so", () => {
  const at = (id: number, arrivedMs: number, priority: 'stream' | 'batch') => ({
    ...{ id, arrivedMs, priority, voiceKey: 'voice-0' },
    ...{ prefillTokens: 100, promptTokens: 77, speechTokens: 100 },
  })
  const one = setup({ queue: { maxQueued: 1 }, timeoutMs: 60_000 })
  const devices = one.devices.map((device) => ({ ...device, limits: { ...device.limits, slots: 1 } }))
  const requests = [at(0, 0, 'stream'), at(1, 1, 'batch'), at(2, 2, 'stream'), at(3, 3, 'stream')]
  const full = simulate(requests, { ...one, devices })
  // The batch work gives its place to a stream; the second stream finds a queue full of its own kind.
  assert.deepEqual(
    full.finished.map(({ request }) => request.id),
    [0, 2],
  )
  assert.deepEqual([full.refused, full.expired], [2, 0])
  const late = simulate(requests.slice(0, 2), { ...one, devices, timeoutMs: 50, queue: { maxQueued: 9 } })
  assert.deepEqual([late.refused, late.expired], [0, 1])
})

it('two devices carry about twice the listeners of one', () => {
  const stutterFree = (listeners: number, devices: number) => {
    const { finished } = simulateListeners(listeners, 3, shape, 2, setup({}, devices, 5))
    return finished.filter(({ chunks }) => play(chunks, 100).stalls === 0).length / finished.length
  }
  const capacity = (devices: number) => {
    let listeners = 2
    while (listeners < 60 && stutterFree(listeners, devices) >= 0.99) listeners += 2
    return listeners
  }
  const one = capacity(1)
  const two = capacity(2)
  assert(two >= 1.6 * one, `one device carries ${one}, two carry ${two}`)
})

it('where starting a run is what costs, hops that share runs carry more listeners', () => {
  const smooth = (listeners: number, acousticBatch: number) => {
    const result = simulateListeners(listeners, 3, shape, 7, setup({}, 1, 4, 1, acousticBatch))
    return (
      result.finished.filter(({ chunks }) => play(chunks, 100).stalls === 0).length / result.finished.length
    )
  }
  assert.ok(smooth(4, 1) > 0.95)
  assert.ok(smooth(24, 1) < 0.3, 'one hop at a time is not enough for so many')
  assert.ok(smooth(16, 8) > 0.9)
  assert.ok(smooth(24, 8) > 0.5)
})

/** 48 listeners, more than twice what the device carries; as many slots. */
function crowd(overrides: Partial<Crowd>) {
  const machine = setup({}, 1, 4, 2).devices[0]!
  const devices = [{ ...machine, limits: { ...machine.limits, slots: 48, llmSlots: 48 } }]
  return simulateCrowd(setup({ devices }), {
    listeners: 48,
    seconds: 16,
    shape: { ...shape, seconds: 9, secondsSpread: 3 },
    seed: 3,
    retryMs: undefined,
    requestMs: 2,
    believed: 1,
    overestimate: 1.2,
    busy: 0,
    busyFrom: 0,
    rules: ADMISSION_RULES,
    ...overrides,
  })
}

it('of a crowd as many are served as can be heard without a gap, and the others are refused', () => {
  const without = crowd({ rules: undefined })
  const admitted = crowd({})
  assert.ok(without.clean < 0.3, `${without.clean} without`)
  assert.ok(admitted.clean > 0.97, `${admitted.clean} admitted`)
  assert.ok(admitted.goodput > 3 * without.goodput, `${admitted.goodput}, ${without.goodput} without`)
  assert.ok(admitted.refused > 0)
})

it('a crowd that comes again whatever it was told costs what its requests cost, and no listener', () => {
  const impatient = crowd({ retryMs: 500, requestMs: 4 })
  assert.ok(impatient.clean > 0.97, `${impatient.clean}`)
  assert.ok(impatient.goodput > 0.8 * crowd({}).goodput, `${impatient.goodput}`)
})

it('where others take a core in the midst of it those who listen are heard to their end', () => {
  const slowed = (levelSeconds: number) =>
    crowd({
      retryMs: 500,
      requestMs: 4,
      busy: 1,
      busyFrom: 8,
      seconds: 24,
      rules: { ...ADMISSION_RULES, levelSeconds },
    })
  const [with_, without] = [slowed(ADMISSION_RULES.levelSeconds), slowed(0)]
  assert.ok(with_.clean > 0.95, `${with_.clean}`)
  assert.ok(with_.clean > without.clean, `${with_.clean}, ${without.clean} by the rate alone`)
})

it('the same seed gives the same simulation', () => {
  const ends = () =>
    simulate(poissonArrivals(200, 8, shape, 3), setup()).finished.map(({ finishedMs }) => finishedMs)
  assert.deepEqual(ends(), ends())
})

it('a player stalls when it has played all that came, and a buffer postpones that', () => {
  const chunks = [
    { atMs: 0, audioMs: 100 },
    { atMs: 150, audioMs: 100 },
    { atMs: 240, audioMs: 100 },
  ]
  assert.deepEqual(play(chunks, 0), { stalls: 1, stalledMs: 50 })
  assert.deepEqual(play(chunks, 150), { stalls: 0, stalledMs: 0 })
  assert.deepEqual(play([], 0), { stalls: 0, stalledMs: 0 })
  assert.equal(percentile([4, 1, 3, 2], 50), 2)
  assert.equal(percentile([4, 1, 3, 2], 99), 4)
})

it('cores go to as few devices as can be fed: one where the LLM is fast, several where a lane of it is the limit', () => {
  const quick = { ...cost, llmStepMs: 0.1, llmStepPerRowMs: 0.01 }
  assert.equal(bestSplit(quick, 8).devices, 1)
  const slow = bestSplit({ ...cost, llmStepMs: 8, llmStepPerRowMs: 1 }, 16)
  assert.ok(slow.devices > 1, `${slow.devices}`)
  assert.equal(slow.devices * slow.cores, 16)
  for (const cores of [1, 2, 3, 5, 12]) {
    const split = bestSplit(cost, cores)
    assert.equal(split.devices * split.cores, cores)
    assert.ok(split.rate >= 0.95 * estimatedRate(machineOf(cost, cores)))
  }
})

it('costs of any bundle that was measured are simulated with its own blocks', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-cost-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'cost.json')
  const model = { family: 'cosyvoice3', chunkTokens: 50, lookahead: 5, heldBackMs: 81 }
  await writeFile(
    file,
    JSON.stringify({ result: { model, devices: [{ cost: { ...cost, eulerSteps: 7 } }] } }),
  )
  const source = await costSource({ profile: 'cpu', file, slower: 2, evaluations: 10 })
  assert.deepEqual(source.facts, { chunkTokens: 50, lookahead: 5, heldBackMs: 81, timeoutMs: 60_000 })
  assert.equal(source.cost.eulerSteps, 7)
  assert.equal(source.cost.llmStepMs, 2 * cost.llmStepMs)
  await writeFile(file, JSON.stringify({ result: { devices: [{ cost }] } }))
  await assert.rejects(costSource({ profile: 'cpu', file, slower: 1, evaluations: 10 }), /model/)
})

it('a single stream is made as fast as the slower of its LLM and its flow, each with a core', () => {
  // 25 steps of 1.8 ms; a block of 2 + 10 · (1 + .8) ms, and a hop of 50 frames.
  assert.ok(Math.abs(1000 / oneStreamRate(cost) - 45) < 1e-9)
  const slowFlow = { ...cost, flowStepMs: 50 }
  assert.ok(Math.abs(1000 / oneStreamRate(slowFlow) - (2 + 10 * 50.8 + 3 + 50 * 0.2)) < 1e-9)
  assert.ok(oneStreamRate(slowFlow) < oneStreamRate(cost))
})

it('parts of jobs take what listeners leave: no gap, every part done, and first audio as soon but for the turns under way', () => {
  for (const rate of [0.5, 1.5, 2.5]) {
    const listeners = poissonArrivals(150, rate, shape, 1)
    const until = listeners.at(-1)!.arrivedMs
    // Twenty seconds of a book every second of listening: more than the device has left.
    const parts = Array.from({ length: Math.floor(until / 1000) }, (_, i) => ({
      ...listeners[0]!,
      id: listeners.length + i,
      arrivedMs: i * 1000,
      priority: 'batch' as const,
      speechTokens: 500,
    }))
    const heard = (requests: typeof listeners) => {
      const result = simulate(requests, setup())
      const live = result.finished.filter(({ request }) => request.priority === 'stream')
      assert.equal(result.finished.length, requests.length)
      for (const { chunks } of live) assert.equal(play(chunks, 0).stalls, 0)
      const waits = live.map(({ request, firstAudioMs }) => firstAudioMs! - request.arrivedMs)
      return { first: percentile(waits, 95), busy: Math.max(result.llmBusy, result.acousticBusy) }
    }
    const alone = heard(listeners)
    const beside = heard([...listeners, ...parts])
    assert(alone.busy < 0.4 && beside.busy > 0.9, `busy ${alone.busy} alone, ${beside.busy} with parts`)
    assert(
      beside.first < alone.first + 60,
      `first audio ${alone.first} ms alone, ${beside.first} ms with parts`,
    )
  }
})
