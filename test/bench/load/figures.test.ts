import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { broken, findCapacity } from '../../../bench/load/capacity.ts'
import { compared } from '../../../bench/load/compare.ts'
import { type Figures, figuresOf, spread } from '../../../bench/load/figures.ts'
import type { Outcome } from '../../../bench/load/outcome.ts'
import { type Arrival, gapsOf, play } from '../../../bench/load/playback.ts'
import { merged, worldly } from '../../../bench/load/result-file.ts'
import { SampleStream } from '../../../bench/load/sample-stream.ts'
import { schedule } from '../../../bench/load/schedule.ts'
import { kneeOf } from '../../../bench/load/sweep.ts'
import { circumstancesLine, table } from '../../../bench/load/table.ts'
import { wavHeader } from '../../../src/audio/wav-writer.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const arrivals = (...pairs: [number, number][]): Arrival[] =>
  pairs.map(([atMs, audioMs]) => ({ atMs, audioMs }))

describe('a player', () => {
  it('never stands still while audio comes before it is needed', () => {
    assert.deepEqual(play(arrivals([100, 200], [250, 200], [499, 100]), 0), {
      stallMs: 0,
      stalls: 0,
      endMs: 600,
    })
  })
  it('stands still for exactly as long as audio is late, and a buffer takes that up', () => {
    const late = arrivals([0, 100], [180, 100], [400, 100])
    assert.deepEqual(play(late, 0), { stallMs: 200, stalls: 2, endMs: 500 })
    assert.deepEqual(play(late, 100), { stallMs: 100, stalls: 1, endMs: 500 })
    assert.deepEqual(play(late, 200), { stallMs: 0, stalls: 0, endMs: 500 })
  })
  it('has nothing to play where nothing came', () => {
    assert.deepEqual(play([], 100), { stallMs: 0, stalls: 0, endMs: 0 })
  })
})

describe('what people are shown', () => {
  const figuresWith = (requests: number, ok: number): Figures => ({
    ...figuresOf([], { firstAudioMs: 500, bufferMs: 100 }),
    requests,
    ok,
    errors: requests - ok,
  })
  it('has no times where nothing was heard', () => {
    const shown = table(figuresWith(8, 0))
    assert.match(shown, /first audio, ms +– +– +– +–\n/)
    assert.match(shown, /0 of 8 requests ok/)
    assert.doesNotMatch(shown, / 0\.0 +0\.0|NaN/)
    const stored = JSON.parse(JSON.stringify(figuresWith(8, 0))) as Figures
    assert.deepEqual([stored.ttfa_ms.p50, stored.rtf.mean, stored.stall_ms['0']!.max], [null, null, null])
  })
  it('marks percentiles of few answers', () => {
    const heard = (ok: number) => ({ ...figuresWith(ok, ok), ttfa_ms: spread([200]) })
    const rowOf = (ok: number) => table(heard(ok)).split('\n')[1]!
    assert.equal(rowOf(19).match(/\?/g)?.length, 2)
    assert.equal(rowOf(20).match(/\?/g)?.length, 1)
    assert.doesNotMatch(rowOf(100), /\?/)
    assert.match(table(figuresWith(20, 20)), /\n\?: of 20 answers and more a p95/)
    assert.doesNotMatch(table(figuresWith(100, 100)), /\?/)
  })
  it('says where and when it was measured, and whether others were at work', () => {
    const at = {
      date: '2026-01-02',
      commit: 'abc',
      node: '20',
      cpu: 'EPYC',
      cores: 2,
      memoryGiB: 4,
      load: 1.5,
    }
    assert.equal(circumstancesLine(at), '2026-01-02, EPYC, 2 cores, load 1.5, commit abc')
    assert.match(circumstancesLine({ ...at, load: 2.6 }), /\nwarning: a load of 2\.6 on 2 cores/)
  })
  it('compares only what was measured', () => {
    assert.match(compared(figuresWith(3, 3), figuresWith(3, 2)), /errors +0 +1/)
    const heard = { ...figuresWith(30, 30), ttfa_ms: spread([200]) }
    const lines = compared(heard, JSON.parse(JSON.stringify({ ...heard, gap_ms: spread([]) })) as Figures)
    assert.match(lines, /first audio p50, ms +200\.0 +200\.0 +1\.000\n/)
    assert.match(lines, /first audio p99, ms +200\.0 \? +200\.0 \? +1\.000\n/)
    assert.match(lines, /\n\?: of 20 answers and more/)
    assert.match(lines, /gap p99, ms +– +– +–\n/)
    assert.throws(() => compared(figuresWith(3, 3), figuresWith(3, 0)), /^Error: b: .* got 3 that all failed/)
    assert.throws(() => compared({} as Figures, figuresWith(3, 3)), /^Error: a: /)
  })
})

