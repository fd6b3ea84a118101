/**
 * The DiT estimator as a graph of one evaluation, both guidance rows in one run, all state explicit.
 *
 * One graph serves the next block of a stream (context and cached keys of the frames before). It also serves a whole
 * utterance with full attention (no frames before, zero context). x is in single precision whatever the graph's float
 * type.
 *
 * Inputs (N requests, S new frames, T = frames attended, W width, E = heads · head size, M mels, K taps):
 * - `x` `[N, S, M]`, `step` `[]` int64, `guide` `[N, 2S, W]` (from the encoder graph, guided row first);
 * - `past`, `valid` `[N]` int64: frames before this run, and frames valid after it;
 * - `context` `[N, 4W, K − 1]`: left context of both position convolutions, guided row's first;
 * - `keys.i`, `values.i` `[N, T, 2E]`: caches; rows from `past` on are written, bind the same memory as output.
 * Outputs: `x_next` `[N, S, M]`, `context_next`, `keys_next.i`, `values_next.i`.
 */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { cachedAttention } from '../../convert/layers/cached-attention.ts'
import {
  type Author,
  constant,
  exact,
  gemm,
  isForCards,
  linear,
  type Products,
  sideBySide,
  toFloat32,
  toGraphType,
} from '../../convert/layers/gemm.ts'
import { isReplayed } from '../../convert/layers/replayable.ts'
import { axisSize, Grid } from '../../convert/layers/windows.ts'
import { float, type GraphBuilder, type Value } from '../../convert/onnx/graph-builder.ts'
import { evaluationsOf } from '../../core/flow-solver.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import { derive, type TensorSource, transposed } from '../../core/tensor-source.ts'
import { adaNormTable, BLOCK_VECTORS, LAST_VECTORS } from './ada-norm.ts'
import { cardBlocks } from './dit-card-blocks.ts'
import { withPosition } from './dit-position.ts'
import { ESTIMATOR, guided, inputMatrix, ROWS } from './dit-projections.ts'
import { inHalves, type Turns, turnFirstHead, turnRows, turnsAt, turnsInOne } from './rotary.ts'

const NORM_EPS = 1e-6
const FREQUENCIES = `${ESTIMATOR}.rotary_embed.inv_freq`

export interface EstimatorOptions {
  readonly dtype: Author['dtype']
  /** Of all dense layers but those that x goes into and the velocity comes out of. */
  readonly products?: Products
  /** Solvers whose time points the graph knows, one behind the other. */
  readonly solvers: readonly string[]
  /** Adds an input `mask` `[S, T]` bool (true = may attend), to attend in blocks within one run. */
  readonly masked?: boolean
  /** Leaves `valid` out: all T frames are. */
  readonly alone?: boolean
}

/** Adds one evaluation and what it does to x to `g`, named inputs and outputs included. */
export function buildDitStep(
  g: GraphBuilder,
  hyper: DitFlowParameters,
  weights: Weights,
  options: EstimatorOptions,
): void {
  const author: Author = { g, weights, dtype: options.dtype, products: options.products ?? 'float' }
  const { mel: mels, width } = hyper
  const x = g.input('x', 'float32', ['N', 'S', mels])
  const guide = g.input('guide', options.dtype, ['N', 'R', width])
  const step = g.input('step', 'int64', [])
  const times = options.solvers.flatMap((solver) => evaluationsOf(solver, hyper.tScheduler))
  const body = new DitBody(author, hyper, toGraphType(author, x), {
    times: times.map(({ t }) => t),
    masked: options.masked === true,
    alone: options.alone === true,
  })
  const hidden = body.build(guide, step)
  g.scope('euler', () => {
    const pairs = g.op('Reshape', [hidden, g.int64([-1, ROWS * width])])
    const key = `${ESTIMATOR}.proj_out`
    const matrix = guided(transposed(weights.take(`${key}.weight`, [mels, width])), hyper.cfgRate)
    const velocity = gemm(exact(author), pairs, `${key}.guided`, matrix, weights.take(`${key}.bias`, [mels]))
    const gains: TensorSource = derive([], [times.length], () => Float32Array.from(times, ({ gain }) => gain))
    const gain = g.op('Gather', [g.weight('euler.gain', gains), step], { axis: 0 })
    const change = g.op('Mul', [toFloat32(author, body.frames.byRequest(velocity, mels)), gain])
    g.output('x_next', g.op('Add', [x, change]), ['N', 'S', mels])
  })
}

export interface BodyOptions {
  /** Times that `step` counts. */
  readonly times: readonly number[]
  readonly masked: boolean
  readonly alone?: boolean
}

