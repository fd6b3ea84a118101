/** The vocoder of the reference checkpoint, or one of other dimensions with random weights, converted into a folder. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hiftTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import type { Weights } from '../../src/convert/checkpoint/weights.ts'
import { buildHift, type HiftOptions } from '../../src/convert/models/hift.ts'
import type { HiftHyperParameters } from '../../src/core/hyper-parameters.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { goldenFloats, transposedRows } from './npy.ts'
import { goldenDir } from './paths.ts'
import { randomWeights } from './random-weights.ts'
import type { SeededRandom } from './seeded-random.ts'

/** 120 frames of the reference's mel, `[frames, 80]`. */
export const goldenMel: Float32Array = transposedRows(goldenFloats('hift/mel120').data, 80)

/** The published model's rates and kernels, and little else. */
export const SMALL_HIFT: HiftHyperParameters = {
  mel: 4,
  channels: 8,
  upsampleRates: [8, 5, 3],
  upsampleKernels: [16, 11, 7],
  resblockKernels: [3],
  resblockDilations: [[1]],
  sourceKernels: [3, 3, 3],
  sourceDilations: [[1], [1], [1]],
  nFft: 8,
  hop: 4,
  harmonics: 1,
  nsfAlpha: 0.1,
  nsfSigma: 0.003,
  voicedThreshold: 10,
  lreluSlope: 0.1,
  audioLimit: 0.99,
  f0Channels: 4,
  sampleRate: 24_000,
}

export async function openTinyVocoder(
  runtime: Runtime,
  folder: string,
  options: HiftOptions = {},
): Promise<VocoderRunner> {
  const checkpoint = await openCosyVoice2(goldenDir)
  const { hift } = checkpoint.parameters
  try {
    return await openVocoderOf(runtime, folder, hift, checkpoint.hift, options)
  } finally {
    await checkpoint.close()
  }
}

/**
 * Weights that make F0 between silence and a few hundred Hz, so that the source has both voice and none. `adjust` may
 * change the values of a key in place.
 */
export function randomHiftWeights(
  hyper: HiftHyperParameters,
  seed: number,
  adjust: (key: string, values: Float32Array) => void = () => {},
): Weights {
  return randomWeights('hift.pt', hiftTensors(hyper), seed, (key, values) => {
    if (key === 'f0_predictor.classifier.weight') for (const i of values.keys()) values[i]! *= 150
    if (key === 'm_source.l_linear.weight') values.fill(0.5)
    if (key === 'f0_predictor.classifier.bias') values[0] = 20
    adjust(key, values)
  })
}

export async function openVocoderOf(
  runtime: Runtime,
  folder: string,
  hyper: HiftHyperParameters,
  weights: Weights,
  options: HiftOptions = {},
): Promise<VocoderRunner> {
  await mkdir(folder, { recursive: true })
  const built = buildHift(hyper, weights, folder, options)
  for (const { path, graph } of built.graphs) await graph.save(path)
  await built.weights.write()
  const paths = { f0: join(folder, 'hift-f0.onnx'), generator: join(folder, 'hift-generator.onnx') }
  return VocoderRunner.load(runtime, paths, hyper, { intraOpThreads: 1 })
}

/** Mel that moves as speech does: a slow walk in each band, `[frames, mels]`. */
export function randomMel(random: SeededRandom, frames: number, mels: number): Float32Array {
  const mel = new Float32Array(frames * mels)
  for (let i = 0; i < mel.length; i++) {
    const before = i < mels ? -4 : mel[i - mels]!
    mel[i] = 0.9 * before - 0.4 + 2 * (random.next() - 0.5)
  }
  return mel
}

/** `mel` cut at random places into pieces of 1 to `largest` frames. */
export function cutMel(
  random: SeededRandom,
  mel: Float32Array,
  mels: number,
  largest: number,
): Float32Array[] {
  const pieces: Float32Array[] = []
  for (let at = 0; at < mel.length; ) {
    const length = mels * (1 + random.below(largest))
    pieces.push(mel.subarray(at, at + length))
    at += length
  }
  return pieces
}
