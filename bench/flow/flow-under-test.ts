/** The flow that a measurement runs: a reference set's tiny one, or one of the published dimensions, random weights. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flowTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { OpenFiles } from '../../src/convert/checkpoint/open-files.ts'
import type { Weights } from '../../src/convert/checkpoint/weights.ts'
import type { Products } from '../../src/convert/layers/gemm.ts'
import { buildFlow, type FlowBuild, flowSolvers } from '../../src/convert/models/flow.ts'
import type { FlowModel } from '../../src/engine/flow/flow-dims.ts'
import { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { readCosyVoice3 } from '../../src/families/cosyvoice3/checkpoint.ts'
import { planDitFlow } from '../../src/families/cosyvoice3/model-parts.ts'
import { ditFlowTensors } from '../../src/families/cosyvoice3/tensors.ts'
import type { AcousticKind, ModelSize } from '../real-dims/acoustic-kind.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { REAL_DIT, REAL_DIT_CONV_CHANNELS } from '../real-dims/dit-dimensions.ts'
import { randomWeightsOf } from '../real-dims/random-weights.ts'

export interface FlowUnderTest {
  readonly size: ModelSize
  readonly model: FlowModel
  readonly weights: Weights
  readonly runtime: Runtime
  readonly runner: FlowRunner
  /** For graphs of a measurement's own. */
  readonly folder: string
  readonly weightBytes: number
  readonly seconds: { readonly convert: number; readonly load: number }
  close(): Promise<void>
}

interface Source {
  readonly model: FlowModel
  readonly weights: Weights
  readonly close: () => Promise<void>
  readonly build: (folder: string, solvers: readonly string[], products: Products) => FlowBuild
}

/** Converts and loads. */
export async function openFlowUnderTest(
  size: ModelSize,
  kind: AcousticKind,
  products: Products = 'float',
): Promise<FlowUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-flow-'))
  const { model, weights, close, build } = await SOURCES[kind][size]()
  // Other solvers' tables would only lengthen the conversion.
  const solvers = flowSolvers(model).slice(0, 1)
  const start = performance.now()
  const { graphs, weights: file } = build(folder, solvers, products)
  for (const { path, graph } of graphs) await graph.save(path)
  await file.write()
  const converted = performance.now()
  const runtime = await openRuntime()
  const pathOf = (name: string) => join(folder, `flow-${name}.onnx`)
  const paths = {
    encoder: pathOf('encoder'),
    estimator: pathOf('estimator'),
    distances: kind === 'unet' ? pathOf('distances') : undefined,
  }
  const runner = await FlowRunner.load(runtime, paths, model, { intraOpThreads: 1 }, { solvers })
  const loaded = performance.now()
  return {
    size,
    model,
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
}

/**
 * Built with three Euler steps: all ten are the same graph with another time embedding. Their caches (229 MB per second
 * of audio and more) would not fit a small machine. Three are enough that a step finds nothing of its own in the caches
 * of the processor.
 */
const REAL_STEPS = 3

const golden = (name: string) => fileURLToPath(new URL(`../../../test/golden/${name}`, import.meta.url))

const SOURCES: Readonly<Record<AcousticKind, Readonly<Record<ModelSize, () => Promise<Source>>>>> = {
  unet: {
    tiny: async () => {
      const checkpoint = await openCosyVoice2(golden('tiny-a'))
      const { flow: weights, parameters } = checkpoint
      return unetSource(parameters.flow, weights, () => checkpoint.close())
    },
    real: async () => {
      const model = { ...REAL_DIMENSIONS.flow, eulerSteps: REAL_STEPS }
      return unetSource(model, randomWeightsOf('flow.pt', flowTensors(model)))
    },
  },
  dit: {
    tiny: async () => {
      const files = new OpenFiles(golden('tiny-c'))
      const { flow, parameters } = await readCosyVoice3(files)
      return ditSource(parameters.flow, flow, () => files.close())
    },
    real: async () => {
      const model = { ...REAL_DIT, eulerSteps: REAL_STEPS }
      return ditSource(model, randomWeightsOf('flow.pt', ditFlowTensors(model, REAL_DIT_CONV_CHANNELS)))
    },
  },
}

function unetSource(
  model: Parameters<typeof buildFlow>[0],
  weights: Weights,
  close = async () => {},
): Source {
  return {
    model,
    weights,
    close,
    build: (folder, solvers, products) => buildFlow(model, weights, folder, { solvers, products }),
  }
}

function ditSource(
  model: Parameters<typeof planDitFlow>[0],
  weights: Weights,
  close = async () => {},
): Source {
  return {
    model,
    weights,
    close,
    build: (folder, solvers, products) =>
      planDitFlow(model, weights, folder, { dtype: 'float32', products, solvers }),
  }
}
