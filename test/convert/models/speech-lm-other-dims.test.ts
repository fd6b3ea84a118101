/** The speech LLM against its formulas, written out here, for numbers of heads and sizes that the reference set lacks. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { llmTensors } from '../../../src/convert/checkpoint/expected-tensors.ts'
import type { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { buildSpeechLm } from '../../../src/convert/models/speech-lm.ts'
import type { LlmHyperParameters } from '../../../src/core/hyper-parameters.ts'
import { readFloat32 } from '../../../src/core/tensor-source.ts'
import { LlmRunner } from '../../../src/engine/llm/llm-runner.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { maxDifference } from '../../helpers/npy.ts'
import { randomWeights } from '../../helpers/random-weights.ts'

const base = {
  layers: 2,
  mlp: 28,
  textVocab: 30,
  speechTokenSize: 20,
  decoderRows: 23,
  ropeTheta: 500,
  rmsEps: 1e-5,
  maxPositions: 64,
  mixRatio: [5, 15] as [number, number],
  sampling: { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 },
}
const BODY = 'llm.model.model'

/** Logits after the last of `ids`, position by position and head by head. */
async function reference(
  hyper: LlmHyperParameters,
  weights: Weights,
  ids: readonly number[],
): Promise<number[]> {
  const { hidden, heads, kvHeads, headDim, mlp } = hyper
  const get = (key: string) => readFloat32(weights.take(key))
  const apply = (matrix: Float32Array, x: readonly number[], bias?: Float32Array) =>
    Array.from({ length: matrix.length / x.length }, (_, row) =>
      x.reduce((sum, value, i) => sum + value * matrix[row * x.length + i]!, bias?.[row] ?? 0),
    )
  const norm = (x: readonly number[], scale: Float32Array) => {
    const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length
    return x.map((value, i) => (value / Math.sqrt(mean + hyper.rmsEps)) * scale[i]!)
  }
  const rotate = (x: readonly number[], position: number) =>
    x.map((value, i) => {
      const half = headDim / 2
      const within = i % headDim
      const angle = position * hyper.ropeTheta ** (-(within % half) / half)
      const partner = within < half ? -x[i + half]! : x[i - half]!
      return value * Math.cos(angle) + partner * Math.sin(angle)
    })
  const tables = [
    await get(`${BODY}.embed_tokens.weight`),
    await get('speech_embedding.weight'),
    await get('llm_embedding.weight'),
  ]
  const rows = tables.flatMap((table) => [...table])
  let xs = ids.map((id) => rows.slice(id * hidden, (id + 1) * hidden))
  for (let layer = 0; layer < hyper.layers; layer++) {
    const of = (key: string) => get(`${BODY}.layers.${layer}.${key}`)
    const [wq, wk, wv, bq, bk, bv, wo] = await Promise.all(
      [
        'q_proj.weight',
        'k_proj.weight',
        'v_proj.weight',
        'q_proj.bias',
        'k_proj.bias',
        'v_proj.bias',
        'o_proj.weight',
      ].map((key) => of(`self_attn.${key}`)),
    )
    const [first, second] = [await of('input_layernorm.weight'), await of('post_attention_layernorm.weight')]
    const [gate, up, down] = await Promise.all(
      ['gate', 'up', 'down'].map((key) => of(`mlp.${key}_proj.weight`)),
    )
    const normed = xs.map((x) => norm(x, first))
    const q = normed.map((x, position) => rotate(apply(wq!, x, bq), position))
    const k = normed.map((x, position) => rotate(apply(wk!, x, bk), position))
    const v = normed.map((x) => apply(wv!, x, bv))
    xs = xs.map((x, position) => {
      const mixed: number[] = []
      for (let head = 0; head < heads; head++) {
        const shared = Math.floor(head / (heads / kvHeads)) * headDim
        const scores = k.slice(0, position + 1).map((key) => {
          let sum = 0
          for (let i = 0; i < headDim; i++) sum += q[position]![head * headDim + i]! * key[shared + i]!
          return Math.exp(sum / Math.sqrt(headDim))
        })
        const total = scores.reduce((sum, score) => sum + score, 0)
        for (let i = 0; i < headDim; i++)
          mixed.push(scores.reduce((sum, score, at) => sum + (score / total) * v[at]![shared + i]!, 0))
      }
      const attended = apply(wo!, mixed).map((value, i) => value + x[i]!)
      const inner = norm(attended, second)
      const [open, wide] = [apply(gate!, inner), apply(up!, inner)]
      const gated = Array.from({ length: mlp }, (_, i) => (open[i]! / (1 + Math.exp(-open[i]!))) * wide[i]!)
      return apply(down!, gated).map((value, i) => value + attended[i]!)
    })
  }
  const last = norm(xs.at(-1)!, await get(`${BODY}.norm.weight`))
  return apply(await get('llm_decoder.weight'), last, await get('llm_decoder.bias'))
}

const SIZES = [
  { heads: 5, kvHeads: 1, headDim: 24, hidden: 120 },
  { heads: 6, kvHeads: 3, headDim: 8, hidden: 48 },
  { heads: 3, kvHeads: 3, headDim: 10, hidden: 36 },
  { heads: 4, kvHeads: 2, headDim: 32, hidden: 40 },
]

for (const size of SIZES) {
  const { heads, kvHeads, headDim, hidden } = size
  it(`${heads} heads over ${kvHeads} of ${headDim} in ${hidden} give the formulas' logits`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'light-tts-llm-dims-'))
    const hyper: LlmHyperParameters = { ...base, ...size }
    const weights = randomWeights('llm.pt', llmTensors(hyper), 77)
    const built = buildSpeechLm(hyper, weights, folder, 'fp32')
    for (const { path, graph } of built.graphs) await graph.save(path)
    await built.weights.write()
    const { facts } = built
    const kv = {
      layers: base.layers,
      kvHeads,
      headDim: facts.headDim,
      rows: 2,
      capacity: 32,
      dtype: facts.kvType,
    }
    const runner = await LlmRunner.open(await openRuntime(), join(folder, 'llm.onnx'), {
      kv,
      vocabulary: base.decoderRows,
      session: { intraOpThreads: 1 },
    })
    const ids = [facts.ids.sos, 3, 29, 17, facts.ids.task, facts.ids.speech + 4, facts.ids.speech + 19]
    const expected = await reference(hyper, weights, ids)
    const row = runner.pool.take()
    assert(maxDifference(runner.prefill(row, ids), expected) < 1e-4, 'prefilled at once')
    const other = runner.pool.take()
    runner.prefill(other, ids.slice(0, 4))
    let logits = new Float32Array(0)
    for (const id of ids.slice(4))
      logits = runner
        .decode([{ row: other, id }])
        .logitsOf(0)
        .slice()
    assert(maxDifference(logits, expected) < 1e-4, 'decoded one by one')
    runner.release()
    await rm(folder, { recursive: true, force: true })
  })
}
