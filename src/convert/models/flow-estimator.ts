/**
 * The flow's estimator as a graph of one Euler step, both guidance rows in one run, all state explicit.
 *
 * x is in single precision whatever the graph's float type: ten small steps add up in it.
 *
 * One graph serves both ways of running. The next block of a stream has the context and cached keys of the frames
 * before. A whole utterance has full attention, no frames before and zero context.
 *
 * Inputs (N requests, S new frames, T = frames attended, E = heads · head size, M mels, C channels):
 * - `x` `[N, S, M]`, `step` `[]` int64, `guide_conv`, `guide_res` `[N, 2S, C]` (from the encoder graph);
 * - `past`, `valid` `[N]` int64: frames before this run, and frames valid after it (T where rows are equally long; a graph
 *   for utterances that are alone has no `valid`);
 * - `context` `[N, 4, Z]`: two frames of left context of every convolution, `x`'s own first;
 * - `keys.i`, `values.i` `[N, T, 2E]`: caches; rows from `past` on are written, bind the same memory as output.
 * Outputs: `x_next` `[N, S, M]`, `context_next`, `keys_next.i`, `values_next.i`.
 */
import { TtsError } from '../../core/errors.ts'
import { evaluationsOf } from '../../core/flow-solver.ts'
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { cachedAttention } from '../layers/cached-attention.ts'
import {
  type Author,
  convMatrix,
  exact,
  gemm,
  type Products,
  toFloat32,
  toGraphType,
} from '../layers/gemm.ts'
import { isReplayed } from '../layers/replayable.ts'
import {
  type AttendFn,
  CONV_TAPS,
  causalConv,
  causalConvNormMish,
  normMish,
  type Residual,
  residualBlock,
  residualTail,
  transformerStage,
} from '../layers/unet.ts'
import { axisSize, Grid } from '../layers/windows.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import {
  CONTEXT_ROWS,
  ContextRibbon,
  contextChannels,
  ESTIMATOR,
  GUIDANCE_ROWS,
  ribbonPlan,
} from './context-ribbon.ts'
import { timeVectors } from './time-vectors.ts'

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
export function buildEstimatorStep(
  g: GraphBuilder,
  hyper: FlowHyperParameters,
  weights: Weights,
  options: EstimatorOptions,
): void {
  const author: Author = { g, weights, dtype: options.dtype, products: options.products ?? 'float' }
  const mels = hyper.mel
  const channels = weights.dim(`${ESTIMATOR}.final_proj.weight`, 1)
  const x = g.input('x', 'float32', ['N', 'S', mels])
  const guideConv = g.input('guide_conv', options.dtype, ['N', 'R', channels])
  const guideRes = g.input('guide_res', options.dtype, ['N', 'R', channels])
  const step = g.input('step', 'int64', [])
  const body = new EstimatorBody(author, hyper, toGraphType(author, x), options)
  const times = options.solvers.flatMap((solver) => evaluationsOf(solver, hyper.tScheduler))
  const hidden = body.build({
    guideConv,
    guideRes,
    time: timeVectors(
      author,
      hyper,
      times.map(({ t }) => t),
      step,
    ),
  })
  g.scope('euler', () => {
    // Guidance is linear, so it is folded into the projection: one product over both rows.
    const pairs = g.op('Reshape', [hidden, g.int64([-1, GUIDANCE_ROWS * channels])])
    const key = `${ESTIMATOR}.final_proj`
    const velocity = body.grid1.byRequest(
      gemm(
        exact(author),
        pairs,
        `${key}.guided`,
        guidedProjection(weights, key, hyper.cfgRate),
        weights.take(`${key}.bias`),
      ),
      mels,
    )
    const lengths: TensorSource = derive([], [times.length], () =>
      Float32Array.from(times, ({ gain }) => gain),
    )
    const gain = g.op('Gather', [g.weight('euler.dt', lengths), step], { axis: 0 })
    g.output('x_next', g.op('Add', [x, g.op('Mul', [toFloat32(author, velocity), gain])]), ['N', 'S', mels])
  })
  body.finish()
}

