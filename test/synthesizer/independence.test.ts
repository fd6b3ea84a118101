/**
 * A request's samples depend on nothing but the request. What the guarantee rests on. Kernels of LLM rows, flow blocks
 * and vocoder chunks give for a row what depends on that row alone. Noise is drawn from (seed, position). Blocks are
 * solved in order whatever hop they come in.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, it } from 'node:test'
import { monotonicMs } from '../../src/core/monotonic.ts'
import type { Trace, TraceFacts } from '../../src/core/trace.ts'
import type { LaneTuning } from '../../src/lanes/messages.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import {
  type Ask,
  ask,
  assertAtRest,
  convertTiny,
  digest,
  listen,
  openTiny,
  optionsOf,
  type TinyBundle,
} from '../helpers/tiny-synthesizer.ts'

const TEXTS = [
  'Good morning.',
  'The quick brown fox jumps over the lazy dog.',
  '今天天气真不错。',
  'Seven trains leave before noon, and nobody is surprised.',
  'Yes.',
]
const REQUESTS: Ask[] = Array.from({ length: 20 }, (_, i) => ({
  text: TEXTS[i % TEXTS.length]!,
  seed: 1000 + i,
  priority: i % 4 === 3 ? 'batch' : 'stream',
}))

let bundle: TinyBundle
let alone: Float32Array[]
const open: OpenSynthesizer[] = []
before(async () => {
  bundle = await convertTiny()
  const one = await openTiny(bundle, { devices: 'cpu:1' })
  open.push(one)
  alone = []
  for (const request of REQUESTS) alone.push(await listen(await ask(one, request)))
})
afterEach(async () => {
  for (const each of open) await assertAtRest(each)
})
after(async () => {
  for (const each of open) assert.equal(await each.close(5000), true)
  await bundle.remove()
})

it('different seeds and texts are different speech', () => {
  assert.equal(new Set(alone.map(digest)).size, REQUESTS.length)
})

/** 200 requests, 16 at a time; `check` gets what each became. */
async function askAll(
  devices: string,
  tuning: Partial<LaneTuning>,
  check: (samples: Float32Array, which: number) => void,
): Promise<void> {
  const random = new SeededRandom(devices.length)
  const server = await openTiny(bundle, { devices, tuning: { maxHopBlocks: 3, hopGrowthMs: 200, ...tuning } })
  open.push(server)
  const left = Array.from({ length: 200 }, (_, i) => i % REQUESTS.length)
  const listener = async () => {
    for (let which = left.shift(); which !== undefined; which = left.shift()) {
      const stream = await ask(server, REQUESTS[which]!)
      // Some come late to their first audio.
      if (random.next() < 0.2) await new Promise((resolve) => setTimeout(resolve, 20))
      check(await listen(stream), which)
    }
  }
  await Promise.all(Array.from({ length: 16 }, listener))
}

// One acoustic lane, two of one device, two devices.
for (const devices of ['cpu:1', 'cpu:2', 'cpu:1,cpu:1']) {
  it(`200 requests, 16 at a time, are bit for bit what they are alone: ${devices}`, () =>
    askAll(devices, {}, (samples, which) =>
      assert.equal(digest(samples), digest(alone[which]!), JSON.stringify(REQUESTS[which])),
    ))
}

it('a trace changes no sample, and says of each utterance when its stages ran', async () => {
  interface Stage {
    readonly name: string
    readonly fromMs: number
    readonly toMs: number
    readonly facts: TraceFacts
  }
  const speakTraced = async (which: number, isRecorded: boolean) => {
    const stages: Stage[] = []
    const trace: Trace = {
      traceparent: '',
      traceId: '',
      isRecorded,
      stage: (name, fromMs, toMs, facts = {}) => stages.push({ name, fromMs, toMs, facts }),
      about: () => {},
      end: () => {},
    }
    const { text, seed, priority = 'stream' } = REQUESTS[which]!
    const { synthesizer } = open[0]!
    const voice = await synthesizer.prepareVoice({ kind: 'stored', id: 'zero_shot_spk' }, 'default')
    const samples = await listen(synthesizer.speak(text, optionsOf({ voice, seed, priority, trace })))
    voice.release()
    assert.equal(digest(samples), digest(alone[which]!))
    await assertAtRest(open[0]!)
    return stages
  }
  // A stream and a whole answer.
  for (const which of [0, 3]) {
    const sinceMs = monotonicMs()
    const stages = (await speakTraced(which, true)).sort((a, b) => a.fromMs - b.fromMs)
    const names = stages.map(({ name }) => name).filter((name) => name !== 'flow-prompt')
    assert.deepEqual(names, ['queue', 'prefill', 'decode', 'flow', 'vocoder'])
    for (const { name, fromMs, toMs, facts } of stages) {
      assert(sinceMs <= fromMs && fromMs <= toMs && toMs <= monotonicMs(), name)
      assert.equal(facts['light_tts.utterance'], 0)
      if (name === 'queue') continue
      const busyMs = Number(facts['light_tts.busy_ms'])
      assert(busyMs > 0 && busyMs <= toMs - fromMs + 0.01 && Number(facts['light_tts.runs']) > 0, name)
    }
  }
  assert.deepEqual(await speakTraced(0, false), [])
})

it('the same where hops of up to four utterances share a run, but for rounding', async () => {
  // Kernels may round the ends of longer matrices differently.
  const batches: number[] = []
  const watch = setInterval(
    () => batches.push(open.at(-1)!.synthesizer.status().devices[0]!.acousticBatch),
    100,
  )
  await askAll('cpu:2', { acousticBatch: 4 }, (samples, which) =>
    assert.ok(maxDifference(samples, alone[which]!) < 1e-6, JSON.stringify(REQUESTS[which])),
  )
  clearInterval(watch)
  assert.ok(Math.max(...batches) > 1.1, `runs of ${Math.max(...batches)} utterances at most`)
})
