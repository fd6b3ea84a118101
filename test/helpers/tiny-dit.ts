/** Flow and vocoder of the second family's reference checkpoint, converted into a folder. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OpenFiles } from '../../src/convert/checkpoint/open-files.ts'
import type { DitFlowParameters } from '../../src/core/hyper-parameters.ts'
import { weightSet } from '../../src/core/weight-set.ts'
import { type FlowPaths, FlowRunner, type FlowRunOptions } from '../../src/engine/flow/flow-runner.ts'
import type { FlowVoice } from '../../src/engine/flow/flow-voice.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import {
  type VocoderModel,
  type VocoderPaths,
  VocoderRunner,
} from '../../src/engine/vocoder/vocoder-runner.ts'
import { readCosyVoice3 } from '../../src/families/cosyvoice3/checkpoint.ts'
import { buildCosyVoice3Parts } from '../../src/families/cosyvoice3/model-parts.ts'
import { goldenFloats, goldenInts, transposedRows } from './npy.ts'
import { goldenDir3 } from './paths.ts'

export const ditReply: Int32Array = goldenInts('flow/token', goldenDir3).data
export const ditVoice: FlowVoice = {
  speechTokens: goldenInts('flow/prompt_token', goldenDir3).data,
  mel: goldenFloats('flow/prompt_feat', goldenDir3).data,
  embedding: goldenFloats('flow/embedding', goldenDir3).data,
}
export const noPrompt: FlowVoice = {
  ...ditVoice,
  speechTokens: new Int32Array(0),
  mel: new Float32Array(0),
}

/** A mel of the reference arrays, `[frames, 80]`. */
export const ditMel = (name: string): Float32Array =>
  transposedRows(goldenFloats(`flow/${name}`, goldenDir3).data, 80)

export interface TinyDit {
  readonly flow: DitFlowParameters
  readonly flowPaths: FlowPaths
  readonly solvers: readonly string[]
  readonly hift: VocoderModel
  readonly vocoderPaths: VocoderPaths
}

/** Writes the graphs of all parts. */
export async function convertTinyDit(folder: string, format: 'fp32' | 'fp16' = 'fp32'): Promise<TinyDit> {
  await mkdir(folder, { recursive: true })
  const files = new OpenFiles(goldenDir3)
  try {
    const checkpoint = await readCosyVoice3(files)
    const { parts, facts } = buildCosyVoice3Parts(checkpoint, folder, weightSet(format))
    for (const { graphs, weights } of parts) {
      for (const { path, graph } of graphs) await graph.save(path)
      await weights.write()
    }
    const pathOf = (name: string) => join(folder, `${name}.onnx`)
    return {
      flow: checkpoint.parameters.flow,
      flowPaths: { encoder: pathOf('flow-encoder'), estimator: pathOf('flow-estimator') },
      solvers: facts.flowGraph.solvers,
      hift: checkpoint.parameters.hift,
      vocoderPaths: { f0: pathOf('hift-f0'), generator: pathOf('hift-generator') },
    }
  } finally {
    await files.close()
  }
}

export function loadTinyDitFlow(
  runtime: Runtime,
  { flow, flowPaths, solvers }: TinyDit,
  run: Partial<FlowRunOptions> = {},
): Promise<FlowRunner> {
  return FlowRunner.load(runtime, flowPaths, flow, { intraOpThreads: 1 }, { solvers, ...run })
}

export function loadTinyCausalVocoder(
  runtime: Runtime,
  { hift, vocoderPaths }: TinyDit,
): Promise<VocoderRunner> {
  return VocoderRunner.load(runtime, vocoderPaths, hift, { intraOpThreads: 1 })
}
