/**
 * Every time the harness reports, against what a scripted server knows it did, by the server's own record. Both run in
 * this process: a busy machine holds up both nearly alike, and what differs is the harness's error.
 */
import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { it } from 'node:test'
import { BUFFERS_MS, type Figures, figuresOf, type Limits, type Spread } from '../../../bench/load/figures.ts'
import { loadTest } from '../../../bench/load/load-test.ts'
import { readOptions } from '../../../bench/load/options.ts'
import type { Outcome } from '../../../bench/load/outcome.ts'
import { type Script, type Sent, startScripted } from './scripted-server.ts'

const LIMITS = { firstAudioMs: 150, bufferMs: 100 } as const

/** The server's record as what a client without error would have measured. */
function trueOutcome({ receivedMs, chunks, endedMs }: Sent, script: Script, index: number): Outcome {
  const sampleRate = script.rawRate ?? 16_000
  return {
    index,
    dueMs: receivedMs,
    startMs: receivedMs,
    connectMs: 0,
    t0Ms: receivedMs,
    firstByteMs: chunks[0]! - receivedMs,
    arrivals: chunks.map((atMs) => ({ atMs, audioMs: script.audioMs })),
    endMs: endedMs,
    audio: {
      sampleRate,
      samples: (sampleRate * script.audioMs * chunks.length) / 1000,
      firstAudible: (sampleRate * (script.silenceMs ?? 0)) / 1000,
      clipped: 0,
      peak: 0.25,
      faults: [],
    },
    error: undefined,
  }
}

const TIMES = ['ttfb_ms', 'ttfa_ms', 'ttfa_audible_ms', 'e2e_ms', 'gap_ms'] as const

/** What a round reported wrongly: figure → how. */
type Misses = ReadonlyMap<string, string>

/** A round: compares what was reported with what the server knows, given how late this process may have run (ms). */
type Round = (late: () => number) => Promise<Misses>

/**
 * Each figure must be right in one round at least, within 2 ms and what this process ran late. One round is enough
 * where that was little: the scripts come no nearer to a limit.
 */
async function assertTrueFigures(round: Round): Promise<void> {
  let never: Misses | undefined
  let judged = false
  for (let turn = 0; turn < MOST_ROUNDS && !(judged && never?.size === 0); turn++) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const late = () => delay.max / 1e6
    const misses = [...(await round(late))]
    judged ||= late() <= ON_TIME_MS
    delay.disable()
    const last = never
    never = new Map(last === undefined ? misses : misses.filter(([figure]) => last.has(figure)))
  }
  assert.deepEqual([...(never ?? new Map()).values()], [])
}

const MOST_ROUNDS = 4
/** The least that a script keeps from a limit, less the 2 ms. */
const ON_TIME_MS = 25

/** Within 2 ms (or what else is given) or 1 %. */
function near(got: number, expected: number, absolute = 2): boolean {
  return Math.abs(got - expected) <= Math.max(absolute, Math.abs(expected) / 100)
}

