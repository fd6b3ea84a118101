/** Kernels that a hop of both families' vocoders starts at the published dimensions where it is run plainly. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COSYVOICE2, COSYVOICE3 } from '../../bench/cards/model-work.ts'
import { REAL_DIMENSIONS } from '../../bench/real-dims/dimensions.ts'
import { REAL_COSYVOICE3 } from '../../bench/real-dims/dit-dimensions.ts'
import { randomWeightsOf } from '../../bench/real-dims/random-weights.ts'
import { hiftTensors } from '../../src/convert/checkpoint/expected-tensors.ts'
import { buildHift } from '../../src/convert/models/hift.ts'
import { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { planCausalHift } from '../../src/families/cosyvoice3/model-parts.ts'
import { causalHiftTensors } from '../../src/families/cosyvoice3/tensors.ts'
import type { CountedCard } from './counters.ts'
import { exactly, type Line } from './line.ts'

const FRAMES = 50
const { hift } = REAL_DIMENSIONS
const { hift: causal } = REAL_COSYVOICE3

const FAMILIES = {
  cosyvoice2: {
    model: hift,
    work: COSYVOICE2,
    plan: (folder: string) =>
      buildHift(hift, randomWeightsOf('hift.pt', hiftTensors(hift)), folder, { dtype: 'float16' }),
  },
  cosyvoice3: {
    model: causal,
    work: COSYVOICE3,
    plan: (folder: string) =>
      planCausalHift(causal, randomWeightsOf('hift.pt', causalHiftTensors(causal)), folder, 'float16'),
  },
}

export async function* vocoderLaunches({ runtime, session, count }: CountedCard): AsyncGenerator<Line> {
  for (const [family, { model, work, plan }] of Object.entries(FAMILIES)) {
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-hops-'))
    try {
      const { graphs, weights } = plan(folder)
      for (const { path, graph } of graphs) await graph.save(path)
      await weights.write()
      const paths = { f0: join(folder, 'hift-f0.onnx'), generator: join(folder, 'hift-generator.onnx') }
      const vocoder = await VocoderRunner.load(runtime, paths, model, session)
      const stream = vocoder.open(vocoder.noise(1))
      const hop = () => vocoder.push(stream, new Float32Array(FRAMES * model.mel))
      hop()
      hop()
      yield exactly(
        `${family}: launches of a hop at real dimensions, plainly`,
        count(hop).launches,
        work.vocoder(FRAMES).launches,
      )
      vocoder.release()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}
