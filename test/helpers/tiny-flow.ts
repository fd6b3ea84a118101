/** The flow of the reference checkpoint, converted into a folder, with the voice and reply of the reference arrays. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ALONE, buildFlow, type FlowOptions, flowSolvers } from '../../src/convert/models/flow.ts'
import {
  type FlowPaths,
  FlowRunner,
  type FlowRunOptions,
  finishWork,
} from '../../src/engine/flow/flow-runner.ts'
import type { FlowState } from '../../src/engine/flow/flow-state.ts'
import type { FlowVoice } from '../../src/engine/flow/flow-voice.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { goldenFloats, goldenInts } from './npy.ts'
import { goldenDir } from './paths.ts'

export const goldenReply: Int32Array = goldenInts('flow/token').data
export const goldenVoice: FlowVoice = {
  speechTokens: goldenInts('flow/prompt_token').data,
  mel: goldenFloats('flow/prompt_feat').data,
  embedding: goldenFloats('flow/embedding').data,
}

export type OpenCosyVoice2 = Awaited<ReturnType<typeof openCosyVoice2>>

export const openTinyCheckpoint = (): Promise<OpenCosyVoice2> => openCosyVoice2(goldenDir)

/** All files of a flow whose encoder attends. */
type TinyFlowPaths = FlowPaths & { readonly distances: string }

export function flowPaths(folder: string): TinyFlowPaths {
  const [encoder, estimator, distances] = ['encoder', 'estimator', 'distances'].map((name) =>
    join(folder, `flow-${name}.onnx`),
  ) as [string, string, string]
  return { encoder, estimator, distances }
}

/** Writes the graphs. */
export async function convertTinyFlow(
  checkpoint: OpenCosyVoice2,
  folder: string,
  options: FlowOptions = {},
): Promise<TinyFlowPaths> {
  await mkdir(folder, { recursive: true })
  const { graphs, weights } = buildFlow(checkpoint.parameters.flow, checkpoint.flow, folder, options)
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
  return flowPaths(folder)
}

export async function openTinyFlow(
  runtime: Runtime,
  folder: string,
  options: FlowOptions = {},
  run: Partial<FlowRunOptions> = {},
  alone = false,
): Promise<FlowRunner> {
  const checkpoint = await openTinyCheckpoint()
  const converted = await convertTinyFlow(checkpoint, folder, options)
  const paths = alone ? { ...converted, estimator: join(folder, `${ALONE}.onnx`) } : converted
  await checkpoint.close()
  const { flow } = checkpoint.parameters
  const solvers = options.solvers ?? flowSolvers(flow)
  return FlowRunner.load(runtime, paths, flow, { intraOpThreads: 1 }, { solvers, ...run })
}

/** Solves all blocks that are there; the reply's frames, `[frames, mels]`. */
export function solveAll(runner: FlowRunner, state: FlowState): Float32Array {
  const parts: number[] = []
  for (let work = runner.begin(state); work !== undefined; work = runner.begin(state))
    parts.push(...finishWork(work))
  return Float32Array.from(parts)
}
