/** What a graph that a card records has instead of unequal cuts and joins: the same values, and no table to send. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { fromBinary } from '@bufbuild/protobuf'
import { TIME } from '../../../src/convert/layers/convolution.ts'
import {
  cutAll,
  cutEqually,
  joinAll,
  joinEqually,
  MOST_PARTS,
  putBefore,
  wholeGroups,
} from '../../../src/convert/layers/replayable.ts'
import { ContextRibbon, ribbonPlan } from '../../../src/convert/models/context-ribbon.ts'
import { buildFlow } from '../../../src/convert/models/flow.ts'
import { GraphBuilder, type Value } from '../../../src/convert/onnx/graph-builder.ts'
import { ModelProtoSchema, type NodeProto } from '../../../src/convert/onnx/onnx_pb.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../../src/engine/runtime/runtime.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { convertTinyDit, loadTinyCausalVocoder } from '../../helpers/tiny-dit.ts'
import { openTinyCheckpoint } from '../../helpers/tiny-flow.ts'
import { openTinyVocoder } from '../../helpers/tiny-hift.ts'

let folder: string
let runtime: Runtime
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-replayable-'))
  runtime = await openRuntime()
})
after(() => rm(folder, { recursive: true, force: true }))

const ramp = (length: number, from = 1) => Float32Array.from({ length }, (_, i) => from + i)

/** `y` of a graph over inputs of float32. */
async function run(
  inputs: Readonly<Record<string, readonly [Float32Array, readonly number[]]>>,
  build: (g: GraphBuilder, given: Readonly<Record<string, Value>>) => Value,
): Promise<Float32Array> {
  const g = new GraphBuilder('test', new WeightFile(join(folder, 'none.data')))
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, [, dims]]) => [name, g.input(name, 'float32', dims)]),
  )
  g.output('y', build(g, given), ['A', 'B', 'C'])
  const session = await runtime.load(g.toBytes(), { intraOpThreads: 1 })
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, [values, dims]]) => [
      name,
      hostTensor(runtime, 'float32', values, dims),
    ]),
  )
  const y = session.fetch(feeds, ['y']).y!.data as Float32Array
  session.release()
  return y
}

it('what lies before another is what a Concat gives, on any axis', async () => {
  for (const [axis, front, back] of [
    [1, [2, 3, 4], [2, 5, 4]],
    [2, [2, 5, 1], [2, 5, 4]],
  ] as const) {
    const size = (dims: readonly number[]) => dims.reduce((all, dim) => all * dim, 1)
    const inputs = { f: [ramp(size(front), -3), front], x: [ramp(size(back)), back] } as const
    const [own, joined] = await Promise.all([
      run(inputs, (g, { f, x }) => putBefore(g, f!, front[axis], x!, { axis, replayed: true })),
      run(inputs, (g, { f, x }) => g.op('Concat', [f!, x!], { axis })),
    ])
    assert.deepEqual(own, joined)
  }
})

it('any number of equal parts is cut and joined in at most two turns', async () => {
  assert.deepEqual([1, 31, 32, 33, 65, 100].map(wholeGroups), [1, 31, 32, 34, 66, 100])
  for (const parts of [1, 5, 32, 34, 100]) {
    const values = ramp(2 * 3 * parts)
    const y = await run({ x: [values, [1, 2, 3 * parts]] }, (g, { x }) =>
      g.op('Neg', [joinEqually(g, cutEqually(g, x!, parts, 2), 2)]),
    )
    assert.deepEqual(
      y,
      values.map((value) => -value),
    )
  }
  assert.throws(() => cutEqually({} as GraphBuilder, {} as Value, 33, 0), /no whole groups/)
})

it('what goes before may have any length, none too', async () => {
  for (const length of [0, 1, 3]) {
    const values = ramp(2 * 5)
    const y = await run({ x: [values, [1, 2, 5]] }, (g, { x }) => {
      const front = g.op('Slice', [x!, g.int64([0]), g.int64([length]), g.int64([2])])
      return putBefore(g, front, null, x!, { axis: 2, replayed: true })
    })
    const rows = [values.subarray(0, 5), values.subarray(5)]
    assert.deepEqual(
      [...y],
      rows.flatMap((row) => [...row.subarray(0, length), ...row]),
    )
  }
})

