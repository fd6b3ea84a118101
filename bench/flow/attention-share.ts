/**
 * What attention alone costs at each position of a stream: graphs of nothing but the attention operators of encoder
 * and estimator, at the flow's own sizes.
 */
import { join } from 'node:path'
import { cachedAttention } from '../../src/convert/layers/cached-attention.ts'
import type { Author } from '../../src/convert/layers/gemm.ts'
import { attendByDistance, distanceWindow } from '../../src/convert/layers/relative-attention.ts'
import { axisSize, Grid } from '../../src/convert/layers/windows.ts'
import { encoderBlockKeys } from '../../src/convert/models/flow-encoder.ts'
import { GraphBuilder } from '../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../src/convert/onnx/weight-file.ts'
import type { Binding, HostArray, RuntimeTensor, Session } from '../../src/engine/runtime/runtime.ts'
import { cpuMs } from '../report/cpu-time.ts'
import type { FlowUnderTest } from './flow-under-test.ts'

/** Times that each position is measured. */
const ROUNDS = 2
/** More than a core's own caches hold: between two runs of one layer a stream touches far more than that. */
const SWEPT_FLOATS = 2 ** 23

export interface AttentionShare {
  /** CPU milliseconds of the encoder's and of one Euler step's attention, `fresh` tokens after `past`. */
  cost(past: number, fresh: number): { readonly encoder: number; readonly step: number }
  release(): void
}

interface AttentionGraph {
  readonly session: Session
  readonly layers: number
  readonly width: number
  /** Rows per token. */
  readonly rate: number
  /** Projected distances are inputs too. */
  readonly relative: boolean
  /** Caches to go through in turn, as the Euler steps do. */
  readonly sets: number
}

export async function openAttentionShare(flow: FlowUnderTest): Promise<AttentionShare> {
  const { dims } = flow.runner
  const { model } = flow
  const step = await estimatorGraph(flow)
  const encoder =
    'encoderBlocks' in model
      ? [
          await relativeGraph(flow, model.heads, 'token', encoderBlockKeys(model).tokens, 1),
          await relativeGraph(flow, model.heads, 'frame', encoderBlockKeys(model).frames, dims.stride),
        ]
      : []
  return {
    cost(past, fresh) {
      const shares = encoder.map((graph) => measure(flow, graph, past, fresh))
      return { encoder: shares.reduce((sum, ms) => sum + ms, 0), step: measure(flow, step, past, fresh) }
    },
    release: () => {
      for (const { session } of [...encoder, step]) session.release()
    },
  }
}

async function estimatorGraph(flow: FlowUnderTest): Promise<AttentionGraph> {
  const { layers, cacheWidth: width, stride } = flow.runner.dims
  const file = new WeightFile(join(flow.folder, 'attention.data'))
  const g = new GraphBuilder('attention', file)
  const [q, k, v] = ['q', 'k', 'v'].map((name) => g.input(name, 'float32', ['N', 'S', width]))
  const past = g.input('past', 'int64', ['N'])
  const valid = g.input('valid', 'int64', ['N'])
  const grid = new Grid(g, axisSize(g, q!, 0), axisSize(g, q!, 1), 1)
  const heads = flow.runner.dims.layerHeads
  for (let layer = 0; layer < layers; layer++) {
    const [keys, values] = ['keys', 'values'].map((name) =>
      g.input(`${name}.${layer}`, 'float32', ['N', 'T', width]),
    )
    const attended = cachedAttention(
      g,
      grid,
      { heads, width },
      { q: q!, k: k!, v: v! },
      { keys: keys!, values: values!, past, valid },
      null,
    )
    g.output(`out.${layer}`, attended.out, ['N', 'S', width])
    g.output(`keys_next.${layer}`, attended.keys, ['N', 'T', width])
    g.output(`values_next.${layer}`, attended.values, ['N', 'T', width])
  }
  return {
    session: await load(flow, g, file),
    layers,
    width,
    rate: stride,
    relative: false,
    sets: flow.runner.dims.steps,
  }
}

