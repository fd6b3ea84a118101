/**
 * The vocoder that a measurement runs: the reference set's tiny one, or one of the published dimensions with random
 * weights; and what a stream through it is.
 *
 * Knows: how to get a converted vocoder, how streams are made. Does not know: what is measured.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hiftTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { buildHift } from '../../src/convert/models/hift.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { seededNoise } from '../../src/engine/vocoder/harmonic-source.ts'
import { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { randomWeightsOf } from '../real-dims/random-weights.ts'

export interface VocoderUnderTest {
  readonly vocoder: VocoderRunner
  readonly mels: number
  close(): Promise<void>
}

/** Converts and loads; runs on one thread. */
export async function openVocoderUnderTest(size: 'tiny' | 'real'): Promise<VocoderUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-vocoder-'))
  const { hyper, weights, close } = size === 'tiny' ? await tinyHift() : realHift()
  const built = buildHift(hyper, weights, folder)
  for (const { path, graph } of built.graphs) await graph.save(path)
  await built.weights.write()
  const paths = { f0: join(folder, 'hift-f0.onnx'), generator: join(folder, 'hift-generator.onnx') }
  const vocoder = await VocoderRunner.load(await openRuntime(), paths, hyper, { intraOpThreads: 1 })
  return {
    vocoder,
    mels: hyper.mel,
    close: async () => {
      vocoder.release()
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Frames of so many seconds; what they say does not matter for the cost. */
export function inventMel({ vocoder, mels }: VocoderUnderTest, seconds: number): Float32Array {
  const frames = Math.round((seconds * vocoder.sampleRate) / vocoder.frameSamples)
  return Float32Array.from({ length: frames * mels }, (_, i) => Math.sin(i * 0.37) * 3 - 5)
}

/** Streams of the same mel in step, `hop` frames at a time, every run common to all of them. */
export function streamTogether(
  { vocoder, mels }: VocoderUnderTest,
  mel: Float32Array,
  hop: number,
  streams = 1,
): void {
  const utterances = Array.from({ length: streams }, (_, i) => vocoder.open(seededNoise(i)))
  const step = hop * mels
  for (let at = 0; at < mel.length; at += step) {
    const piece = mel.subarray(at, at + step)
    const ended = at + step >= mel.length
    vocoder.pushTogether(utterances.map((stream) => ({ stream, mel: piece, ended })))
  }
}

async function tinyHift() {
  const golden = fileURLToPath(new URL('../../../test/golden/tiny-a', import.meta.url))
  const checkpoint = await openCosyVoice2(golden)
  return { hyper: checkpoint.parameters.hift, weights: checkpoint.hift, close: () => checkpoint.close() }
}

function realHift() {
  const hyper = REAL_DIMENSIONS.hift
  return { hyper, weights: randomWeightsOf('hift.pt', hiftTensors(hyper)), close: async () => {} }
}
