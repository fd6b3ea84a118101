/** A checkpoint of which no number is the reference set's goes all the way: converted, spoken whole and as a stream. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { ModelDimensions } from '../../bench/real-dims/dimensions.ts'
import { writeRandomCheckpoint } from '../../bench/real-dims/random-checkpoint.ts'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { snrDb } from '../../src/core/float-arrays.ts'
import { readVoice, type Voice } from '../../src/core/voice.ts'
import { openLlm, openVocoder } from '../../src/engine/bundle-models.ts'
import { OfflineSpeaker, type UtteranceRequest } from '../../src/engine/offline-speaker.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { ZERO_NOISE } from '../../src/engine/vocoder/harmonic-source.ts'
import { maxDifference } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { cutMel } from '../helpers/tiny-hift.ts'

const TOKENS = 500
const DIMENSIONS: ModelDimensions = {
  llm: {
    hidden: 120,
    layers: 3,
    heads: 5,
    kvHeads: 1,
    headDim: 24,
    mlp: 88,
    textVocab: 2310,
    speechTokenSize: TOKENS,
    decoderRows: TOKENS + 3,
    ropeTheta: 10_000,
    rmsEps: 1e-5,
    maxPositions: 32_768,
    mixRatio: [5, 15],
    sampling: { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 },
  },
  flow: {
    vocab: TOKENS,
    width: 48,
    heads: 3,
    headDim: 16,
    ffn: 72,
    encoderBlocks: 3,
    upBlocks: 4,
    upsampleStride: 2,
    preLookahead: 3,
    chunkTokens: 20,
    mel: 80,
    spkDim: 192,
    channels: [40],
    nBlocks: 2,
    numMid: 3,
    estimatorHeads: 3,
    estimatorHeadDim: 16,
    cfgRate: 0.7,
    tScheduler: 'cosine',
    eulerSteps: 10,
    tokenMelRatio: 2,
  },
  hift: {
    mel: 80,
    channels: 24,
    upsampleRates: [10, 6],
    upsampleKernels: [20, 14],
    resblockKernels: [3, 5],
    resblockDilations: [
      [1, 2],
      [1, 4],
    ],
    sourceKernels: [5, 3],
    sourceDilations: [
      [1, 3],
      [1, 2],
    ],
    nFft: 32,
    hop: 8,
    harmonics: 5,
    nsfAlpha: 0.1,
    nsfSigma: 0.003,
    voicedThreshold: 10,
    lreluSlope: 0.1,
    audioLimit: 0.99,
    f0Channels: 20,
    sampleRate: 24_000,
  },
}

let folder: string
let runtime: Runtime
let bundle: Bundle
let speaker: OfflineSpeaker
let voice: Voice
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-other-'))
  await writeRandomCheckpoint(join(folder, 'checkpoint'), DIMENSIONS, goldenDir)
  const { unused } = await convert(join(folder, 'checkpoint'), join(folder, 'bundle'))
  assert.deepEqual([...unused], [])
  bundle = await readBundle(join(folder, 'bundle'))
  runtime = await openRuntime()
  speaker = await OfflineSpeaker.open(runtime, bundle, 1)
  const stored = bundle.manifest.voices.find(({ kind }) => kind === 'zero-shot')!
  voice = await readVoice(bundle.path(stored.file))
})
after(async () => {
  speaker.release()
  await rm(folder, { recursive: true, force: true })
})

const request = (changes: Partial<UtteranceRequest> = {}): UtteranceRequest => ({
  voice,
  promptTextIds: Int32Array.of(310, 400, 425),
  textIds: Int32Array.of(713, 50, 68, 1901, 17),
  sampling: 'greedy',
  seed: 1,
  stream: false,
  speed: 1,
  sourceNoise: 'zero',
  ...changes,
})

it('every number of the bundle is the checkpoint’s', () => {
  const { acoustic, features, ...parameters } = bundle.manifest.parameters
  assert.equal(acoustic, 'unet')
  assert.deepEqual(parameters, DIMENSIONS)
  assert.equal(features.mel.hop, 480)
})

it('greedy speech is the same every time, sampled speech follows its seed', () => {
  const first = speaker.speak(request())
  assert(first.tokens.length >= 10 && first.tokens.length <= 100)
  assert.equal(first.wave.length, first.tokens.length * 2 * 480)
  assert(first.wave.every(Number.isFinite))
  assert.deepEqual(speaker.speak(request()).wave, first.wave)
  const sampled = (seed: number) => speaker.speak(request({ sampling: 'ras', seed })).tokens
  assert.deepEqual(sampled(3), sampled(3))
  assert.notDeepEqual(sampled(3), sampled(4))
})

it('rows that decode together give what each gives alone', async () => {
  const llm = await openLlm(runtime, bundle, { rows: 3, capacity: 256 }, { intraOpThreads: 1 })
  const prompts = [
    [1, 2, 3, 4],
    [700, 5],
    [9, 8, 7, 6, 5, 4, 3],
  ]
  const alone = prompts.map((ids) => {
    const row = llm.pool.take()
    llm.prefill(row, ids)
    const logits = llm.prefill(row, [11]).slice()
    llm.pool.release(row)
    return logits
  })
  assert(alone.every((logits) => logits.length === TOKENS + 3))
  const rows = prompts.map((ids) => {
    const row = llm.pool.take()
    llm.prefill(row, ids)
    return { row, id: 11 }
  })
  const together = llm.decode(rows)
  for (const [i, logits] of alone.entries()) assert(maxDifference(together.logitsOf(i), logits) < 1e-5)
  llm.release()
})

it('a reply within one block streams as the whole is made', () => {
  // Without a prompt a reply of one block attends to all of itself in both.
  const bare = { ...voice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
  const givenTokens = Int32Array.from({ length: DIMENSIONS.flow.chunkTokens }, (_, i) => (i * 37) % TOKENS)
  const whole = speaker.speak(request({ voice: bare, givenTokens }))
  const stream = speaker.speak(request({ voice: bare, givenTokens, stream: true }))
  assert(maxDifference(stream.mel, whole.mel) < 1e-4)
  assert.equal(stream.wave.length, whole.wave.length)
})

it('a stream of many blocks has every sample, and its vocoder gives what it gives of the whole mel', async () => {
  const givenTokens = Int32Array.from(
    { length: 3 * DIMENSIONS.flow.chunkTokens + 7 },
    (_, i) => (i * 41) % TOKENS,
  )
  let pieces = 0
  const { mel, wave } = speaker.speak(request({ givenTokens, stream: true, onSamples: () => pieces++ }))
  assert(pieces >= 3)
  assert.equal(mel.length, givenTokens.length * 2 * 80)
  assert.equal(wave.length, givenTokens.length * 2 * 480)
  const vocoder = await openVocoder(runtime, bundle, { intraOpThreads: 1 })
  assert(snrDb(vocoder.synthesize(mel, ZERO_NOISE), wave) > 50)
  const stream = vocoder.open(ZERO_NOISE)
  const parts = cutMel(new SeededRandom(5), mel, 80, 30).map((part) => [...vocoder.push(stream, part)])
  parts.push([...vocoder.push(stream, new Float32Array(0), { ended: true })])
  assert(snrDb(parts.flat(), wave) > 50)
  vocoder.release()
})
