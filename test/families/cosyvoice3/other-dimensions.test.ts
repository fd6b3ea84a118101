/** A CosyVoice3 checkpoint of which no number is the reference set's goes all the way: converted, spoken, streamed. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type DitDimensions, REAL_COSYVOICE3 } from '../../../bench/real-dims/dit-dimensions.ts'
import { writeRandomCheckpoint3 } from '../../../bench/real-dims/random-checkpoint.ts'
import { openFlow } from '../../../src/engine/bundle-models.ts'
import { finishWork } from '../../../src/engine/flow/flow-runner.ts'
import type { UtteranceRequest } from '../../../src/engine/offline-speaker.ts'
import { noiseDraw } from '../../../src/families/cosyvoice3/noise-draw.ts'
import {
  type ConvertedCheckpoint,
  checkStream,
  openConverted,
  utteranceBy,
} from '../../helpers/converted-checkpoint.ts'
import { maxDifference } from '../../helpers/npy.ts'
import { goldenDir3 } from '../../helpers/paths.ts'

const TOKENS = 620
const DIMENSIONS: DitDimensions = {
  llm: {
    hidden: 120,
    layers: 3,
    heads: 5,
    kvHeads: 1,
    headDim: 24,
    mlp: 88,
    textVocab: 2580,
    speechTokenSize: TOKENS,
    decoderRows: TOKENS + 200,
    ropeTheta: 10_000,
    rmsEps: 1e-5,
    maxPositions: 32_768,
    mixRatio: [5, 15],
    sampling: { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 },
  },
  flow: {
    vocab: TOKENS,
    mel: 80,
    spkDim: 192,
    preLookahead: 2,
    lookaheadWidth: 44,
    chunkTokens: 20,
    tokenMelRatio: 2,
    width: 96,
    blocks: 2,
    heads: 3,
    headDim: 16,
    ffn: 288,
    convTaps: 15,
    cfgRate: 0.7,
    tScheduler: 'cosine',
    eulerSteps: 10,
  },
  hift: {
    mel: 80,
    channels: 24,
    upsampleRates: [10, 6],
    upsampleKernels: [20, 13],
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
    lookRight: 3,
    f0LookRight: 2,
    nFft: 32,
    hop: 8,
    harmonics: 5,
    nsfAlpha: 0.1,
    nsfSigma: 0.003,
    voicedThreshold: 10,
    lreluSlope: 0.1,
    audioLimit: 0.99,
    f0Channels: 20,
    noiseDraw: 0,
    sampleRate: 24_000,
  },
  convChannels: 6,
}

let checkpoint: ConvertedCheckpoint
before(async () => {
  const dtypes = { llm: 'bfloat16', hift: 'bfloat16' } as const
  checkpoint = await openConverted((folder) => writeRandomCheckpoint3(folder, DIMENSIONS, goldenDir3, dtypes))
})
after(() => checkpoint?.close())

const request = (changes: Partial<UtteranceRequest> = {}) => {
  const mark = checkpoint.bundle.manifest.text.specials['<|endofprompt|>']!
  return utteranceBy(checkpoint.voice, { promptTextIds: Int32Array.of(310, 400, mark, 425), ...changes })
}
const tokensOf = (count: number) => Int32Array.from({ length: count }, (_, i) => (i * 41) % TOKENS)

it('every number of the bundle is the checkpoint’s', () => {
  const { bundle } = checkpoint
  const { acoustic, features, ...parameters } = bundle.manifest.parameters
  const { convChannels: _, ...stated } = DIMENSIONS
  assert.equal(acoustic, 'dit')
  const draw = noiseDraw(DIMENSIONS.flow, DIMENSIONS.hift)
  assert.deepEqual(parameters, { ...stated, hift: { ...stated.hift, noiseDraw: draw } })
  assert.equal(features.mel.hop, 480)
  const { speech } = bundle.manifest
  assert.deepEqual([speech.stop[0], speech.stop.at(-1), speech.fill], [TOKENS, TOKENS + 199, TOKENS + 3])
})

it('the noise table begins where the reference’s generator stands', () => {
  const { flow, hift } = REAL_COSYVOICE3
  assert.equal(noiseDraw(flow, hift), 5_052_970)
  assert.equal(noiseDraw({ ...flow, vocab: flow.vocab + 1 }, hift), 5_052_970 + 80)
})

it('greedy speech is the same every time and as long as its tokens', () => {
  const { speaker } = checkpoint
  const first = speaker.speak(request())
  assert(first.tokens.length >= 10 && first.tokens.length <= 100)
  assert.equal(first.wave.length, first.tokens.length * 2 * 480)
  assert(first.wave.every(Number.isFinite))
  assert.deepEqual(speaker.speak(request()).wave, first.wave)
})

it('a stream is the whole under its mask wherever it is cut, and its vocoder what it is of the whole', async () => {
  const givenTokens = tokensOf(3 * DIMENSIONS.flow.chunkTokens + 7)
  const mel = await checkStream(checkpoint, { ...request(), givenTokens }, (made, expected) =>
    assert(maxDifference(made, expected) < 1e-5),
  )
  // A reply that ends later has the same beginning, but for the block of its end and the look-ahead.
  const longer = checkpoint.speaker.speak(
    request({ givenTokens: tokensOf(givenTokens.length + 30), stream: true }),
  )
  const settled = 2 * DIMENSIONS.flow.chunkTokens * 2 * 80
  assert(maxDifference(longer.mel.subarray(0, settled), mel.subarray(0, settled)) < 1e-4)
})

it('without a prompt a reply of one block attends to all of itself in both forms', async () => {
  const { runtime, bundle, speaker, voice } = checkpoint
  const bare = { ...voice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
  const tokens = tokensOf(DIMENSIONS.flow.chunkTokens)
  const flow = await openFlow(runtime, bundle, { intraOpThreads: 1 })
  const whole = finishWork(flow.whole(bare, tokens))
  const stream = speaker.speak(request({ voice: bare, givenTokens: tokens, stream: true }))
  assert(maxDifference(stream.mel, whole) < 1e-4)
  flow.release()
})
