/** A checkpoint of which no number is the reference set's goes all the way: converted, spoken whole and as a stream. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { ModelDimensions } from '../../bench/real-dims/dimensions.ts'
import { writeRandomCheckpoint } from '../../bench/real-dims/random-checkpoint.ts'
import { snrDb } from '../../src/core/float-arrays.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import type { UtteranceRequest } from '../../src/engine/offline-speaker.ts'
import {
  type ConvertedCheckpoint,
  checkStream,
  openConverted,
  utteranceBy,
} from '../helpers/converted-checkpoint.ts'
import { maxDifference } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'

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

let checkpoint: ConvertedCheckpoint
before(async () => {
  checkpoint = await openConverted((folder) => writeRandomCheckpoint(folder, DIMENSIONS, goldenDir))
})
after(() => checkpoint?.close())

const request = (changes: Partial<UtteranceRequest> = {}) => utteranceBy(checkpoint.voice, changes)

it('every number of the bundle is the checkpoint’s', () => {
  const { acoustic, features, ...parameters } = checkpoint.bundle.manifest.parameters
  assert.equal(acoustic, 'unet')
  assert.deepEqual(parameters, DIMENSIONS)
  assert.equal(features.mel.hop, 480)
})

it('greedy speech is the same every time, sampled speech follows its seed', () => {
  const { speaker } = checkpoint
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
  const llm = await openLlm(
    checkpoint.runtime,
    checkpoint.bundle,
    { rows: 3, capacity: 256 },
    { intraOpThreads: 1 },
  )
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
  const { speaker, voice } = checkpoint
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
  await checkStream(checkpoint, { ...request(), givenTokens }, (made, expected) =>
    assert(snrDb(made, expected) > 50),
  )
})