function missesOf(got: Figures, known: readonly Outcome[], limits: Limits, lateMs: number): Misses {
  const expected = figuresOf(known, limits)
  const error = 2 + lateMs
  const misses = new Map<string, string>()
  const compare = (figure: string, reported: number, truth: number, absolute = error) => {
    if (!near(reported, truth, absolute))
      misses.set(figure, `${figure}: reported ${reported}, the server knows ${truth}`)
  }
  const spreads: [string, Spread, Spread][] = [
    ...TIMES.map((key): [string, Spread, Spread] => [key, got[key], expected[key]]),
    ...BUFFERS_MS.map((buffer): [string, Spread, Spread] => [
      `stall_ms ${buffer}`,
      got.stall_ms[buffer]!,
      expected.stall_ms[buffer]!,
    ]),
  ]
  for (const [key, reported, truth] of spreads)
    for (const p of ['p50', 'p95', 'mean'] as const) compare(`${key} ${p}`, reported[p], truth[p])
  compare('rtf p50', got.rtf.p50, expected.rtf.p50, error / 400)
  compare('audio s per s', got.audio_s_per_s, expected.audio_s_per_s, (expected.audio_s_per_s * error) / 1000)

  // Counts of crossed limits: as many as there are for a client that sees each stream a little better, or a little
  // worse.
  const between = (figure: string, reported: number, least: number, most: number) => {
    if (reported < least || reported > most)
      misses.set(figure, `${figure}: reported ${reported}, the server knows ${least} to ${most}`)
  }
  const seen = (byMs: number) =>
    figuresOf(
      known.map((outcome) => bent(outcome, byMs)),
      { ...limits, firstAudioMs: limits.firstAudioMs - 2 * byMs },
    )
  const [better, worse] = [seen(-error), seen(error)]
  for (const buffer of BUFFERS_MS) {
    between(
      `underruns ${buffer}`,
      got.underruns[buffer]!,
      better.underruns[buffer]!,
      worse.underruns[buffer]!,
    )
    between(
      `stutter_free ${buffer}`,
      got.stutter_free[buffer]!,
      worse.stutter_free[buffer]!,
      better.stutter_free[buffer]!,
    )
  }
  const good = (figures: Figures) => Math.round(figures.goodput_per_s * figures.wall_s)
  between('goodput', good(got), good(worse), good(better))

  // What does not depend on time is right in every round.
  for (const key of ['requests', 'ok', 'errors', 'integrity'] as const)
    assert.deepEqual(got[key], expected[key], key)
  assert.equal(got.audio_s.toFixed(6), expected.audio_s.toFixed(6))
  return misses
}

/** The first chunk so much earlier and all others later: nearer to a stall. */
function bent(outcome: Outcome, byMs: number): Outcome {
  let last = 0
  const arrivals = outcome.arrivals.map(({ atMs, audioMs }, i) => {
    last = Math.max(last, atMs + (i === 0 ? -byMs : byMs))
    return { atMs: last, audioMs }
  })
  return { ...outcome, arrivals }
}

// A third of the streams play through, a third stall once, a third twice; one in three begins late.
const SCRIPTS: readonly Script[] = [
  { delaysMs: [60, 40, 40, 40], audioMs: 100, silenceMs: 130 },
  { delaysMs: [60, 90, 250, 40], audioMs: 100, silenceMs: 50 },
  { delaysMs: [200, 20, 340, 320], audioMs: 100, silenceMs: 0 },
]

for (const [how, args, rawRate] of [
  ['HTTP, streamed WAV', ['--stream'], undefined],
  ['raw samples of the lighttts dialect', ['--stream', '--dialect', 'lighttts'], 24_000],
  ['an OpenAI-shaped endpoint', ['--dialect', 'openai'], 24_000],
  ['the WebSocket', ['--transport', 'ws'], 16_000],
] as const) {
  it(`times over ${how} are the server's own`, async () => {
    const scriptOf = (index: number): Script => ({
      ...SCRIPTS[index % SCRIPTS.length]!,
      ...(rawRate === undefined ? {} : { rawRate }),
    })
    const server = await startScripted(scriptOf)
    const round: Round = async (late) => {
      const from = server.sent.length
      const { figures } = await loadTest(
        readOptions([
          ...['--url', server.url, '--voice', 'x', '--concurrency', '4', '--requests', '16', '--ramp', '0.4'],
          ...['--limit-first-audio', String(LIMITS.firstAudioMs), ...args],
        ]),
      )
      const known = server.sent.slice(from).map((sent, i) => trueOutcome(sent, scriptOf(from + i), i))
      return missesOf(figures, known, LIMITS, late())
    }
    try {
      await assertTrueFigures(round)
    } finally {
      await server.close()
    }
  })
}

