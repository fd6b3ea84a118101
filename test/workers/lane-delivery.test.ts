/** What the acoustic lane's turns do with a model's samples and failures; the model is a script. */
import assert from 'node:assert/strict'
import { beforeEach, it } from 'node:test'
import type { AcousticRequest } from '../../src/core/acoustic-request.ts'
import type {
  AcousticModel,
  AcousticUtterance,
  RunResult,
  TokenSource,
} from '../../src/engine/acoustic/acoustic-model.ts'
import { AcousticLaneTurns } from '../../workers/acoustic-lane-turns.ts'

const HOP = 10

/** A sample for each token, ten a run. */
class Scripted implements AcousticUtterance {
  readonly seed: number
  readonly bytes = 0
  readonly tokens: TokenSource
  constructor(seed: number, tokens: TokenSource) {
    this.seed = seed
    this.tokens = tokens
  }
  get next() {
    return this.tokens.ended || this.tokens.available >= HOP ? ('block' as const) : undefined
  }
}

let runs: number[]
let closed: number[]
let failing: number | undefined
let rings: { tokens: number[]; ended: boolean; samples: number[]; room: number; end?: boolean }[]
let left: { slot: number; epoch: number; failed: string | undefined }[]
let nowMs: number
let lane: AcousticLaneTurns<Scripted>

beforeEach(() => {
  runs = []
  closed = []
  failing = undefined
  rings = []
  left = []
  nowMs = 0
  lane = new AcousticLaneTurns<Scripted>({
    model: scriptedModel(),
    limits: { maxHopBlocks: 2, hopGrowthMs: 500, batchBoundMs: 2000, acousticBatch: 1 },
    stateBytes: 1,
    tokensOf: (slot) => ({
      get available() {
        return rings[slot]!.tokens.length
      },
      get ended() {
        return rings[slot]!.ended
      },
      failed: false,
      take: (count) => Int32Array.from(rings[slot]!.tokens.splice(0, count)),
    }),
    audioOf: (slot) => ({
      push: (samples) => {
        const ring = rings[slot]!
        const moved = Math.min(ring.room, samples.length)
        ring.samples.push(...samples.subarray(0, moved))
        ring.room -= moved
        return moved
      },
      end: (failed) => {
        rings[slot]!.end = failed
      },
    }),
    leave: (slot, epoch, failed) => left.push({ slot, epoch, failed }),
    nowMs: () => nowMs,
  })
})

function scriptedModel(): AcousticModel<Scripted> {
  return {
    sampleRate: 1000,
    bytes: 0,
    freeableBytes: () => 0,
    growth: () => 0,
    growthOnceFreed: () => 0,
    free: () => {},
    addVoice: () => {},
    adoptPrompt: () => {},
    dropVoice: () => {},
    open: ({ seed }: AcousticRequest, tokens) => new Scripted(seed, tokens),
    run: (utterance): RunResult<Scripted>[] => {
      runs.push(utterance.seed)
      if (utterance.seed === failing) return [{ utterance, failed: 'told to fail' }]
      const samples = Float32Array.from(utterance.tokens.take(HOP))
      return [{ utterance, samples, last: utterance.tokens.ended && utterance.tokens.available === 0 }]
    },
    close: ({ seed }) => closed.push(seed),
    expire: () => 0,
    takeMeanBatch: () => 0,
  }
}

const COUNT = Array.from({ length: 35 }, (_, i) => i)

function admit(arrivedMs: number, room = Infinity, priority: 'stream' | 'batch' = 'stream') {
  const ring = { tokens: [...COUNT], ended: true, samples: [] as number[], room }
  rings.push(ring)
  lane.apply({
    type: 'admit',
    slot: rings.length - 1,
    epoch: 7,
    priority,
    arrivedMs,
    utterance: {
      voiceKey: 'anna',
      mode: 'blocks',
      speed: 1,
      seed: rings.length - 1,
      sourceNoise: 'seeded',
      expectedTokens: 100,
    },
  })
  return rings.at(-1)!
}

it('while a ring is full its utterance makes no run, others do, and no sample is lost or doubled', () => {
  const full = admit(0, 4)
  const free = admit(1)
  while (lane.turn());
  assert.deepEqual(full.samples, COUNT.slice(0, 4))
  assert.equal(runs.filter((seed) => seed === 0).length, 1, 'one run, whose samples wait')
  assert.deepEqual(free.samples, COUNT)
  assert.deepEqual([full.end, free.end], [undefined, false])
  for (let more = 0; full.end === undefined; more++) {
    assert.ok(more < 100)
    full.room += 3
    lane.turn()
  }
  assert.deepEqual(full.samples, COUNT)
  assert.equal(full.end, false)
  assert.deepEqual(left, [
    { slot: 1, epoch: 7, failed: undefined },
    { slot: 0, epoch: 7, failed: undefined },
  ])
  assert.deepEqual(closed, [1, 0])
})

it('of equally urgent newcomers the oldest is first, and a listener with audio waits for one without', () => {
  admit(5)
  admit(3)
  admit(4)
  for (let turn = 0; turn < 3; turn++) lane.turn()
  // A hop is 10 ms of audio: each is dry at once, from the moment of its first samples on.
  assert.deepEqual(runs.slice(0, 1), [1])
  while (lane.turn());
  assert.deepEqual([...new Set(runs)].length, 3)
  assert.ok(left.every(({ failed }) => failed === undefined))
})

it('a failure of the model ends the utterance with its reason and an incomplete ring, and no other', () => {
  const good = admit(0)
  const bad = admit(1)
  failing = 1
  while (lane.turn());
  assert.deepEqual([good.end, bad.end], [false, true])
  assert.deepEqual(
    left.find(({ slot }) => slot === 1),
    { slot: 1, epoch: 7, failed: 'told to fail' },
  )
  assert.equal(lane.size, 0)
})

it('a cancel of an earlier epoch is late; one of this epoch ends what is left, incomplete', () => {
  const ring = admit(0, 4)
  lane.turn()
  lane.apply({ type: 'cancel', slot: 0, epoch: 6 })
  assert.equal(lane.size, 1)
  lane.apply({ type: 'cancel', slot: 0, epoch: 7 })
  lane.apply({ type: 'cancel', slot: 0, epoch: 7 })
  assert.equal(ring.end, true)
  assert.deepEqual(left, [{ slot: 0, epoch: 7, failed: undefined }])
  assert.deepEqual(closed, [0])
})
