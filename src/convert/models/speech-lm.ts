/**
 * The speech LLM as one graph: ids in, logits of each row's last position out, keys and values in place.
 *
 * One id space: text tokens, then speech tokens, then the two rows of `llm_embedding` (start, task). So a mixed
 * sequence is one vector of ids and one Gather. Two shapes of run, by the rules of GroupQueryAttention: many rows with
 * one new position each, or one row with many.
 *
 * One head's query of the last position may be an output too: with the keys it tells which text token is being said.
 *
 *   ids [B,S] ─ Gather ─ ( norm ─ qkv ─ GQA(past_i → present_i) ─ o ─ + ─ norm ─ gate·up ─ down ─ + )×L ─ norm ─ head
 */
import { join } from 'node:path'
import type { AlignmentHead } from '../../core/bundle.ts'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'
import { asType, derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { type HeadSize, headSize, padHeadColumns, padHeadRows } from '../layers/padded-heads.ts'
import { projection, stacked, type WeightFormat } from '../layers/projection.ts'
import { CONTRIB, dataTypeOf, float, GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { WeightFile } from '../onnx/weight-file.ts'

/** Positions that the rotary tables cover; a KV pool can be no longer. */
const MAX_POSITIONS = 8192

/** Where each kind of id begins in the graph's id space. */
export interface LlmIdSpace {
  readonly text: number
  readonly speech: number
  readonly sos: number
  readonly task: number
}

/** Tables of embeddings that make up the id space, in order, and where its ids begin. */
export interface EmbeddingTables {
  readonly rows: readonly { readonly key: string; readonly count: number }[]
  readonly ids: LlmIdSpace
}

export interface SpeechLmFacts {
  readonly alignment?: AlignmentHead
  readonly ids: LlmIdSpace
  readonly maxPositions: number
  /** Elements of one head in the KV pool. */
  readonly headDim: number
  /** Element type of the KV pool. */
  readonly kvType: 'float32' | 'float16'
}

export interface SpeechLmBuild {
  readonly graphs: readonly { readonly path: string; readonly graph: GraphBuilder }[]
  readonly weights: WeightFile
  readonly facts: SpeechLmFacts
}

interface Author {
  readonly g: GraphBuilder
  readonly weights: Weights
  readonly hyper: LlmHyperParameters
  readonly format: WeightFormat
  /** Type of activations. */
  readonly dtype: 'float32' | 'float16'
  readonly head: HeadSize
  readonly alignment: AlignmentHead | 'all' | undefined
  /** Queries that are given, layer after layer. */
  readonly queries: Value[]
}

/** Name of the output `[batch, headDim]`: the alignment head's query of the last position, not rotated; or those of all heads. */
const ALIGNMENT_QUERY = 'alignment_query'

/** Plans `llm.onnx` and `llm.data` in `folder`; nothing is read or written yet. */
export function buildSpeechLm(
  hyper: LlmHyperParameters,
  weights: Weights,
  folder: string,
  format: WeightFormat,
  tables: EmbeddingTables = withTaskTable(hyper),
  alignment?: AlignmentHead | 'all',
): SpeechLmBuild {
  const file = new WeightFile(join(folder, 'llm.data'))
  const g = new GraphBuilder('speech-lm', file)
  const dtype = format === 'fp16' ? 'float16' : 'float32'
  const author: Author = {
    g,
    weights,
    hyper,
    format,
    dtype,
    head: headSize(hyper.headDim),
    alignment,
    queries: [],
  }

  const ids = g.input('ids', 'int64', ['batch', 'positions'])
  // Valid positions of a row after this run, minus one; ORT derives the rotary positions from it.
  const lengths = g.input('lengths', 'int32', ['batch'])
  const total = g.input('total', 'int32', [1])
  const rotary = rotaryTables(author)

  let x = embed(author, ids, tables)
  for (let layer = 0; layer < hyper.layers; layer++) {
    x = g.scope(`layers.${layer}`, () => decoderLayer(author, x, layer, lengths, total, rotary))
  }
  const hidden = g.scope('norm', () => rmsNorm(author, x, 'llm.model.model.norm'))
  const logits = g.scope('head', () => head(author, hidden))
  giveQueries(author)
  g.output('logits', logits, ['batch', hyper.decoderRows])

  return {
    graphs: [{ path: join(folder, 'llm.onnx'), graph: g }],
    weights: file,
    facts: {
      ...(alignment === undefined || alignment === 'all' ? {} : { alignment }),
      ids: tables.ids,
      maxPositions: maxPositions(hyper),
      headDim: author.head.padded,
      kvType: dtype,
    },
  }
}

function maxPositions(hyper: LlmHyperParameters): number {
  return Math.min(hyper.maxPositions, MAX_POSITIONS)
}

/** Text tokens, speech tokens, then the two rows of `llm_embedding`. */
function withTaskTable({ textVocab, decoderRows }: LlmHyperParameters): EmbeddingTables {
  const sos = textVocab + decoderRows
  return {
    rows: [
      { key: 'llm.model.model.embed_tokens.weight', count: textVocab },
      { key: 'speech_embedding.weight', count: decoderRows },
      { key: 'llm_embedding.weight', count: 2 },
    ],
    ids: { text: 0, speech: textVocab, sos, task: sos + 1 },
  }
}

/** Rows of all embeddings in one table; quantised bundles keep it in fp16, which halves the largest tensor. */
function embed({ g, weights, hyper, format, dtype }: Author, ids: Value, { rows }: EmbeddingTables): Value {
  const table = stacked(rows.map(({ key, count }) => weights.take(key, [count, hyper.hidden])))
  const stored = format === 'fp32' ? 'float32' : 'float16'
  return g.scope('embed', () => {
    const rows = g.op('Gather', [g.weight('embedding', asType(table, stored)), ids], { axis: 0 })
    return stored === dtype ? rows : g.op('Cast', [rows], { to: dataTypeOf(dtype) }, { dtype })
  })
}

function decoderLayer(
  author: Author,
  x: Value,
  layer: number,
  lengths: Value,
  total: Value,
  rotary: readonly Value[],
): Value {
  const { g, weights, hyper, format } = author
  const path = `llm.model.model.layers.${layer}`
  const at = weights.scope(path)
  const afterAttention = g.scope('attn', () => {
    const normed = rmsNorm(author, x, `${path}.input_layernorm`)
    const mixed = attention(author, normed, layer, lengths, total, rotary)
    const weight = at.take('self_attn.o_proj.weight', [hyper.hidden, hyper.heads * hyper.headDim])
    const columns = padHeadColumns(weight, author.head)
    return g.op('Add', [x, projection(g, format, mixed, `${path}.o`, columns)])
  })
  return g.scope('mlp', () => {
    const normed = rmsNorm(author, afterAttention, `${path}.post_attention_layernorm`)
    const gateUp = stacked([
      at.take('mlp.gate_proj.weight', [hyper.mlp, hyper.hidden]),
      at.take('mlp.up_proj.weight', [hyper.mlp, hyper.hidden]),
    ])
    const both = projection(g, format, normed, `${path}.gate_up`, gateUp)
    const [gate, up] = g.ops(2, 'Split', [both], { axis: -1, num_outputs: 2 }) as [Value, Value]
    // QuickGelu with alpha 1 is x · sigmoid(x), in one operator.
    const gated = g.op('Mul', [g.op('QuickGelu', [gate], { alpha: float(1) }, { domain: CONTRIB }), up])
    const down = at.take('mlp.down_proj.weight', [hyper.hidden, hyper.mlp])
    return g.op('Add', [afterAttention, projection(g, format, gated, `${path}.down`, down)])
  })
}

function attention(
  author: Author,
  x: Value,
  layer: number,
  lengths: Value,
  total: Value,
  rotary: readonly Value[],
): Value {
  const { g, weights, hyper, format, dtype, head } = author
  const { hidden, heads, kvHeads, headDim } = hyper
  const path = `llm.model.model.layers.${layer}`
  const at = weights.scope(`${path}.self_attn`)
  const parts = [
    ['q_proj', heads * headDim],
    ['k_proj', kvHeads * headDim],
    ['v_proj', kvHeads * headDim],
  ] as const
  const weight = stacked(
    parts.map(([key, rows]) => padHeadRows(at.take(`${key}.weight`, [rows, hidden]), head)),
  )
  const bias = at.has('q_proj.bias')
    ? stacked(parts.map(([key, rows]) => padHeadRows(at.take(`${key}.bias`, [rows]), head)))
    : undefined
  const qkv = projection(g, format, x, `${path}.qkv`, weight, bias)
  takeQuery(author, qkv, layer)
  const poolShape = ['batch', kvHeads, 'capacity', head.padded]
  const pastKey = g.input(`past_key_${layer}`, dtype, poolShape)
  const pastValue = g.input(`past_value_${layer}`, dtype, poolShape)
  const [out, presentKey, presentValue] = g.ops(
    3,
    'GroupQueryAttention',
    [qkv, null, null, pastKey, pastValue, lengths, total, ...rotary],
    {
      num_heads: heads,
      kv_num_heads: kvHeads,
      do_rotary: 1,
      rotary_interleaved: 0,
      // Zeros in a head are no part of its size.
      scale: float(1 / Math.sqrt(headDim)),
    },
    { domain: CONTRIB },
  ) as [Value, Value, Value]
  // The caller binds the same memory to past and present: only the new positions are written.
  g.output(`present_key_${layer}`, presentKey, poolShape)
  g.output(`present_value_${layer}`, presentValue, poolShape)
  return out
}

/** Of the layer that is asked for, the head's query of the last position. */
function takeQuery({ g, head, hyper, alignment, queries }: Author, qkv: Value, layer: number): void {
  if (alignment === undefined || (alignment !== 'all' && alignment.layer !== layer)) return
  const from = alignment === 'all' ? 0 : alignment.head * head.padded
  const count = alignment === 'all' ? hyper.heads : 1
  const query = g.op('Slice', [qkv, g.int64([from]), g.int64([from + count * head.padded]), g.int64([2])])
  queries.push(g.op('Gather', [query, g.int64(-1)], { axis: 1 }))
}

function giveQueries({ g, head, hyper, dtype, queries }: Author): void {
  if (queries.length === 0) return
  const all = queries.length === 1 ? queries[0]! : g.op('Concat', queries, { axis: -1 })
  const value =
    dtype === 'float32' ? all : g.op('Cast', [all], { to: dataTypeOf('float32') }, { dtype: 'float32' })
  const width = queries.length === 1 ? 1 : queries.length * hyper.heads
  g.output(ALIGNMENT_QUERY, value, ['batch', width * head.padded])
}

function rmsNorm({ g, weights, hyper, dtype }: Author, x: Value, key: string): Value {
  const scale = g.weight(key, asType(weights.take(`${key}.weight`, [hyper.hidden]), dtype))
  return g.op('SimplifiedLayerNormalization', [x, scale], {
    axis: -1,
    epsilon: float(hyper.rmsEps),
    stash_type: 1,
  })
}

/** Logits of the last position only: a prefill must not pay for the vocabulary at every position. */
function head({ g, weights, hyper, format, dtype }: Author, hidden: Value): Value {
  const last = g.op('Gather', [hidden, g.int64(-1)], { axis: 1 })
  const logits = projection(
    g,
    format,
    last,
    'llm_decoder',
    weights.take('llm_decoder.weight', [hyper.decoderRows, hyper.hidden]),
    weights.has('llm_decoder.bias') ? weights.take('llm_decoder.bias', [hyper.decoderRows]) : undefined,
  )
  return dtype === 'float32'
    ? logits
    : g.op('Cast', [logits], { to: dataTypeOf('float32') }, { dtype: 'float32' })
}

/**
 * cos and sin of position × frequency, `[positions, padded head / 2]` (RoFormer; halves rotated, not pairs). What turns
 * a head's zeros does not matter.
 */
function rotaryTables({ g, hyper, dtype, head }: Author): Value[] {
  const half = head.stored / 2
  const width = head.padded / 2
  const positions = maxPositions(hyper)
  const table = (of: (angle: number) => number): TensorSource =>
    derive([], [positions, width], () => {
      const out = new Float32Array(positions * width)
      for (let p = 0; p < positions; p++) {
        for (let i = 0; i < half; i++) out[p * width + i] = of(p * hyper.ropeTheta ** (-i / half))
      }
      return out
    })
  return [
    g.weight('rotary.cos', asType(table(Math.cos), dtype)),
    g.weight('rotary.sin', asType(table(Math.sin), dtype)),
  ]
}
