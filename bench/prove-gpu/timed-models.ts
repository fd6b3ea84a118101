/** Models that are timed: of the published dimensions with random weights in half precision, or the reference set's. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { flowTensors, hiftTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { buildFlow } from '../../src/convert/models/flow.ts'
import { buildHift } from '../../src/convert/models/hift.ts'
import { buildSpeechLm } from '../../src/convert/models/speech-lm.ts'
import { openFlow, openLlm, openVocoder } from '../../src/engine/bundle-models.ts'
import { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { planCausalHift, planDitFlow } from '../../src/families/cosyvoice3/model-parts.ts'
import { causalHiftTensors, ditFlowTensors } from '../../src/families/cosyvoice3/tensors.ts'
import { REAL_LLM, randomLlmWeights } from '../llm/random-weights.ts'
import { REAL_DIMENSIONS } from '../real-dims/dimensions.ts'
import { REAL_CAUSAL_HIFT, REAL_DIT, REAL_DIT_CONV_CHANNELS } from '../real-dims/dit-dimensions.ts'
import { randomWeightsOf } from '../real-dims/random-weights.ts'
import type { Family } from './bars.ts'
import type { Proof } from './proof.ts'

const SOLVERS = ['euler10']
const HALF = 'float16'

interface Built {
  readonly graphs: readonly { readonly path: string; readonly graph: { save(path: string): Promise<void> } }[]
  readonly weights: { write(): Promise<void> }
}

export type Part = 'llm' | 'flow' | 'vocoder'

const BUILDS: Readonly<Record<Part, Readonly<Record<Family, (folder: string) => Built>>>> = {
  llm: { cosyvoice2: llm, cosyvoice3: llm },
  flow: {
    cosyvoice2: (folder) => {
      const { flow } = REAL_DIMENSIONS
      return buildFlow(flow, randomWeightsOf('flow.pt', flowTensors(flow)), folder, {
        dtype: HALF,
        solvers: SOLVERS,
      })
    },
    cosyvoice3: (folder) =>
      planDitFlow(
        REAL_DIT,
        randomWeightsOf('flow.pt', ditFlowTensors(REAL_DIT, REAL_DIT_CONV_CHANNELS)),
        folder,
        { dtype: HALF, solvers: SOLVERS },
      ),
  },
  vocoder: {
    cosyvoice2: (folder) => {
      const { hift } = REAL_DIMENSIONS
      return buildHift(hift, randomWeightsOf('hift.pt', hiftTensors(hift)), folder, { dtype: HALF })
    },
    cosyvoice3: (folder) =>
      planCausalHift(
        REAL_CAUSAL_HIFT,
        randomWeightsOf('hift.pt', causalHiftTensors(REAL_CAUSAL_HIFT)),
        folder,
        HALF,
      ),
  },
}

function llm(folder: string): Built {
  return buildSpeechLm(REAL_LLM, randomLlmWeights(REAL_LLM), folder, 'fp16')
}

/** The folder of a part's graphs, which are made where they are not there yet. */
export async function madePart({ options }: Proof, part: Part): Promise<string> {
  const folder = join(options.folder, 'models', `${options.family}-${part}`)
  if (existsSync(folder)) return folder
  const partial = `${folder}.partial-${process.pid}`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const { graphs, weights } = BUILDS[part][options.family](partial)
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
  await rename(partial, folder)
  return folder
}

/** With room for `rows` rows of `capacity` positions. */
export async function openTimedLlm(proof: Proof, rows: number, capacity: number): Promise<LlmRunner> {
  const { runtime, session } = await proof.open()
  if (proof.isTiny)
    return openLlm(runtime, await proof.bundle(proof.options.family, 'fp16'), { rows, capacity }, session)
  const { layers, kvHeads, decoderRows, headDim } = REAL_LLM
  return LlmRunner.open(runtime, join(await madePart(proof, 'llm'), 'llm.onnx'), {
    kv: { layers, kvHeads, headDim: headDim!, rows, capacity, dtype: HALF },
    vocabulary: decoderRows,
    session,
  })
}

/** So many streams may share a run. */
export async function openTimedFlow(proof: Proof, together: number): Promise<FlowRunner> {
  const { runtime, session } = await proof.open()
  const { family } = proof.options
  if (proof.isTiny) return openFlow(runtime, await proof.bundle(family, 'fp16'), session, { together })
  const pathOf = (name: string) => join(folder, `flow-${name}.onnx`)
  const folder = await madePart(proof, 'flow')
  const paths = {
    encoder: pathOf('encoder'),
    estimator: pathOf('estimator'),
    distances: family === 'cosyvoice2' ? pathOf('distances') : undefined,
  }
  const model = family === 'cosyvoice2' ? REAL_DIMENSIONS.flow : REAL_DIT
  return FlowRunner.load(runtime, paths, model, session, { solvers: SOLVERS, together })
}

export async function openTimedVocoder(proof: Proof): Promise<{ vocoder: VocoderRunner; mels: number }> {
  const { runtime, session } = await proof.open()
  const { family } = proof.options
  if (proof.isTiny) {
    const bundle = await proof.bundle(family, 'fp16')
    const { mel } = bundle.manifest.parameters.hift
    return { vocoder: await openVocoder(runtime, bundle, session), mels: mel }
  }
  const folder = await madePart(proof, 'vocoder')
  const paths = { f0: join(folder, 'hift-f0.onnx'), generator: join(folder, 'hift-generator.onnx') }
  const model = family === 'cosyvoice2' ? REAL_DIMENSIONS.hift : REAL_CAUSAL_HIFT
  return { vocoder: await VocoderRunner.load(runtime, paths, model, session), mels: model.mel }
}
