/**
 * The flow that a measurement runs: the reference set's tiny one, or one of the published dimensions with random weights.
 *
 * Knows: how to get a converted flow into a folder. Does not know: what is measured.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flowTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import type { Weights } from '../../src/convert/checkpoint/weights.ts'
import { buildFlow, flowSolvers } from '../../src/convert/models/flow.ts'
import type { FlowHyperParameters } from '../../src/core/hyper-parameters.ts'
import { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { randomWeightsOf } from '../real-dims/random-weights.ts'

export type FlowSize = 'tiny' | 'real'

export interface FlowUnderTest {
  readonly size: FlowSize
  readonly hyper: FlowHyperParameters
  readonly weights: Weights
  readonly runtime: Runtime
  readonly runner: FlowRunner
  /** For graphs of a measurement's own. */
  readonly folder: string
  readonly weightBytes: number
  readonly seconds: { readonly convert: number; readonly load: number }
  close(): Promise<void>
}

/** Converts and loads. */
export async function openFlowUnderTest(size: FlowSize): Promise<FlowUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-flow-'))
  const { hyper, weights, close } = size === 'tiny' ? await tinyFlow() : randomFlow()
  const start = performance.now()
  const { graphs, weights: file } = buildFlow(hyper, weights, folder)
  for (const { path, graph } of graphs) await graph.save(path)
  await file.write()
  const converted = performance.now()
  const runtime = await openRuntime()
  const paths = { encoder: pathOf('encoder'), estimator: pathOf('estimator'), distances: pathOf('distances') }
  const runner = await FlowRunner.load(
    runtime,
    paths,
    hyper,
    { intraOpThreads: 1 },
    { solvers: flowSolvers(hyper) },
  )
  const loaded = performance.now()
  return {
    size,
    hyper,
    weights,
    runtime,
    runner,
    folder,
    weightBytes: file.size,
    seconds: { convert: (converted - start) / 1000, load: (loaded - converted) / 1000 },
    close: async () => {
      runner.release()
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }

  function pathOf(name: string): string {
    return join(folder, `flow-${name}.onnx`)
  }
}

async function tinyFlow() {
  const golden = fileURLToPath(new URL('../../../test/golden/tiny-a', import.meta.url))
  const checkpoint = await openCosyVoice2(golden)
  return { hyper: checkpoint.parameters.flow, weights: checkpoint.flow, close: () => checkpoint.close() }
}

/**
 * Built with three Euler steps: all ten are the same graph with another time embedding, and their caches (229 MB per
 * second of audio) would not fit a small machine. Three are enough that a step finds nothing of its own in the caches
 * of the processor.
 */
const REAL_STEPS = 3

function randomFlow() {
  const hyper: FlowHyperParameters = { ...REAL_DIMENSIONS.flow, eulerSteps: REAL_STEPS }
  return { hyper, weights: randomWeightsOf('flow.pt', flowTensors(hyper)), close: async () => {} }
}