/** `[2 · channels, mels]`: (1 + w) · P for the guided row above −w · P for the unguided one. */
function guidedProjection(weights: Weights, key: string, rate: number): TensorSource {
  const projection = convMatrix(weights, key)
  const [rows, columns] = projection.shape as [number, number]
  return derive([projection], [GUIDANCE_ROWS * rows, columns], (matrix) => {
    const out = new Float32Array(2 * matrix.length)
    for (let i = 0; i < matrix.length; i++) {
      out[i] = (1 + rate) * matrix[i]!
      out[matrix.length + i] = -rate * matrix[i]!
    }
    return out
  })
}

/** The UNet between its inputs and its last projection. Declares the state inputs and, at the end, the state outputs. */
export class EstimatorBody {
  /** Shapes with one row per frame (mel side) and with both guidance rows. */
  readonly grid1: Grid
  readonly grid2: Grid
  readonly #author: Author
  readonly #hyper: FlowHyperParameters
  readonly #x: Value
  readonly #past: Value
  readonly #valid: Value | null
  readonly #mask: Value | null
  readonly #contexts: ContextRibbon
  readonly #attentionWidth: number
  #layers = 0

  constructor(
    author: Author,
    hyper: FlowHyperParameters,
    x: Value,
    { masked = false, alone = false }: Pick<EstimatorOptions, 'masked' | 'alone'>,
  ) {
    const { g, weights, dtype } = author
    refuseUnknownShape(weights)
    this.#author = author
    this.#hyper = hyper
    this.#x = x
    this.#past = g.input('past', 'int64', ['N'])
    this.#valid = alone ? null : g.input('valid', 'int64', ['N'])
    this.#mask = masked ? g.input('mask', 'bool', ['S', 'T']) : null
    this.#attentionWidth = hyper.estimatorHeads * hyper.estimatorHeadDim
    const replayed = isReplayed(author, { masked, alone })
    const ribbon = ribbonPlan(contextChannels(weights, hyper), replayed)
    const packed = g.input('context', dtype, ['N', CONTEXT_ROWS, ribbon.total])
    this.#contexts = new ContextRibbon(g, packed, ribbon)
    const requests = axisSize(g, x, 0)
    const time = axisSize(g, x, 1)
    this.grid1 = new Grid(g, requests, time, 1, replayed)
    this.grid2 = new Grid(g, requests, time, GUIDANCE_ROWS, replayed)
  }

  /**
   * `guideConv`, `guideRes` `[N, 2S, C]`: what mu, speaker and prompt add to the first convolution and its shortcut
   * (biases included); `time` gives a block's time embedding, broadcastable to `[rows, C]`. Returns `[2NS, C]`.
   */
  build(inputs: { guideConv: Value; guideRes: Value; time: (block: string) => Value }): Value {
    const author = this.#author
    const { g } = author
    const contexts = this.#contexts
    const { nBlocks, numMid } = this.#hyper
    const attend: AttendFn = (q, k, v) => this.#attend(q, k, v)

    let x = g.scope('down', () => {
      const key = `${ESTIMATOR}.down_blocks.0`
      const head = this.#firstBlock(`${key}.0`, inputs)
      return transformerStage(author, `${key}.1`, nBlocks, head, attend)
    })
    const skip = x
    x = causalConv(author, this.grid2, contexts, x, `${ESTIMATOR}.down_blocks.0.2`)
    for (let i = 0; i < numMid; i++) {
      const key = `${ESTIMATOR}.mid_blocks.${i}`
      const mixed = residualBlock(author, this.grid2, contexts, `${key}.0`, x, inputs.time(`${key}.0`))
      x = transformerStage(author, `${key}.1`, nBlocks, mixed, attend)
    }
    const up = `${ESTIMATOR}.up_blocks.0`
    const joined = g.op('Concat', [x, skip], { axis: -1 })
    const mixed = residualBlock(author, this.grid2, contexts, `${up}.0`, joined, inputs.time(`${up}.0`))
    x = transformerStage(author, `${up}.1`, nBlocks, mixed, attend)
    x = causalConv(author, this.grid2, contexts, x, `${up}.2`)
    const last = `${ESTIMATOR}.final_block.block`
    return causalConvNormMish(author, this.grid2, contexts, x, `${last}.0`, `${last}.2`)
  }