/** The transformer between its inputs and its last projection. Declares the state's inputs and outputs. */
export class DitBody {
  /** Rows by mel frame, and by frame and guidance row. */
  readonly frames: Grid
  readonly #author: Author
  readonly #hyper: DitFlowParameters
  readonly #options: BodyOptions
  readonly #x: Value
  readonly #past: Value
  readonly #valid: Value | null
  readonly #mask: Value | null

  constructor(author: Author, hyper: DitFlowParameters, x: Value, options: BodyOptions) {
    const { g } = author
    this.#author = author
    this.#hyper = hyper
    this.#options = options
    this.#x = x
    this.#past = g.input('past', 'int64', ['N'])
    this.#valid = options.alone === true ? null : g.input('valid', 'int64', ['N'])
    this.#mask = options.masked ? g.input('mask', 'bool', ['S', 'T']) : null
    this.frames = new Grid(g, axisSize(g, x, 0), axisSize(g, x, 1), 1)
  }

  /** `guide` `[N, 2S, W]`: what condition, mu and speaker add to the input projection. Returns `[N, S, 2, W]`. */
  build(guide: Value, step: Value): Value {
    const { g } = this.#author
    const { blocks, width, heads, headDim } = this.#hyper
    const replayed = isReplayed(this.#author, this.#options)
    let x = g.scope('input', () => withPosition(this.#author, this.#hyper, this.#project(guide), replayed))
    if (isForCards(this.#author) && turnsInOne(heads * headDim)) {
      const positions = g.scope('rotary', () => this.#positions())
      const turn = (rows: Value) => this.#turnedOnCard(rows, positions)
      const attend = (layer: number, key: string, rows: Value) => this.#attend(layer, key, rows, turn)
      const { times } = this.#options
      const rows = g.op('Reshape', [x, g.int64([-1, width])])
      const out = cardBlocks({ author: this.#author, hyper: this.#hyper, times, step, attend }, rows)
      return this.#byRow(out, width)
    }
    const turns = g.scope('rotary', () => this.#turns())
    const vectors = this.#vectors(step)
    for (let i = 0; i < blocks; i++) {
      x = g.scope(`blocks.${i}`, () => this.#block(i, x, turns, vectors.slice(BLOCK_VECTORS * i)))
    }
    const [scale, shift] = vectors.slice(-LAST_VECTORS) as [Value, Value]
    return g.scope('last', () => this.#norm(x, shift, scale))
  }

  /** x projected once for both guidance rows, and each row's own share added. */
  #project(guide: Value): Value {
    const { g, weights } = this.#author
    const { mel, width } = this.#hyper
    const key = `${ESTIMATOR}.input_embed.proj`
    const matrix = inputMatrix(weights, this.#hyper, 0, 1)
    const rows = gemm(exact(this.#author), g.op('Reshape', [this.#x, g.int64([-1, mel])]), `${key}.x`, matrix)
    return g.op('Add', [
      g.op('Unsqueeze', [this.frames.byRequest(rows, width), g.int64([2])]),
      this.#byRow(guide, width),
    ])
  }

  /** Of this run's frames, `[N, S]`. */
  #positions(): Value {
    const { g } = this.#author
    const length = g.op('Squeeze', [axisSize(g, this.#x, 1)])
    const offsets = g.op('Range', [g.int64(0), length, g.int64(1)])
    return g.op('Add', [g.op('Unsqueeze', [this.#past, g.int64([1])]), offsets])
  }

  #turns(): Turns {
    return turnsAt(this.#author, this.#positions(), FREQUENCIES, this.#hyper.headDim)
  }

  /** `rows` `[N, S, 2, E]` turned by one operator. */
  #turnedOnCard(rows: Value, positions: Value): Value {
    const { heads, headDim } = this.#hyper
    const flat = this.frames.byRequest(rows, ROWS * heads * headDim)
    return turnRows(this.#author, flat, positions, FREQUENCIES, { headDim, lanes: ROWS })
  }

  /** All adaptive vectors of this step `[W]`, block by block, the last norm's at the end. */
  #vectors(step: Value): Value[] {
    const { g, weights } = this.#author
    const { blocks, width } = this.#hyper
    const { times } = this.#options
    return g.scope('time', () => {
      const norms = Array.from({ length: blocks }, (_, i) => ({
        key: `${ESTIMATOR}.transformer_blocks.${i}.attn_norm.linear`,
        count: BLOCK_VECTORS as typeof BLOCK_VECTORS | typeof LAST_VECTORS,
      }))
      norms.push({ key: `${ESTIMATOR}.norm_out.linear`, count: LAST_VECTORS })
      return norms.flatMap(({ key, count }) => {
        const table = constant(
          this.#author,
          `${key}.times`,
          adaNormTable(weights, ESTIMATOR, key, times, count),
        )
        const row = g.op('Gather', [table, step], { axis: 0 })
        return g.ops(count, 'Split', [row, g.int64(Array<number>(count).fill(width))], { axis: 0 })
      })
    })
  }

  #block(index: number, x: Value, turns: Turns, vectors: readonly Value[]): Value {
    const author = this.#author
    const { g } = author
    const { width } = this.#hyper
    const [shift, scale, gate, ffShift, ffScale, ffGate] = vectors as [
      Value,
      Value,
      Value,
      Value,
      Value,
      Value,
    ]
    const key = `${ESTIMATOR}.transformer_blocks.${index}`
    const inner = this.#hyper.heads * this.#hyper.headDim
    const turn = (rows: Value) => turnFirstHead(author, rows, turns, this.#hyper.headDim, inner)
    const attended = g.scope('attn', () => {
      const heard = this.#attend(index, `${key}.attn`, this.#norm(x, shift, scale), turn)
      return linear(author, heard, `${key}.attn.to_out.0`)
    })
    const middle = g.op('Add', [x, g.op('Mul', [this.#byRow(attended, width), gate])])
    const fed = g.scope('ff', () => {
      const rows = g.op('Reshape', [this.#norm(middle, ffShift, ffScale), g.int64([-1, width])])
      const wide = g.op('Gelu', [linear(author, rows, `${key}.ff.ff.0.0`)], { approximate: 'tanh' })
      return linear(author, wide, `${key}.ff.ff.2`)
    })
    return g.op('Add', [middle, g.op('Mul', [this.#byRow(fed, width), ffGate])])
  }

  /**
   * Attention of `x` `[N, S, 2, W]` over all frames so far, before its last layer: `[2NS, E]`. Guidance rows attend as
   * heads of one row.
   */
  #attend(layer: number, key: string, x: Value, turn: (rows: Value) => Value): Value {
    const author = this.#author
    const { g, weights, dtype } = author
    const { width, heads, headDim } = this.#hyper
    const inner = heads * headDim
    const part = (name: string, reordered: boolean) => {
      const weight = weights.take(`${key}.${name}.weight`, [inner, width])
      const bias = weights.take(`${key}.${name}.bias`, [inner])
      return reordered
        ? { weight: inHalves(weight, headDim), bias: inHalves(bias, headDim) }
        : { weight, bias }
    }
    const parts = [part('to_q', true), part('to_k', true), part('to_v', false)]
    const matrix = sideBySide(parts.map(({ weight }) => transposed(weight)))
    const bias = derive(
      parts.map((each) => each.bias),
      [3 * inner],
      (...vectors) => Float32Array.from(vectors.flatMap((vector) => [...vector])),
    )
    const rows = g.op('Reshape', [x, g.int64([-1, width])])
    const projected = gemm(author, rows, `${key}.qkv`, matrix, bias)
    const split = g.ops(3, 'Split', [this.#byRow(projected, 3 * inner)], { axis: -1, num_outputs: 3 })
    const [q, k, v] = split as [Value, Value, Value]
    const wide = ROWS * inner
    const cache = (name: string) => g.input(`${name}.${layer}`, dtype, ['N', 'T', wide])
    const attended = cachedAttention(
      g,
      this.frames,
      { heads: ROWS * heads, width: wide },
      { q: turn(q), k: turn(k), v },
      { keys: cache('keys'), values: cache('values'), past: this.#past, valid: this.#valid },
      this.#mask,
    )
    g.output(`keys_next.${layer}`, attended.keys, ['N', 'T', wide])
    g.output(`values_next.${layer}`, attended.values, ['N', 'T', wide])
    return g.op('Reshape', [attended.out, g.int64([-1, inner])])
  }

  /** LayerNorm without weights of its own, times scale (already 1 + scale) plus shift. */
  #norm(x: Value, shift: Value, scale: Value): Value {
    return this.#author.g.op('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(NORM_EPS) })
  }

  /** Any grouping of rows by frame and guidance row → `[N, S, 2, channels]`. */
  #byRow(x: Value, channels: number): Value {
    const { g } = this.#author
    const shape = g.op('Concat', [this.frames.requests, this.frames.rows, g.int64([ROWS, channels])], {
      axis: 0,
    })
    return g.op('Reshape', [x, shape])
  }
}
