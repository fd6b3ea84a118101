import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { concatFloats, snrDb } from '../../src/core/float-arrays.ts'
import type { HiftHyperParameters } from '../../src/core/hyper-parameters.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { seededNoise, ZERO_NOISE } from '../../src/engine/vocoder/harmonic-source.ts'
import type { VocoderStream } from '../../src/engine/vocoder/vocoder-net.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { rms } from '../audio/signals.ts'
import { pushShakily } from '../helpers/failing-runs.ts'
import { maxDifference } from '../helpers/npy.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { ShakyRuntime } from '../helpers/shaky-runtime.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import {
  cutMel,
  goldenMel,
  openTinyVocoder,
  openVocoderOf,
  randomHiftWeights,
  randomMel,
  SMALL_HIFT,
} from '../helpers/tiny-hift.ts'

const MELS = 80

let folder: string
let shaky: ShakyRuntime
let runtime: Runtime
let vocoder: VocoderRunner
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-vocoder-'))
  shaky = new ShakyRuntime(await openStrictRuntime())
  runtime = shaky.runtime
  vocoder = await openTinyVocoder(runtime, join(folder, 'tiny'))
})
after(async () => {
  vocoder.release()
  await rm(folder, { recursive: true, force: true })
})

const speakWhole = (runner: VocoderRunner, mel: Float32Array, seed = 3) =>
  runner.push(runner.open(seededNoise(seed)), mel, { ended: true })

function speakPieces(
  runner: VocoderRunner,
  pieces: readonly Float32Array[],
  noise = seededNoise(3),
): Float32Array {
  const stream = runner.open(noise)
  return concatFloats(
    pieces.map((piece, i) => runner.push(stream, piece, { ended: i === pieces.length - 1 })),
  )
}

it('giving back what runs have kept changes no stream', () => {
  const pieces = cutMel(new SeededRandom(5), goldenMel, MELS, 40)
  const whole = speakPieces(vocoder, pieces)
  const stream = vocoder.open(seededNoise(3))
  const made = pieces.map((piece, i) => {
    vocoder.forgetMemory()
    return vocoder.push(stream, piece, { ended: i === pieces.length - 1 })
  })
  assert.deepEqual(concatFloats(made), whole)
})

describe('in chunks', () => {
  it('the samples are those of the whole, however the mel is cut', () => {
    const whole = speakWhole(vocoder, goldenMel)
    assert.equal(whole.length, 120 * 480)
    const random = new SeededRandom(17)
    for (const largest of [1, 3, 10, 50, 120]) {
      const pieces = cutMel(random, goldenMel, MELS, largest)
      const made = speakPieces(vocoder, pieces)
      assert.equal(made.length, whole.length)
      assert(snrDb(made, whole) > 100, `pieces of at most ${largest} frames: ${snrDb(made, whole)} dB`)
    }
  })

  it('an end without new mel gives what was held back', () => {
    const stream = vocoder.open(seededNoise(3))
    const first = vocoder.push(stream, goldenMel)
    assert.equal(first.length, 120 * 480 - vocoder.heldBackSamples)
    const rest = vocoder.push(stream, new Float32Array(0), { ended: true })
    assert.equal(rest.length, vocoder.heldBackSamples)
    assert(snrDb(concatFloats([first, rest]), speakWhole(vocoder, goldenMel)) > 100)
    assert.throws(() => vocoder.push(stream, goldenMel), { code: 'INVALID_REQUEST' })
  })

  it('`synthesize` is the whole in pieces of its own', () => {
    const random = new SeededRandom(4)
    const mel = randomMel(random, 230, MELS)
    const whole = speakWhole(vocoder, mel, 9)
    assert(snrDb(vocoder.synthesize(mel, seededNoise(9)), whole) > 100)
  })

  it('a partial frame is refused', () => {
    assert.throws(() => vocoder.push(vocoder.open(ZERO_NOISE), new Float32Array(81)), {
      code: 'INVALID_REQUEST',
    })
  })
})

it('work that was given up or failed is as if it had never begun', () => {
  const whole = speakWhole(vocoder, goldenMel)
  const random = new SeededRandom(31)
  const pieces = cutMel(random, goldenMel, MELS, 30)
  const stream = vocoder.open(seededNoise(3))
  const made = pushShakily(vocoder, stream, pieces, shaky, () => random.next() < 0.7)
  assert(snrDb(made, whole) > 100)
})

it('utterances in step share a run, and each gets what it gets alone', () => {
  const random = new SeededRandom(8)
  const mels = [0, 1, 2].map(() => randomMel(random, 90, MELS))
  const alone = mels.map((mel, i) =>
    speakPieces(vocoder, [mel.subarray(0, 40 * MELS), mel.subarray(40 * MELS)], seededNoise(i)),
  )
  const streams = mels.map((_, i) => vocoder.open(seededNoise(i)))
  const made = mels.map((): Float32Array[] => [])
  const cuts: [number, number, boolean][] = [
    [0, 40, false],
    [40, 90, true],
  ]
  for (const [from, to, ended] of cuts) {
    const requests = streams.map((stream, i) => ({
      stream,
      mel: mels[i]!.subarray(from * MELS, to * MELS),
      ended,
    }))
    assert.equal(new Set(requests.map((request) => vocoder.key(request))).size, 1)
    const work = vocoder.begin(...requests)
    while (work.runsLeft > 0) work.step()
    for (const [i, samples] of work.commit().entries()) made[i]!.push(samples)
    work.abort()
  }
  for (const [i, parts] of made.entries())
    assert(maxDifference(concatFloats(parts), alone[i]!) < 1e-5, `utterance ${i}`)
})