it('parts of any lengths are cut and joined', async () => {
  for (const lengths of [[4], [3, 3], [2, 6, 10, 2], Array<number>(40).fill(1)]) {
    const total = lengths.reduce((sum, length) => sum + length, 0)
    const values = ramp(2 * 3 * total)
    for (const replayed of [true, false]) {
      const y = await run({ x: [values, [2, 3, total]] }, (g, { x }) => {
        const cut = cutAll(g, x!, lengths, { axis: 2, replayed })
        return g.op('Neg', [joinAll(g, cut, lengths, { axis: 2, replayed })])
      })
      assert.deepEqual(
        y,
        values.map((value) => -value),
        `${lengths} ${replayed}`,
      )
    }
  }
})

it('contexts of any widths go through equal parts unchanged', async () => {
  const channels = [5, ...Array<number>(34).fill(8), 16, 8]
  const plan = ribbonPlan(channels, true)
  assert.deepEqual([plan.unit, plan.total], [8, 8 * wholeGroups(38)])
  const packed = ramp(2 * 4 * plan.total)
  const y = await run({ packed: [packed, [2, 4, plan.total]] }, (g, { packed: given }) => {
    const ribbon = new ContextRibbon(g, given!, plan)
    for (const one of channels) ribbon.give(g.op('Neg', [ribbon.take(one)]))
    return ribbon.join()
  })
  let at = 0
  const starts = channels.map((one) => {
    const start = at
    at += 8 * Math.ceil(one / 8)
    return start
  })
  for (let row = 0; row < 8; row++)
    for (const [i, one] of channels.entries())
      for (let channel = 0; channel < one; channel++) {
        const place = row * plan.total + starts[i]! + channel
        assert.equal(y[place], -packed[place]!, `row ${row}, context ${i}, channel ${channel}`)
      }
})

it('of the estimator that is recorded every Split is equal, and no join has parts of its own', async () => {
  const checkpoint = await openTinyCheckpoint()
  const { graphs } = buildFlow(checkpoint.parameters.flow, checkpoint.flow, folder, { dtype: 'float16' })
  await checkpoint.close()
  const graphOf = (name: string) => {
    const { graph } = graphs.find(({ path }) => path.endsWith(`${name}.onnx`))!
    return fromBinary(ModelProtoSchema, graph.toBytes()).graph!
  }
  const unequalIn = (name: string) => {
    const { node, initializer } = graphOf(name)
    const sizesOf = ({ input: [, sizes] }: NodeProto) => {
      const { rawData } = initializer.find((each) => each.name === sizes) ?? {}
      return rawData === undefined ? [] : [...new BigInt64Array(rawData.slice().buffer)]
    }
    return node.some(
      (each) =>
        each.opType === 'Split' && (new Set(sizesOf(each)).size > 1 || each.output.length > MOST_PARTS),
    )
  }
  assert.equal(unequalIn('flow-estimator'), false)
  assert.equal(unequalIn('flow-estimator-alone'), true, 'where nothing is recorded it is one cut')
  const joins = graphOf('flow-estimator').node.filter(({ opType }) => opType === 'Concat')
  assert(joins.every(({ input }) => input.length <= MOST_PARTS))
})

it('generators for cards join nothing along time, and cut nothing by lengths', async () => {
  const makers = {
    cosyvoice2: (to: string, dtype: 'float32' | 'float16') => openTinyVocoder(runtime, to, { dtype }),
    cosyvoice3: async (to: string, dtype: 'float32' | 'float16') =>
      loadTinyCausalVocoder(runtime, await convertTinyDit(to, dtype === 'float16' ? 'fp16' : 'fp32')),
  }
  for (const [family, make] of Object.entries(makers))
    for (const dtype of ['float32', 'float16'] as const) {
      const to = join(folder, `${family}-${dtype}`)
      const vocoder = await make(to, dtype)
      vocoder.release()
      const nodes = await nodesOf(to, 'hift-generator')
      const joins = nodes.filter((node) => node.opType === 'Concat' && axisOf(node) === TIME)
      const cuts = nodes.filter(({ opType, input }) => opType === 'Split' && input.length > 1)
      const what = `${family} in ${dtype}: ${joins.length} joins, ${cuts.length} cuts`
      if (dtype === 'float16') assert(joins.length === 0 && cuts.length === 0, what)
      else assert(joins.length >= 4, what)
    }
})

const axisOf = ({ attribute }: NodeProto) => Number(attribute.find(({ name }) => name === 'axis')?.i)

async function nodesOf(from: string, name: string): Promise<NodeProto[]> {
  return fromBinary(ModelProtoSchema, await readFile(join(from, `${name}.onnx`))).graph!.node
}
