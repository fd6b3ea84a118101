/** The flow of the reference checkpoint, converted into a folder, with the voice and reply of the reference arrays. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBytes } from '../../src/convert/checkpoint/byte-source.ts'
import { readTorch } from '../../src/convert/checkpoint/torch.ts'
import { Weights } from '../../src/convert/checkpoint/weights.ts'
import { buildFlow, FLOW_FILES, type FlowOptions } from '../../src/convert/models/flow.ts'
import type { FlowHyperParameters } from '../../src/core/hyper-parameters.ts'
import { FlowRunner } from '../../src/engine/flow-runner.ts'
import type { FlowVoice } from '../../src/engine/flow-voice.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import { goldenFloats, goldenInts } from './npy.ts'
import { goldenDir } from './paths.ts'

/** As `cosyvoice2.yaml` and the weights say. */
export const tinyFlow: FlowHyperParameters = {
  vocab: 486,
  width: 64,
  heads: 4,
  headDim: 16,
  ffn: 128,
  encoderBlocks: 2,
  upBlocks: 4,
  upsampleStride: 2,
  preLookahead: 3,
  chunkTokens: 25,
  mel: 80,
  spkDim: 192,
  channels: [64],
  nBlocks: 1,
  numMid: 2,
  estimatorHeads: 2,
  estimatorHeadDim: 32,
  cfgRate: 0.7,
  tScheduler: 'cosine',
  tokenMelRatio: 2,
}

export const goldenReply: Int32Array = goldenInts('flow/token').data
export const goldenVoice: FlowVoice = {
  speechTokens: goldenInts('flow/prompt_token').data,
  mel: goldenFloats('flow/prompt_feat').data,
  embedding: goldenFloats('flow/embedding').data,
}

/** Kept open: tensors are read when graphs are written. */
let file: FileBytes | undefined

export async function tinyFlowWeights(): Promise<Weights> {
  file ??= await FileBytes.open(join(goldenDir, 'flow.pt'), 'flow.pt')
  return new Weights('flow.pt', (await readTorch(file)).tensors)
}

/** After the last conversion. */
export async function closeTinyFlow(): Promise<void> {
  await file?.close()
  file = undefined
}

/** Writes the graphs; resolves to their paths. */
export async function convertTinyFlow(folder: string, options: FlowOptions = {}) {
  await mkdir(folder, { recursive: true })
  const { graphs, weightFile, facts } = buildFlow(tinyFlow, await tinyFlowWeights(), folder, options)
  for (const [name, graph] of graphs) await graph.save(join(folder, name))
  await weightFile.write()
  const { encoder, estimator, distances } = FLOW_FILES
  const paths = {
    encoder: join(folder, encoder),
    estimator: join(folder, estimator),
    distances: join(folder, distances),
  }
  return { paths, facts }
}

export async function openTinyFlow(runtime: Runtime, folder: string): Promise<FlowRunner> {
  const { paths, facts } = await convertTinyFlow(folder)
  return FlowRunner.load(runtime, paths, tinyFlow, facts.steps, { intraOpThreads: 1 })
}