it('a run is shared by utterances of different age whose hops are equally long', () => {
  const random = new SeededRandom(15)
  const lengths = [350, 250, 150]
  const mels = lengths.map((frames) => randomMel(random, frames, MELS))
  const hop = 50 * MELS
  const hops = mels.map((mel) =>
    Array.from({ length: mel.length / hop }, (_, i) => mel.subarray(i * hop, (i + 1) * hop)),
  )
  const alone = hops.map((pieces, i) => speakPieces(vocoder, pieces, seededNoise(i)))
  const streams = mels.map((_, i) => vocoder.open(seededNoise(i)))
  const made = mels.map((): Float32Array[] => [])
  let shared = 0
  // Each begins 100 frames behind the one before, and all end together.
  for (let turn = 0; turn < 7; turn++) {
    const here = streams.flatMap((stream, i) => {
      const mel = hops[i]![turn - 2 * i]
      return mel === undefined ? [] : [{ i, request: { stream, mel, ended: turn === 6 } }]
    })
    const keys = [...new Set(here.map(({ request }) => vocoder.key(request)))]
    for (const group of keys.map((key) => here.filter(({ request }) => vocoder.key(request) === key))) {
      if (group.length > 1) shared++
      const work = vocoder.begin(...group.map(({ request }) => request))
      while (work.runsLeft > 0) work.step()
      for (const [at, samples] of work.commit().entries()) made[group[at]!.i]!.push(samples)
    }
  }
  assert(shared >= 4, `only ${shared} runs were shared`)
  for (const [i, parts] of made.entries())
    assert(maxDifference(concatFloats(parts), alone[i]!) < 1e-5, `utterance ${i}`)
})

it('utterances out of step are refused a common run', () => {
  const [a, b] = [vocoder.open(ZERO_NOISE), vocoder.open(ZERO_NOISE)] as [VocoderStream, VocoderStream]
  vocoder.push(a, goldenMel.subarray(0, 20 * MELS))
  const mel = goldenMel.subarray(0, 30 * MELS)
  const requests = [a, b].map((stream) => ({ stream, mel, ended: false }))
  assert.throws(() => vocoder.begin(...requests), /not in step/)
})

it('no sample is lost or doubled: replies of 1 to 400 tokens give 480 samples a frame', async () => {
  const small = await openVocoderOf(
    runtime,
    join(folder, 'small'),
    SMALL_HIFT,
    randomHiftWeights(SMALL_HIFT, 5),
  )
  const random = new SeededRandom(6)
  const mel = randomMel(random, 800, SMALL_HIFT.mel)
  for (let tokens = 1; tokens <= 400; tokens++) {
    const reply = mel.subarray(0, 2 * tokens * SMALL_HIFT.mel)
    const made = speakPieces(small, cutMel(random, reply, SMALL_HIFT.mel, 800), ZERO_NOISE)
    assert.equal(made.length, 2 * tokens * 480, `${tokens} tokens`)
  }
  const [whole, pieces] = [
    speakWhole(small, mel),
    speakPieces(small, cutMel(random, mel, SMALL_HIFT.mel, 25)),
  ]
  assert(snrDb(pieces, whole) > 50, `${snrDb(pieces, whole)} dB`)
  assert(rms(whole) > 1e-3, 'not silent')
  small.release()
})

/** Every number another than the published model's. */
const OTHER: HiftHyperParameters = {
  ...SMALL_HIFT,
  mel: 20,
  channels: 24,
  upsampleRates: [4, 6],
  upsampleKernels: [8, 14],
  resblockKernels: [3, 5],
  resblockDilations: [
    [1, 3],
    [1, 2],
  ],
  sourceKernels: [5, 7],
  sourceDilations: [
    [1, 3],
    [1, 3],
  ],
  nFft: 20,
  hop: 5,
  harmonics: 5,
  f0Channels: 12,
  sampleRate: 16_000,
}

it('a vocoder of other rates, kernels and widths gives the same in chunks as in one piece', async () => {
  const other = await openVocoderOf(runtime, join(folder, 'other'), OTHER, randomHiftWeights(OTHER, 12))
  assert.equal(other.frameSamples, 4 * 6 * 5)
  assert.equal(other.sampleRate, 16_000)
  const random = new SeededRandom(13)
  const mel = randomMel(random, 150, OTHER.mel)
  const whole = speakWhole(other, mel)
  assert.equal(whole.length, 150 * 120)
  assert(rms(whole) > 1e-3, 'not silent')
  for (const largest of [1, 7, 60]) {
    const made = speakPieces(other, cutMel(random, mel, OTHER.mel, largest))
    assert(snrDb(made, whole) > 50, `pieces of at most ${largest} frames: ${snrDb(made, whole)} dB`)
  }
  other.release()
})
