import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { OpenFiles } from '../../../src/convert/checkpoint/open-files.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import type { Runtime, Session } from '../../../src/engine/runtime/runtime.ts'
import { readCosyVoice3 } from '../../../src/families/cosyvoice3/checkpoint.ts'
import { buildDitEncoder } from '../../../src/families/cosyvoice3/dit-encoder.ts'
import { planEstimatorProbe } from '../../../src/families/cosyvoice3/estimator-probe.ts'
import { GraphTensors } from '../../helpers/graph-tensors.ts'
import { goldenFloats, goldenInts, maxDifference, transposedRows } from '../../helpers/npy.ts'
import { goldenDir3 } from '../../helpers/paths.ts'
import { openStrictRuntime } from '../../helpers/strict-runtime.ts'

const golden = (name: string) => goldenFloats(`flow/${name}`, goldenDir3)

let folder: string
let runtime: Runtime
let files: OpenFiles
let checkpoint: Awaited<ReturnType<typeof readCosyVoice3>>
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-dit-'))
  runtime = await openStrictRuntime()
  files = new OpenFiles(goldenDir3)
  checkpoint = await readCosyVoice3(files)
})
after(async () => {
  await files.close()
  await rm(folder, { recursive: true, force: true })
})

async function build(name: string, add: (g: GraphBuilder) => void): Promise<Session> {
  const weights = new WeightFile(join(folder, `${name}.data`))
  const g = new GraphBuilder(name, weights)
  add(g)
  await g.save(join(folder, `${name}.onnx`))
  await weights.write()
  return runtime.load(join(folder, `${name}.onnx`), { intraOpThreads: 1 })
}

describe('the encoder gives mu, speaker and the shares of the input projection', () => {
  it('mu as the reference has it, whole and block by block', async () => {
    const { flow, parameters } = checkpoint
    const session = await build('encoder', (g) => buildDitEncoder(g, parameters.flow, flow, 'float32'))
    const tensors = new GraphTensors(runtime)
    const tokens = [
      ...goldenInts('flow/prompt_token', goldenDir3).data,
      ...goldenInts('flow/token', goldenDir3).data,
    ]
    const { lookaheadWidth, spkDim, preLookahead } = parameters.flow
    assert.equal(golden('embedding').data.length, spkDim)
    const run = (from: number, count: number, context: Float32Array) => {
      const ids = tokens.slice(from, from + count + preLookahead)
      const known = ids.length
      while (ids.length < count + preLookahead) ids.push(-1)
      return session.fetch(
        {
          tokens: tensors.of(BigInt64Array.from(ids, BigInt), [1, ids.length]),
          known: tensors.counts(known),
          embedding: tensors.of(golden('embedding').data, [1, spkDim]),
          prompt: tensors.zeros(1, 2 * count, 80),
          token_context: tensors.of(context, [1, 2, lookaheadWidth]),
        },
        ['mu', 'speaker', 'guide', 'token_context_next'],
      )
    }
    const floats = (value: { data: unknown } | undefined) => value!.data as Float32Array
    const nothing = () => new Float32Array(2 * lookaheadWidth)
    const whole = run(0, tokens.length, nothing())
    assert.ok(maxDifference(floats(whole.mu), golden('mu_final').data) < 2e-4)
    assert.ok(maxDifference(floats(whole.speaker), golden('spks').data) < 1e-5)
    const mu: number[] = []
    for (let from = 0, context: Float32Array = nothing(); from < tokens.length; from += 25) {
      const block = run(from, Math.min(25, tokens.length - from), context)
      mu.push(...floats(block.mu))
      context = floats(block.token_context_next)
    }
    assert.ok(maxDifference(mu, floats(whole.mu)) < 1e-5)
    tensors.release()
    session.release()
  })
})

describe('one evaluation is what the reference computes', () => {
  for (const frames of [50, 137])
    it(`over ${frames} frames, with full attention and in blocks`, async () => {
      const { flow, parameters } = checkpoint
      const { width, blocks, heads, headDim, convTaps, mel } = parameters.flow
      const times = [...golden(`est${frames}_t`).data]
      const own = await mkdtemp(join(folder, 'probe-'))
      const { graphs, weights } = planEstimatorProbe(parameters.flow, flow, own, times)
      await graphs[0]!.graph.save(graphs[0]!.path)
      await weights.write()
      const session = await runtime.load(graphs[0]!.path, { intraOpThreads: 1 })
      const tensors = new GraphTensors(runtime)
      const inner = 2 * heads * headDim
      for (const row of [0, 1])
        for (const inBlocks of [false, true]) {
          const part = (name: string) =>
            transposedRows(
              golden(`est${frames}_${name}`).data.subarray(row * mel * frames, (row + 1) * mel * frames),
              mel,
            )
          const [cond, mu] = [part('cond'), part('mu')]
          const speaker = golden(`est${frames}_spks`).data.subarray(row * mel, (row + 1) * mel)
          const others = new Float32Array(frames * 3 * mel)
          for (let frame = 0; frame < frames; frame++) {
            others.set(cond.subarray(frame * mel, (frame + 1) * mel), frame * 3 * mel)
            others.set(mu.subarray(frame * mel, (frame + 1) * mel), frame * 3 * mel + mel)
            others.set(speaker, frame * 3 * mel + 2 * mel)
          }
          const mask = Uint8Array.from({ length: frames * frames }, (_, i) => {
            const end = inBlocks ? (Math.floor(i / frames / 50) + 1) * 50 : frames
            return i % frames < end ? 1 : 0
          })
          const { velocity } = session.fetch(
            {
              x: tensors.of(part('x'), [1, frames, mel]),
              others: tensors.of(others, [1, frames, 3 * mel]),
              step: tensors.of(BigInt64Array.of(BigInt(row)), []),
              past: tensors.counts(0),
              valid: tensors.counts(frames),
              mask: tensors.of(mask, [frames, frames]),
              context: tensors.zeros(1, 4 * width, convTaps - 1),
              ...Object.fromEntries(
                ['keys', 'values'].flatMap((name) =>
                  Array.from({ length: blocks }, (_, i) => [`${name}.${i}`, tensors.zeros(1, frames, inner)]),
                ),
              ),
            },
            ['velocity'],
          )
          const worst = maxDifference(
            velocity!.data as Float32Array,
            part(inBlocks ? 'out_stream' : 'out_full'),
          )
          // GELU by erf instead of tanh would move it by 9e-4.
          assert.ok(worst < 2e-4, `row ${row}, ${inBlocks ? 'blocks' : 'full'}: ${worst}`)
        }
      tensors.release()
      session.release()
    })
})