it('a chunk that comes in several reads is one chunk', () => {
  const reads = arrivals([0, 50], [1, 50], [3, 50], [300, 50], [301, 50], [500, 10])
  assert.deepEqual(gapsOf(reads), [300, 200])
  assert.deepEqual(gapsOf([]), [])
})

it('percentiles are by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.deepEqual(spread(values), { p50: 50, p95: 95, p99: 99, mean: 50.5, max: 100 })
  assert.deepEqual(spread([7]), { p50: 7, p95: 7, p99: 7, mean: 7, max: 7 })
})

function outcome(changes: Partial<Outcome> = {}): Outcome {
  const audio = { sampleRate: 1000, samples: 1000, firstAudible: 250, clipped: 0, peak: 0.5, faults: [] }
  return {
    index: 0,
    dueMs: 0,
    startMs: 1,
    connectMs: 2,
    t0Ms: 3,
    firstByteMs: 10,
    arrivals: arrivals([103, 200], [203, 300], [903, 500]),
    endMs: 1003,
    audio,
    error: undefined,
    ...changes,
  }
}

it('the figures of one request are what its times say', () => {
  const figures = figuresOf([outcome()], { firstAudioMs: 100, bufferMs: 200 })
  assert.equal(figures.ttfa_ms.p50, 100)
  // Heard 250 ms into the audio, which plays from the first sample on.
  assert.equal(figures.ttfa_audible_ms.p50, 350)
  assert.equal(figures.e2e_ms.p50, 1000)
  assert.equal(figures.rtf.p50, 1)
  assert.equal(figures.gap_ms.max, 700)
  assert.equal(figures.lag_ms.max, 1)
  assert.equal(figures.audio_s, 1)
  assert.equal(figures.wall_s, 1.003)
  assert.deepEqual(figures.underruns, { 0: 1, 100: 1, 200: 1 })
  assert.equal(figures.stall_ms['200']!.max, 100)
  assert.equal(figures.goodput_per_s, 0)
})

it('errors are counted by kind, are never free of stutter, and their times are not mixed in', () => {
  const failed = outcome({ error: 'HTTP 503 OVERLOADED', arrivals: [], audio: undefined, endMs: 9 })
  const figures = figuresOf([outcome({ arrivals: arrivals([103, 1000]) }), failed], {
    firstAudioMs: 300,
    bufferMs: 100,
  })
  assert.deepEqual([figures.ok, figures.errors, figures.errors_by], [1, 1, { 'HTTP 503 OVERLOADED': 1 }])
  assert.equal(figures.e2e_ms.p50, 1000)
  assert.deepEqual(figures.stutter_free, { 0: 0.5, 100: 0.5, 200: 0.5 })
})

it('a refusal is told from a failure, and clean audio is that of streams without a stall', () => {
  const nothing = { arrivals: [], audio: undefined, endMs: 9 }
  const figures = figuresOf(
    [
      outcome({ arrivals: arrivals([103, 1000]) }),
      outcome(),
      outcome({ ...nothing, error: 'HTTP 503 OVERLOADED', refusal: { retryAfterS: 2 } }),
      outcome({ ...nothing, error: 'HTTP 429 RATE_LIMITED', refusal: { retryAfterS: undefined } }),
      outcome({ ...nothing, error: 'ECONNRESET' }),
    ],
    { firstAudioMs: 300, bufferMs: 200 },
  )
  assert.deepEqual([figures.errors, figures.refused, figures.refused_without_time], [3, 2, 1])
  assert.equal(figures.clean_of_accepted['200'], 1 / 3)
  assert.equal(figures.clean_audio_s_per_s['200'], 1 / 1.003)
})

it('the knee is the least load with nearly the best goodput', () => {
  const row = (listeners: number, clean: number) => ({
    listeners,
    figures: { clean_audio_s_per_s: { 200: clean } } as unknown as Figures,
  })
  assert.equal(kneeOf([row(1, 1), row(8, 8), row(16, 9.7), row(32, 10), row(64, 6)]), 16)
})

it('files of two generators make one run on the clock of the world', () => {
  const own = [outcome(), outcome({ t0Ms: 13, startMs: 11, dueMs: 10, endMs: 2000 })]
  const limits = { firstAudioMs: 300, bufferMs: 200 } as const
  const files = own.map((one, i) => ({
    path: `${i}.json`,
    content: { goodput_limits: limits, outcomes: worldly([one], 5000) },
  }))
  assert.deepEqual(merged(files), figuresOf(own, limits))
  assert.throws(() => merged([{ path: 'x.json', content: figuresOf(own, limits) }]), /x\.json: expected/)
})