  /** Names the last state output. */
  finish(): void {
    const contexts = this.#contexts
    this.#author.g.output('context_next', contexts.join(), ['N', CONTEXT_ROWS, contexts.total])
  }

  /**
   * The first residual block. Its input is x, mu, speaker and prompt side by side; only x changes from step to step,
   * and both guidance rows share it. So x alone is convolved here and the rest comes ready from the encoder graph.
   */
  #firstBlock(
    key: string,
    inputs: { guideConv: Value; guideRes: Value; time: (block: string) => Value },
  ): Residual {
    const author = this.#author
    const { g, weights } = author
    const mels = this.#hyper.mel
    const context = g.op('Reshape', [this.#contexts.take(mels / GUIDANCE_ROWS), g.int64([0, -1, mels])])
    const causal = this.grid1.causal(this.#x, context, mels, CONV_TAPS)
    this.#contexts.give(g.op('Reshape', [causal.context, g.int64([0, CONTEXT_ROWS, -1])]))
    const flat = g.op('Reshape', [this.#x, g.int64([-1, mels])])
    const conv = `${key}.block1.block.0`
    const shortcut = `${key}.res_conv`
    const first = this.#guide(
      gemm(exact(author), causal.windows, `${conv}.x`, convMatrix(weights, conv, 0, mels)),
      inputs.guideConv,
    )
    return residualTail(author, this.grid2, this.#contexts, key, {
      first: normMish(author, first, `${key}.block1.block.2`),
      shortcut: this.#guide(
        gemm(exact(author), flat, `${shortcut}.x`, convMatrix(weights, shortcut, 0, mels)),
        inputs.guideRes,
      ),
      time: inputs.time(key),
    })
  }

  /** `x` `[NS, C]` added to both guidance rows of `guide` `[N, 2S, C]`. */
  #guide(x: Value, guide: Value): Value {
    const { g, weights } = this.#author
    const channels = weights.dim(`${ESTIMATOR}.final_proj.weight`, 1)
    const shared = g.op('Reshape', [x, g.int64([-1, 1, channels])])
    const rows = g.op('Reshape', [guide, g.int64([-1, GUIDANCE_ROWS, channels])])
    return g.op('Reshape', [g.op('Add', [shared, rows]), g.int64([-1, channels])])
  }

  /** The guidance rows of a request have the same length, so they attend as heads: `[N, S, 2E]` with 2H heads. */
  #attend(q: Value, k: Value, v: Value): Value {
    const { g, dtype } = this.#author
    const width = GUIDANCE_ROWS * this.#attentionWidth
    const heads = GUIDANCE_ROWS * this.#hyper.estimatorHeads
    const layer = this.#layers++
    const cache = (name: string) => g.input(`${name}.${layer}`, dtype, ['N', 'T', width])
    const attended = cachedAttention(
      g,
      this.grid2,
      { heads, width },
      { q, k, v },
      { keys: cache('keys'), values: cache('values'), past: this.#past, valid: this.#valid },
      this.#mask,
    )
    g.output(`keys_next.${layer}`, attended.keys, ['N', 'T', width])
    g.output(`values_next.${layer}`, attended.values, ['N', 'T', width])
    return g.op('Reshape', [attended.out, g.int64([-1, this.#attentionWidth])])
  }
}

/** CosyVoice2's UNet has one level and never changes its frame rate; anything else would be computed wrongly. */
export function refuseUnknownShape(weights: Weights): void {
  for (const key of [
    `${ESTIMATOR}.down_blocks.1.0.res_conv.weight`,
    `${ESTIMATOR}.up_blocks.1.0.res_conv.weight`,
  ]) {
    if (!weights.has(key)) continue
    throw new TtsError(
      'BAD_CHECKPOINT',
      `${weights.file}: estimator`,
      `expected one level of channels, got key '${key}'`,
    )
  }
}