async function relativeGraph(
  flow: FlowUnderTest,
  heads: number,
  level: string,
  blocks: readonly string[],
  rate: number,
): Promise<AttentionGraph> {
  const { width } = flow.runner.dims
  const file = new WeightFile(join(flow.folder, `attention-${level}.data`))
  const g = new GraphBuilder(`attention-${level}`, file)
  const author: Author = { g, weights: flow.weights, dtype: 'float32' }
  const [q, k, v] = ['q', 'k', 'v'].map((name) => g.input(name, 'float32', ['N', 'S', width]))
  const past = g.input('past', 'int64', ['N'])
  const valid = g.input('valid', 'int64', ['N'])
  const zeroRow = g.input('zero', 'int64', [1])
  const grid = new Grid(g, axisSize(g, q!, 0), axisSize(g, q!, 1), 1)
  let window: ReturnType<typeof distanceWindow> | undefined
  for (const [layer, key] of blocks.entries()) {
    const [keys, values] = ['keys', 'values'].map((name) =>
      g.input(`${name}.${layer}`, 'float32', ['N', 'T', width]),
    )
    const distances = g.input(`distances.${layer}`, 'float32', ['R', width])
    const cache = {
      keys: keys!,
      values: values!,
      past,
      valid,
      distances,
      rows: { zero: zeroRow },
      mask: null,
    }
    window ??= distanceWindow(author, grid, cache)
    const attention = `${key}.self_attn`
    const attended = attendByDistance(author, grid, attention, heads, { q: q!, k: k!, v: v! }, cache, window)
    g.output(`out.${layer}`, attended.out, ['N', 'S', width])
    g.output(`keys_next.${layer}`, attended.keys, ['N', 'T', width])
    g.output(`values_next.${layer}`, attended.values, ['N', 'T', width])
  }
  return { session: await load(flow, g, file), layers: blocks.length, width, rate, relative: true, sets: 1 }
}

async function load(flow: FlowUnderTest, g: GraphBuilder, file: WeightFile): Promise<Session> {
  const path = join(flow.folder, `${g.name}.onnx`)
  await g.save(path)
  await file.write()
  return flow.runtime.load(path, { intraOpThreads: 1 })
}

/** Mean over the sets, least of the rounds. */
function measure(flow: FlowUnderTest, graph: AttentionGraph, past: number, fresh: number): number {
  const made: RuntimeTensor[] = []
  const tensor = (data: HostArray, dims: readonly number[]) => {
    const one = flow.runtime.tensor(
      data instanceof BigInt64Array ? 'int64' : 'float32',
      flow.runtime.memory().place(data),
      dims,
    )
    made.push(one)
    return one
  }
  const bindings = Array.from({ length: graph.sets }, () => bindSet(graph, past, fresh, tensor))
  const swept = new Float32Array(SWEPT_FLOATS)
  try {
    for (const binding of bindings) binding.run()
    let least = Infinity
    for (let round = 0; round < ROUNDS; round++) {
      let ms = 0
      for (const binding of bindings) {
        swept.fill(round)
        ms += cpuMs(() => binding.run())
      }
      least = Math.min(least, ms / bindings.length)
    }
    return least
  } finally {
    for (const binding of bindings) binding.release()
    for (const one of made) one.release()
  }
}

function bindSet(
  { session, layers, width, rate, relative }: AttentionGraph,
  past: number,
  fresh: number,
  tensor: (data: HostArray, dims: readonly number[]) => RuntimeTensor,
): Binding {
  const rows = fresh * rate
  const before = past * rate
  const total = before + rows
  const count = (value: number) => tensor(BigInt64Array.of(BigInt(value)), [1])
  const values = (length: number) => new Float32Array(length).fill(0.125)
  const inputs: Record<string, RuntimeTensor> = { past: count(before), valid: count(total) }
  const outputs: Record<string, RuntimeTensor> = {}
  for (const name of ['q', 'k', 'v']) inputs[name] = tensor(values(rows * width), [1, rows, width])
  if (relative) Object.assign(inputs, { zero: count(total) })
  for (let layer = 0; layer < layers; layer++) {
    for (const name of ['keys', 'values']) {
      const cache = tensor(values(total * width), [1, total, width])
      inputs[`${name}.${layer}`] = cache
      outputs[`${name}_next.${layer}`] = cache
    }
    const table = total + rows + 1
    if (relative) inputs[`distances.${layer}`] = tensor(values(table * width), [table, width])
    outputs[`out.${layer}`] = tensor(new Float32Array(rows * width), [1, rows, width])
  }
  return session.bind(inputs, outputs)
}