it('audio is counted the same however its bytes are cut', () => {
  const random = new SeededRandom(4)
  const values = Int16Array.from({ length: 2000 }, (_, i) => (i < 300 ? 0 : i % 7 === 0 ? 32_767 : 500))
  const bytes = Buffer.concat([wavHeader(16_000), Buffer.from(values.buffer)])
  for (let round = 0; round < 50; round++) {
    const stream = new SampleStream('wav', 8000)
    let completed = 0
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.below(round < 5 ? 3 : 400)
      completed += stream.push(bytes.subarray(at, at + size))
      at += size
    }
    const facts = stream.finish()
    assert.deepEqual(
      [completed, facts.samples, facts.sampleRate, facts.firstAudible],
      [2000, 2000, 16_000, 300 + 0],
    )
    assert.equal(facts.clipped, 243)
    assert.deepEqual(facts.faults, [])
  }
})

it('a broken container is told', () => {
  const faults = (container: 'wav' | 'pcm', bytes: Buffer) => {
    const stream = new SampleStream(container, 16_000)
    stream.push(bytes)
    return stream.finish().faults
  }
  const exact = Buffer.concat([wavHeader(16_000, 100), Buffer.alloc(200)])
  assert.deepEqual(faults('wav', exact), [])
  assert.deepEqual(faults('wav', exact.subarray(0, -20)), ['header says 200 bytes, 180 came'])
  assert.deepEqual(faults('wav', Buffer.from('{"message":"no"}')), ['no WAV header'])
  assert.deepEqual(faults('wav', Buffer.alloc(0)), ['no audio'])
  assert.deepEqual(faults('pcm', Buffer.alloc(3)), ['half a sample at the end'])
})

it('arrivals have the asked rate exactly, are seeded, and look like Poisson ones', () => {
  const common = {
    mode: 'open' as const,
    burst: 1,
    burstEveryMs: 1,
    arrivals: undefined,
    texts: ['a', 'b'],
    speakers: 3,
    rate: 20,
  }
  const requests = schedule({ ...common, requests: 4000, seed: 1 })
  assert.deepEqual(schedule({ ...common, requests: 4000, seed: 1 }), requests)
  assert.notDeepEqual(schedule({ ...common, requests: 4000, seed: 2 }), requests)
  assert.deepEqual([...new Set(requests.map(({ speaker }) => speaker))].sort(), [0, 1, 2])
  assert(requests.at(-1)!.atMs! <= 200_000 && requests.at(-1)!.atMs! > 198_000)
  const gaps = requests.slice(1).map(({ atMs }, i) => atMs! - requests[i]!.atMs!)
  assert(gaps.every((gap) => gap >= 0))
  // Of exponential gaps a share of 1/e is longer than the mean.
  const longer = gaps.filter((gap) => gap > 50).length / gaps.length
  assert(Math.abs(longer - Math.exp(-1)) < 0.03, `${longer}`)
})

it('the search finds the largest number that holds, and needs every seed to hold', async () => {
  const figures = (changes: Partial<Figures>): Figures => ({
    ...figuresOf([outcome({ arrivals: arrivals([103, 1000]) })], { firstAudioMs: 400, bufferMs: 100 }),
    ...changes,
  })
  assert.equal(broken(figures({})), '')
  const late = { ...figures({}).ttfa_audible_ms, p95: 401 }
  assert.equal(broken(figures({ ttfa_audible_ms: late })), 'first sound p95 401 ms')
  assert.equal(broken(figures({ stutter_free: { 0: 0, 100: 0.985, 200: 1 } })), '98.5 % free of stutter')
  assert.equal(broken(figures({ integrity: { silent: 2, clipped: 0, faults: 0 } })), '2 silent')
  assert.equal(broken(figures({ ok: 0 })), 'nothing was heard')
  for (const truth of [0, 1, 5, 9]) {
    const { listeners } = await findCapacity(async (n) => figures({ errors: n > truth ? 1 : 0 }), 100)
    assert.equal(listeners, truth)
  }
  const { listeners } = await findCapacity(
    async (n, seed) => figures({ errors: n > 3 && seed === 3 ? 1 : 0 }),
    100,
  )
  assert.equal(listeners, 3)
  assert.equal((await findCapacity(async () => figures({}), 16)).listeners, 16)
})
