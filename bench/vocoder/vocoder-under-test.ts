/** The vocoder that a measurement runs: a reference set's tiny one or the published dimensions; and streams through it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hiftTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { OpenFiles } from '../../src/convert/checkpoint/open-files.ts'
import type { Weights } from '../../src/convert/checkpoint/weights.ts'
import { buildHift, type HiftBuild } from '../../src/convert/models/hift.ts'
import { concatFloats } from '../../src/core/float-arrays.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { type VocoderModel, VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { readCosyVoice3 } from '../../src/families/cosyvoice3/checkpoint.ts'
import { planCausalHift } from '../../src/families/cosyvoice3/model-parts.ts'
import { causalHiftTensors } from '../../src/families/cosyvoice3/tensors.ts'
import type { AcousticKind, ModelSize } from '../real-dims/acoustic-kind.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { REAL_CAUSAL_HIFT } from '../real-dims/dit-dimensions.ts'
import { randomWeightsOf } from '../real-dims/random-weights.ts'

export interface VocoderUnderTest {
  readonly vocoder: VocoderRunner
  readonly mels: number
  close(): Promise<void>
}

interface Source {
  readonly model: VocoderModel
  readonly close: () => Promise<void>
  readonly build: (folder: string) => HiftBuild
}

/** Converts and loads; runs on one thread. */
export async function openVocoderUnderTest(size: ModelSize, kind: AcousticKind): Promise<VocoderUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-vocoder-'))
  const { model, close, build } = await SOURCES[kind][size]()
  const built = build(folder)
  for (const { path, graph } of built.graphs) await graph.save(path)
  await built.weights.write()
  const paths = { f0: join(folder, 'hift-f0.onnx'), generator: join(folder, 'hift-generator.onnx') }
  const vocoder = await VocoderRunner.load(await openRuntime(), paths, model, { intraOpThreads: 1 })
  return {
    vocoder,
    mels: model.mel,
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

/** Streams of the same mel in step, `hop` frames at a time, every run common to all of them. The first one's samples. */
export function streamTogether(
  { vocoder, mels }: VocoderUnderTest,
  mel: Float32Array,
  hop: number,
  streams = 1,
): Float32Array {
  const utterances = Array.from({ length: streams }, (_, i) => vocoder.open(vocoder.noise(i)))
  const step = hop * mels
  const samples: Float32Array[] = []
  for (let at = 0; at < mel.length; at += step) {
    const piece = mel.subarray(at, at + step)
    const ended = at + step >= mel.length
    samples.push(vocoder.pushTogether(utterances.map((stream) => ({ stream, mel: piece, ended })))[0]!)
  }
  return concatFloats(samples)
}

const golden = (name: string) => fileURLToPath(new URL(`../../../test/golden/${name}`, import.meta.url))

const SOURCES: Readonly<Record<AcousticKind, Readonly<Record<ModelSize, () => Promise<Source>>>>> = {
  unet: {
    tiny: async () => {
      const checkpoint = await openCosyVoice2(golden('tiny-a'))
      return windowed(checkpoint.parameters.hift, checkpoint.hift, () => checkpoint.close())
    },
    real: async () => {
      const { hift } = REAL_DIMENSIONS
      return windowed(hift, randomWeightsOf('hift.pt', hiftTensors(hift)))
    },
  },
  dit: {
    tiny: async () => {
      const files = new OpenFiles(golden('tiny-c'))
      const { hift, parameters } = await readCosyVoice3(files)
      return causal(parameters.hift, hift, () => files.close())
    },
    real: async () =>
      causal(REAL_CAUSAL_HIFT, randomWeightsOf('hift.pt', causalHiftTensors(REAL_CAUSAL_HIFT))),
  },
}

function windowed(model: Parameters<typeof buildHift>[0], weights: Weights, close = async () => {}): Source {
  return { model, close, build: (folder) => buildHift(model, weights, folder) }
}

function causal(
  model: Parameters<typeof planCausalHift>[0],
  weights: Weights,
  close = async () => {},
): Source {
  return { model, close, build: (folder) => planCausalHift(model, weights, folder, 'float32') }
}
