import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { type Author, constant, convMatrix, gemm } from '../../../src/convert/layers/gemm.ts'
import { timeTable } from '../../../src/convert/layers/time-embedding.ts'
import { ESTIMATOR } from '../../../src/convert/models/context-ribbon.ts'
import { buildFlow } from '../../../src/convert/models/flow.ts'
import { EstimatorBody, refuseUnknownShape } from '../../../src/convert/models/flow-estimator.ts'
import { GraphBuilder, type Value } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { sourceOf } from '../../../src/core/tensor-source.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import type { HostArray, Runtime, RuntimeTensor, Session } from '../../../src/engine/runtime/runtime.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { goldenFloats, maxDifference, transposedRows } from '../../helpers/npy.ts'
import { convertTinyFlow, type OpenCosyVoice2, openTinyCheckpoint } from '../../helpers/tiny-flow.ts'

/** The issue asks for 5e-4; single precision gives 2e-5. */
const TOLERANCE = 1e-4

let folder: string
let checkpoint: OpenCosyVoice2
let runtime: Runtime
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-estimator-'))
  runtime = await openRuntime()
  checkpoint = await openTinyCheckpoint()
})
after(async () => {
  await checkpoint.close()
  await rm(folder, { recursive: true, force: true })
})

/**
 * The estimator as the reference's `forward`: velocity of one row given mu, speaker and prompt, at the time points
 * `times` instead of the solver's. Both guidance rows get the same inputs; row 0 comes out.
 */
async function saveProbe(times: readonly number[]): Promise<string> {
  const { flow: weights, parameters } = checkpoint
  const file = new WeightFile(join(folder, 'probe.weights'))
  const g = new GraphBuilder('probe', file)
  const author: Author = { g, weights, dtype: 'float32' }
  const x = g.input('x', 'float32', ['N', 'S', 80])
  const others = g.input('others', 'float32', ['N', 'S', 240])
  const step = g.input('step', 'int64', [])
  const body = new EstimatorBody(author, parameters.flow, x, { masked: true })
  const block = `${ESTIMATOR}.down_blocks.0.0`
  const bothRows = (rows: Value) => {
    const single = g.op('Reshape', [rows, g.int64([1, -1, 1, 64])])
    return g.op('Reshape', [g.op('Concat', [single, single], { axis: 2 }), g.int64([1, -1, 64])])
  }
  const left = g.weight('probe.left', sourceOf(new Float32Array(2 * 240), [1, 2, 240]))
  const { windows } = body.grid1.causal(others, left, 240, 3)
  const flat = g.op('Reshape', [others, g.int64([-1, 240])])
  const guide = (rows: Value, key: string) =>
    bothRows(
      gemm(author, rows, `${key}.probe`, convMatrix(weights, key, 80, 320), weights.take(`${key}.bias`)),
    )
  const hidden = body.build({
    guideConv: guide(windows, `${block}.block1.block.0`),
    guideRes: guide(flat, `${block}.res_conv`),
    time: (key) =>
      g.op('Gather', [constant(author, `${key}.probe`, timeTable(weights, ESTIMATOR, key, times)), step]),
  })
  body.finish()
  const first = g.op('Slice', [
    g.op('Reshape', [hidden, g.int64([-1, 2, 64])]),
    g.int64([0]),
    g.int64([1]),
    g.int64([1]),
  ])
  const key = `${ESTIMATOR}.final_proj`
  const rows = g.op('Reshape', [first, g.int64([-1, 64])])
  g.output('velocity', gemm(author, rows, key, convMatrix(weights, key), weights.take(`${key}.bias`)), [
    'F',
    80,
  ])
  const path = join(folder, `probe-${times.join('-')}.onnx`)
  await g.save(path)
  await file.write()
  return path
}

class Tensors {
  readonly #made: RuntimeTensor[] = []

  of(data: HostArray, dims: readonly number[]): RuntimeTensor {
    const dtype = data instanceof BigInt64Array ? 'int64' : data instanceof Uint8Array ? 'bool' : 'float32'
    const tensor = hostTensor(runtime, dtype, data, dims)
    this.#made.push(tensor)
    return tensor
  }

  counts(...values: number[]): RuntimeTensor {
    return this.of(BigInt64Array.from(values, BigInt), [values.length])
  }

  zeros(...dims: number[]): RuntimeTensor {
    return this.of(new Float32Array(dims.reduce((product, dim) => product * dim)), dims)
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }
}

/** Caches of `rows` rows for every layer, as inputs. */
function caches(tensors: Tensors, requests: number, rows: number): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    ['keys', 'values'].flatMap((name) =>
      Array.from({ length: 4 }, (_, i) => [`${name}.${i}`, tensors.zeros(requests, rows, 128)]),
    ),
  )
}

