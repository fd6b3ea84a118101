/** Kernels that an evaluation of both families' estimators starts at the published dimensions. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REAL_DIMENSIONS } from '../../bench/real-dims/dimensions.ts'
import { REAL_DIT, REAL_DIT_CONV_CHANNELS } from '../../bench/real-dims/dit-dimensions.ts'
import { randomWeightsOf } from '../../bench/real-dims/random-weights.ts'
import { flowTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { buildFlow } from '../../src/convert/models/flow.ts'
import { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import { planDitFlow } from '../../src/families/cosyvoice3/model-parts.ts'
import { ditFlowTensors } from '../../src/families/cosyvoice3/tensors.ts'
import type { CountedCard } from './counters.ts'
import { launchesOf } from './graph-launches.ts'
import { atMost, exactly, type Line } from './line.ts'

const MOST_OF_AN_ENCODER = 360
const MOST_OF_A_STEP = 900
const solvers = ['euler10']
const options = { dtype: 'float16', solvers } as const

const FAMILIES = {
  cosyvoice2: {
    model: REAL_DIMENSIONS.flow,
    plan: (folder: string) =>
      buildFlow(
        REAL_DIMENSIONS.flow,
        randomWeightsOf('flow.pt', flowTensors(REAL_DIMENSIONS.flow)),
        folder,
        options,
      ),
  },
  cosyvoice3: {
    model: REAL_DIT,
    plan: (folder: string) =>
      planDitFlow(
        REAL_DIT,
        randomWeightsOf('flow.pt', ditFlowTensors(REAL_DIT, REAL_DIT_CONV_CHANNELS)),
        folder,
        options,
      ),
  },
}

export async function* launches(card: CountedCard): AsyncGenerator<Line> {
  for (const [family, { model, plan }] of Object.entries(FAMILIES)) {
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-launches-'))
    try {
      const { graphs, weights } = plan(folder)
      for (const { path, graph } of graphs) await graph.save(path)
      await weights.write()
      for (const estimator of ['flow-estimator-alone', 'flow-estimator'])
        yield* launchesOfRuns(card, { family, folder, estimator, model })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function* launchesOfRuns(
  { runtime, session, count }: CountedCard,
  {
    family,
    folder,
    estimator,
    model,
  }: {
    family: string
    folder: string
    estimator: string
    model: (typeof FAMILIES)['cosyvoice2' | 'cosyvoice3']['model']
  },
): AsyncGenerator<Line> {
  const pathOf = (name: string) => join(folder, `${name}.onnx`)
  const distances = family === 'cosyvoice2' ? pathOf('flow-distances') : undefined
  const paths = { encoder: pathOf('flow-encoder'), estimator: pathOf(estimator), distances }
  const flow = await FlowRunner.load(runtime, paths, model, session, { solvers })
  const { mels, speaker } = flow.dims
  const voice = {
    speechTokens: new Int32Array(25),
    mel: new Float32Array(50 * mels),
    embedding: new Float32Array(speaker),
  }
  const state = flow.open(voice, 100)
  state.push(new Int32Array(60))
  state.finish()
  const work = flow.begin(state)!
  const encoded = count(() => work.step())
  work.step()
  const step = count(() => work.step())
  work.abort()
  state.release()
  flow.release()
  const name = `${family}: launches of ${estimator} at real dimensions`
  const counted = launchesOf(await readFile(paths.estimator))
  if (estimator === 'flow-estimator-alone') {
    yield atMost(
      `${family}: launches of the encoder at real dimensions`,
      encoded.launches,
      MOST_OF_AN_ENCODER,
    )
    yield atMost(name, step.launches, MOST_OF_A_STEP)
  }
  yield exactly(`${name}, by its nodes`, counted, step.launches)
  yield exactly(`${family}: bytes from the card in a run of ${estimator}`, step.toHostBytes, 0)
}