it('chunks of seconds, which come in many reads of the socket, are counted as they were sent', async () => {
  const script: Script = { delaysMs: [50, 150, 250], audioMs: 4000, silenceMs: 40 }
  const server = await startScripted(() => script)
  try {
    await assertTrueFigures(async (late) => {
      const from = server.sent.length
      const { figures } = await loadTest(
        readOptions(['--url', server.url, '--voice', 'x', '--requests', '3']),
      )
      const known = server.sent.slice(from).map((sent, i) => trueOutcome(sent, script, i))
      return missesOf(figures, known, { ...LIMITS, firstAudioMs: 300 }, late())
    })
  } finally {
    await server.close()
  }
})

it('open arrivals come when they are due: the rate is off by less than 1 %, and the lag is the truth', async () => {
  const server = await startScripted(() => ({ delaysMs: [1], audioMs: 20 }))
  const round: Round = async (lateMs) => {
    const from = server.sent.length
    const { figures, outcomes } = await loadTest(
      readOptions([
        '--url',
        server.url,
        '--voice',
        'x',
        '--mode',
        'open',
        '--rate',
        '60',
        '--requests',
        '120',
      ]),
    )
    const due = outcomes.map(({ dueMs }) => dueMs).sort((a, b) => a - b)
    const came = server.sent.slice(from).map(({ receivedMs }) => receivedMs)
    came.sort((a, b) => a - b)
    assert.equal(came.length, 120)
    for (const { dueMs, startMs } of outcomes) assert(startMs >= dueMs)
    const misses = new Map<string, string>()
    const dueForMs = due.at(-1)! - due[0]!
    const error = (came.at(-1)! - came[0]!) / dueForMs - 1
    if (Math.abs(error) > 0.01 + lateMs() / dueForMs)
      misses.set('rate', `the rate is off by ${100 * error} %`)
    // A request comes as long after it was due as its lag and its connection took.
    const late = mean(came) - mean(due)
    const told = figures.lag_ms.mean + figures.connect_ms.mean
    if (!near(told, late, 2 + lateMs())) misses.set('lateness', `${late} ms late, ${told} told`)
    return misses
  }
  try {
    await assertTrueFigures(round)
  } finally {
    await server.close()
  }
})

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

it('each request draws its voice, its text and its seed, and the same seed draws the same', async () => {
  const server = await startScripted(() => ({ delaysMs: [1], audioMs: 20 }))
  try {
    const args = ['--url', server.url, '--texts', 'mixed', '--requests', '30']
    const ask = async (...more: string[]) => {
      const from = server.sent.length
      await loadTest(readOptions([...args, '--voice', 'ada', 'ben', ...more]))
      return server.sent.slice(from).map(({ asked }) => asked)
    }
    const first = await ask()
    assert.deepEqual(await ask(), first)
    assert.notDeepEqual(await ask('--seed', '2'), first)
    const voices = first.map((body) => /name="voice"\s+(\w+)/.exec(body)![1]!)
    assert.deepEqual([...new Set(voices)].sort(), ['ada', 'ben'])
    assert(first.some((body) => /name="tts_text"\s+[\u4e00-\u9fff]/.test(body)))
  } finally {
    await server.close()
  }
})

it('a server on an IPv6 address is reached', async (t) => {
  const server = await startScripted(() => ({ delaysMs: [1], audioMs: 20 }), '::1').catch(() => undefined)
  if (server === undefined) return t.skip('no IPv6 here')
  try {
    const { figures } = await loadTest(readOptions(['--url', server.url, '--voice', 'x', '--requests', '2']))
    assert.equal(figures.ok, 2)
  } finally {
    await server.close()
  }
})

it('an answer with a header and no sample is an error', async () => {
  const server = await startScripted(() => ({ delaysMs: [1], audioMs: 0 }))
  try {
    const { figures } = await loadTest(readOptions(['--url', server.url, '--voice', 'x', '--requests', '2']))
    assert.deepEqual(figures.errors_by, { 'no audio': 2 })
  } finally {
    await server.close()
  }
})