describe('one evaluation is what the reference computes', () => {
  for (const frames of [50, 100, 137])
    it(`over ${frames} frames, with full attention and in blocks`, async () => {
      const golden = (name: string) => goldenFloats(`flow/est${frames}_${name}`).data
      const times = [...golden('t')]
      const session = await runtime.load(await saveProbe(times), { intraOpThreads: 1 })
      const tensors = new Tensors()
      const channels = (name: string, row: number) =>
        transposedRows(golden(name).subarray(row * 80 * frames, (row + 1) * 80 * frames), 80)
      for (const row of [0, 1])
        for (const blocks of [false, true]) {
          const [mu, cond] = [channels('mu', row), channels('cond', row)]
          const speaker = golden('spks').subarray(row * 80, (row + 1) * 80)
          const others = new Float32Array(frames * 240)
          for (let frame = 0; frame < frames; frame++) {
            others.set(mu.subarray(frame * 80, (frame + 1) * 80), frame * 240)
            others.set(speaker, frame * 240 + 80)
            others.set(cond.subarray(frame * 80, (frame + 1) * 80), frame * 240 + 160)
          }
          const mask = Uint8Array.from({ length: frames * frames }, (_, i) => {
            const end = blocks ? (Math.floor(i / frames / 50) + 1) * 50 : frames
            return i % frames < end ? 1 : 0
          })
          const { velocity } = session.fetch(
            {
              x: tensors.of(channels('x', row), [1, frames, 80]),
              others: tensors.of(others, [1, frames, 240]),
              step: tensors.of(BigInt64Array.of(BigInt(row)), []),
              past: tensors.counts(0),
              valid: tensors.counts(frames),
              mask: tensors.of(mask, [frames, frames]),
              context: tensors.zeros(1, 4, 744),
              ...caches(tensors, 1, frames),
            },
            ['velocity'],
          )
          const all = golden(blocks ? 'out_stream' : 'out_full')
          const expected = transposedRows(all.subarray(row * 80 * frames, (row + 1) * 80 * frames), 80)
          const worst = maxDifference(velocity!.data as Float32Array, expected)
          assert.ok(worst < TOLERANCE, `row ${row}, ${blocks ? 'blocks' : 'full'}: ${worst}`)
        }
      tensors.release()
      session.release()
    })
})

describe('several requests in one run', () => {
  let session: Session
  before(async () => {
    const paths = await convertTinyFlow(checkpoint, join(folder, 'batch'))
    session = await runtime.load(paths.estimator, { intraOpThreads: 1 })
  })
  after(() => session.release())

  it('each gives what it gives alone, whatever the lengths of the others', () => {
    const tensors = new Tensors()
    const fresh = 50
    const rows = 160
    const lengths = [100, 0, 37]
    let seed = 1
    const noise = (count: number) =>
      Float32Array.from({ length: count }, () => {
        seed = (seed * 48271) % 2147483647
        return (seed / 2147483647) * 2 - 1
      })
    const requests = lengths.map((past) => ({
      past,
      x: noise(fresh * 80),
      conv: noise(fresh * 2 * 64),
      res: noise(fresh * 2 * 64),
      context: noise(4 * 744),
      cache: Array.from({ length: 8 }, () => noise(past * 128)),
    }))
    const run = (members: typeof requests, capacity: number) => {
      const count = members.length
      const joined = (part: (one: (typeof requests)[number]) => Float32Array, dims: number[]) => {
        const size = dims.reduce((product, dim) => product * dim)
        const all = new Float32Array(count * size)
        for (const [i, one] of members.entries()) all.set(part(one), i * size)
        return tensors.of(all, [count, ...dims])
      }
      const stores = Object.fromEntries(
        ['keys', 'values'].flatMap((name, part) =>
          Array.from({ length: 4 }, (_, layer) => [
            `${name}.${layer}`,
            joined((one) => one.cache[2 * layer + part]!, [capacity, 128]),
          ]),
        ),
      )
      const { x_next: next } = session.fetch(
        {
          x: joined((one) => one.x, [fresh, 80]),
          guide_conv: joined((one) => one.conv, [2 * fresh, 64]),
          guide_res: joined((one) => one.res, [2 * fresh, 64]),
          context: joined((one) => one.context, [4, 744]),
          step: tensors.of(BigInt64Array.of(3n), []),
          past: tensors.counts(...members.map(({ past }) => past)),
          valid: tensors.counts(...members.map(({ past }) => past + fresh)),
          ...stores,
        },
        ['x_next'],
      )
      return next!.data as Float32Array
    }
    const together = run(requests, rows)
    for (const [i, one] of requests.entries()) {
      const alone = run([one], one.past + fresh)
      const mine = together.subarray(i * alone.length, (i + 1) * alone.length)
      assert.ok(maxDifference(mine, alone) < 1e-5, `request ${i}`)
    }
    tensors.release()
  })
})

it('every weight of the flow is used', async () => {
  const fresh = await openTinyCheckpoint()
  buildFlow(fresh.parameters.flow, fresh.flow, folder)
  assert.deepEqual(fresh.flow.unused(), [])
  await fresh.close()
})

it('a UNet of two levels is refused by name', () => {
  const key = `${ESTIMATOR}.down_blocks.1.0.res_conv.weight`
  const weights = new Weights('flow.pt', new Map([[key, sourceOf(new Float32Array(1), [1])]]))
  assert.throws(() => refuseUnknownShape(weights), { code: 'BAD_CHECKPOINT', message: /flow\.pt/ })
})
