/** Hops of the vocoder that are recorded and played again: which, and that they make what plain ones make. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { concatFloats } from '../../src/core/float-arrays.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { CountedRuns } from '../helpers/counted-runs.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ShakyRuntime, succeeds } from '../helpers/shaky-runtime.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { convertTinyDit, loadTinyCausalVocoder } from '../helpers/tiny-dit.ts'
import { openTinyVocoder, randomMel } from '../helpers/tiny-hift.ts'

const MELS = 80
const BLOCK = 50
const HOPS = [BLOCK, 2 * BLOCK, 3 * BLOCK]
const TOGETHER = 3
/** Rows that share a run differ by what wider products round. */
const TOLERANCE = 1e-5

type Open = (runtime: Runtime, folder: string) => Promise<VocoderRunner>
const FAMILIES: Readonly<Record<string, Open>> = {
  cosyvoice2: openTinyVocoder,
  cosyvoice3: async (runtime, folder) => loadTinyCausalVocoder(runtime, await convertTinyDit(folder)),
}

interface Speech {
  readonly hops: readonly Float32Array[]
  readonly seed: number
}

/** Replies of some blocks in hops of one to three, the first of one; the last hop is of any length. */
function speechesOf(random: SeededRandom, count: number): Speech[] {
  return Array.from({ length: count }, (_, seed) => {
    const sizes = [BLOCK, ...Array.from({ length: 2 + random.below(3) }, () => random.pick(HOPS))]
    return {
      seed,
      hops: [...sizes, 1 + random.below(BLOCK)].map((frames) => randomMel(random, frames, MELS)),
    }
  })
}

function alone(vocoder: VocoderRunner, { hops, seed }: Speech): Float32Array {
  const stream = vocoder.open(vocoder.noise(seed))
  return concatFloats(hops.map((mel, i) => vocoder.push(stream, mel, { ended: i === hops.length - 1 })))
}

for (const [family, open] of Object.entries(FAMILIES))
  describe(family, () => {
    it('hops of streams in any company are recorded runs, the last of each is not, and they sound alike', async (t) => {
      const { counted, vocoder, plain } = await openBoth(t, open)
      const recorded = vocoder.capture(HOPS, TOGETHER)
      assert(recorded >= 2 * 4 * HOPS.length, `only ${recorded} runs are recorded`)
      // All of them are there before the collector sees one.
      assert(counted.allocations < 10 * recorded, `${counted.allocations} for ${recorded} runs`)
      assert.equal(vocoder.capture(HOPS, TOGETHER), recorded, 'nothing is recorded twice')
      counted.take()
      const random = new SeededRandom(4)
      const speeches = speechesOf(random, 6)
      const made = together(vocoder, speeches, random)
      const { captured, plain: others } = counted.take()
      for (const [i, speech] of speeches.entries()) {
        const expected = alone(plain, speech)
        assert.equal(made.samples[i]!.length, expected.length)
        const worst = maxDifference(made.samples[i]!, expected)
        assert(worst < TOLERANCE, `speech ${i}: off by ${worst}`)
      }
      assert(made.shared > 3, `only ${made.shared} runs were shared`)
      assert.equal(captured, 2 * made.steady, 'two runs of every hop but the last')
      assert.equal(others, 2 * made.last)
    })

    it('a recorded run that failed is made again', async (t) => {
      const { shaky, vocoder, plain } = await openBoth(t, open)
      vocoder.capture(HOPS.slice(0, 1), 1)
      const random = new SeededRandom(9)
      const hops = [0, 1, 2, 3].map(() => randomMel(random, BLOCK, MELS))
      const stream = vocoder.open(vocoder.noise(0))
      const made = hops.map((mel, i) => {
        const work = vocoder.begin({ stream, mel, ended: i === hops.length - 1 })
        shaky.failing = () => random.next() < 0.5
        while (work.runsLeft > 0) succeeds(() => work.step())
        shaky.failing = () => false
        return work.commit()[0]!
      })
      assert(maxDifference(concatFloats(made), alone(plain, { hops, seed: 0 })) < TOLERANCE)
    })

    it('a CPU records nothing', async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'light-tts-hops-'))
      t.after(() => rm(folder, { recursive: true, force: true }))
      const vocoder = await open(await openRuntime(), folder)
      assert.equal(vocoder.capture(HOPS, TOGETHER), 0)
      vocoder.release()
    })
  })

/** One whose runs are counted, and may fail; and one on the CPU. */
async function openBoth(t: { after: (act: () => Promise<void>) => void }, open: Open) {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-hops-'))
  const counted = new CountedRuns(await openStrictRuntime())
  const shaky = new ShakyRuntime(counted.runtime)
  const vocoder = await open(shaky.runtime, join(folder, 'card'))
  const plain = await open(await openRuntime(), join(folder, 'cpu'))
  t.after(async () => {
    vocoder.release()
    plain.release()
    await rm(folder, { recursive: true, force: true })
  })
  return { counted, shaky, vocoder, plain }
}

/** All speeches, each turn by streams that wait with hops of one key, as many as may share a run. */
function together(vocoder: VocoderRunner, speeches: readonly Speech[], random: SeededRandom) {
  const streams = speeches.map(({ seed }) => vocoder.open(vocoder.noise(seed)))
  const left = speeches.map(({ hops }) => [...hops])
  const parts = speeches.map((): Float32Array[] => [])
  const counts = { steady: 0, last: 0, shared: 0 }
  const requestOf = (i: number) => ({ stream: streams[i]!, mel: left[i]![0]!, ended: left[i]!.length === 1 })
  for (;;) {
    const waiting = [...streams.keys()].filter((i) => left[i]!.length > 0)
    if (waiting.length === 0) break
    const key = vocoder.key(requestOf(random.pick(waiting)))
    const chosen = waiting.filter((i) => vocoder.key(requestOf(i)) === key).slice(0, TOGETHER)
    const requests = chosen.map(requestOf)
    if (chosen.length > 1) counts.shared++
    counts[requests[0]!.ended ? 'last' : 'steady']++
    for (const [at, samples] of vocoder.pushTogether(requests).entries()) {
      parts[chosen[at]!]!.push(samples)
      left[chosen[at]!]!.shift()
    }
  }
  return { samples: parts.map(concatFloats), ...counts }
}
