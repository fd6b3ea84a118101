/**
 * The causal vocoder's generator as a graph: new mel frames and source samples → new audio samples.
 *
 * Every convolution looks left only. So each keeps its left context and nothing is computed twice, but for one position
 * of the last stage. There the reference puts a frame in front (a copy of the second); that stage runs one position
 * behind. Its last position is computed again by the next run, with the contexts that belong to it.
 *
 * Inputs (F new frames, R = look-right, P = samples a frame, B = nFft / 2, H = hop of the transform):
 * - `mel` `[N, F + R, mels]`: new frames and those they look at, zeros behind the end of speech;
 * - `source` `[N, P · F + 2B]`: samples from B before the first new frame to B behind the last, reflected at the ends;
 * - `first` `[N]` bool: nothing of this row came before;
 * - `lag` `[N, C, 1, 1]`, `spectra` `[N, nFft + 2, 1, nFft/H − 1]` and `context.*`: what the run before kept; zeros at
 *   first.
 * Outputs: `samples` `[N, P · F + H]` from H before the first new frame on, within ±audioLimit. A row's first H do not
 * exist where it is the first; its last H hold where speech has ended. Also `lag_next`, `spectra_next`,
 * `context_next.*`, which may lie where the inputs do.
 */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { convolve, TIME } from '../../convert/layers/convolution.ts'
import { analysisBasis, hann, overlapAdd, spectrum } from '../../convert/layers/fourier.ts'
import { type Author, type FloatType, isForCards } from '../../convert/layers/gemm.ts'
import { readKernel, scaled } from '../../convert/layers/kernel.ts'
import { interleaved } from '../../convert/layers/phases.ts'
import { polarSpectrum } from '../../convert/layers/polar-spectrum.ts'
import { putBefore } from '../../convert/layers/replayable.ts'
import { snakeBlock } from '../../convert/layers/snake-block.ts'
import { melSignal } from '../../convert/models/hift-f0.ts'
import { dataTypeOf, float, type GraphBuilder, type Value } from '../../convert/onnx/graph-builder.ts'
import type { CausalHiftParameters } from '../../core/hyper-parameters.ts'
import { LeftContexts } from './left-contexts.ts'
import { contextColumns, foldedUpsampling } from './nearest-upsampling.ts'

export const POST_KERNEL = 7
/** The last activation has the framework's default slope, whatever the yaml says of the others. */
const LAST_SLOPE = 0.01
const END = Number.MAX_SAFE_INTEGER

export function buildCausalGenerator(
  g: GraphBuilder,
  hyper: CausalHiftParameters,
  weights: Weights,
  dtype: FloatType,
): void {
  new Generator({ g, weights, dtype }, hyper).build()
}

class Generator {
  readonly #author: Author
  readonly #hyper: CausalHiftParameters
  readonly #first: Value
  /** A card records its runs. */
  readonly #replayed: boolean

  constructor(author: Author, hyper: CausalHiftParameters) {
    this.#author = author
    this.#hyper = hyper
    this.#replayed = isForCards(author)
    this.#first = author.g.input('first', 'bool', ['N'])
  }

  build(): void {
    const { g, weights } = this.#author
    const { channels, mel: mels, lookRight, upsampleRates } = this.#hyper
    const spectra = this.#sourceSpectra()
    const pre = readKernel(weights, 'conv_pre', [channels, mels, lookRight + 1])
    const mel = this.#inType(melSignal(g, g.input('mel', 'float32', ['N', 'A', mels])))
    let x = g.scope('conv_pre', () => convolve(this.#author, mel, pre))
    for (let i = 0; i < upsampleRates.length; i++) x = this.#stage(i, x, spectra)
    this.#samples(x)
  }

  get #lastStage(): number {
    return this.#hyper.upsampleRates.length - 1
  }

  #channelsAt(stage: number): number {
    return this.#hyper.channels / 2 ** (stage + 1)
  }

  /** `[N, P · F + 2B]` samples → real and imaginary parts at the last stage's positions. */
  #sourceSpectra(): Value {
    const { g } = this.#author
    const { nFft, hop } = this.#hyper
    const signal = g.op('Unsqueeze', [g.input('source', 'float32', ['N', 'S']), g.int64([1, 2])])
    const basis = analysisBasis(hann(nFft), nFft, nFft / 2 + 1)
    return this.#inType(spectrum(g, signal, 'fourier', basis, hop))
  }

  /** Up-sampling, the source's share, and the sum of the residual blocks (their mean is meant; readers divide). */
  #stage(index: number, x: Value, spectra: Value): Value {
    const { g } = this.#author
    const raised = g.scope(`ups.${index}`, () => this.#upsample(index, x))
    const placed = index === this.#lastStage ? this.#behindLag(raised) : raised
    const excited = g.op('Add', [placed, this.#sourceAt(index, spectra)])
    const { resblockKernels, resblockDilations } = this.#hyper
    const lengths = resblockKernels.flatMap((kernel, j) => blockContexts(kernel, resblockDilations[j]!))
    const contexts = this.#contexts(`resblocks.${index}`, index, lengths)
    const sum = resblockKernels
      .map((kernel, j) => {
        const key = `resblocks.${index * resblockKernels.length + j}`
        const conv = contexts.convolve.bind(contexts)
        return snakeBlock(this.#author, excited, key, kernel, resblockDilations[j]!, conv)
      })
      .reduce((all, block) => g.op('Add', [all, block]))
    contexts.finish()
    return sum
  }

  /** Activation and nearest-neighbour up-sampling with its convolution. */
  #upsample(index: number, x: Value): Value {
    const author = this.#author
    const { g, weights } = author
    const { lreluSlope, upsampleRates, upsampleKernels, resblockKernels } = this.#hyper
    const rate = upsampleRates[index]!
    const to = this.#channelsAt(index)
    const kernel = readKernel(weights, `ups.${index}`, [
      to,
      this.#channelsAt(index - 1),
      upsampleKernels[index]!,
    ])
    // The stage before left a sum of blocks where their mean is meant; the activation passes factors through.
    const mean = index === 0 ? kernel : scaled(kernel, { rows: 1 / resblockKernels.length })
    const columns = contextColumns(rate, upsampleKernels[index]!)
    const contexts = new LeftContexts(author, `ups.${index}`, this.#channelsAt(index - 1), [columns], {
      replayed: this.#replayed,
    })
    const active = g.op('LeakyRelu', [x], { alpha: float(lreluSlope) })
    const phases = contexts.convolve(active, foldedUpsampling(mean, rate))
    contexts.finish()
    return interleaved(g, phases, to, rate)
  }

  /** The last stage's positions: one in front, which is the second at the very beginning and else the last kept. */
  #behindLag(x: Value): Value {
    const { g, dtype } = this.#author
    const shape = ['N', this.#channelsAt(this.#lastStage), 1, 1]
    const slice = (from: number, to: number) =>
      g.op('Slice', [x, g.int64([from]), g.int64([to]), g.int64([TIME])])
    const first = g.op('Unsqueeze', [this.#first, g.int64([1, 2, 3])])
    const front = g.op('Where', [first, slice(1, 2), g.input('lag', dtype, shape)], {}, { dtype })
    g.output('lag_next', slice(-1, END), shape)
    return putBefore(g, front, 1, x, { axis: TIME, replayed: this.#replayed })
  }

  /** The source as stage `index` hears it. */
  #sourceAt(index: number, spectra: Value): Value {
    const author = this.#author
    const { g, weights } = author
    const { nFft, upsampleRates, sourceKernels, sourceDilations } = this.#hyper
    const stride = upsampleRates.slice(index + 1).reduce((product, rate) => product * rate, 1)
    const key = `source_downs.${index}`
    const taps = stride === 1 ? 1 : 2 * stride
    const kernel = readKernel(weights, key, [this.#channelsAt(index), nFft + 2, taps])
    const lowered = g.scope(key, () => {
      if (stride === 1) return convolve(author, spectra, kernel)
      // Spectra come with the one position that the last stage computes again.
      const contexts = new LeftContexts(author, key, nFft + 2, [stride - 1], {
        lag: 1,
        replayed: this.#replayed,
      })
      const extended = contexts.extend(spectra)
      contexts.finish()
      return convolve(author, extended, kernel, { stride })
    })
    const [blockKernel, dilations] = [sourceKernels[index]!, sourceDilations[index]!]
    const block = `source_resblocks.${index}`
    const contexts = this.#contexts(block, index, blockContexts(blockKernel, dilations))
    const conv = contexts.convolve.bind(contexts)
    const out = snakeBlock(author, lowered, block, blockKernel, dilations, conv)
    contexts.finish()
    return out
  }

  #contexts(name: string, stage: number, lengths: readonly number[]): LeftContexts {
    const lag = stage === this.#lastStage ? 1 : 0
    const options = { lag, replayed: this.#replayed }
    return new LeftContexts(this.#author, name, this.#channelsAt(stage), lengths, options)
  }

  /** Last convolution → spectra → samples. */
  #samples(x: Value): void {
    const author = this.#author
    const { g, weights } = author
    const { nFft, hop, resblockKernels, audioLimit } = this.#hyper
    const channels = this.#channelsAt(this.#lastStage)
    const post = scaled(readKernel(weights, 'conv_post', [nFft + 2, channels, POST_KERNEL]), {
      rows: 1 / resblockKernels.length,
    })
    const contexts = this.#contexts('conv_post', this.#lastStage, [POST_KERNEL - 1])
    const fresh = g.scope('conv_post', () => {
      const active = g.op('LeakyRelu', [x], { alpha: float(LAST_SLOPE) })
      const both = this.#cast(contexts.convolve(active, post), 'float32')
      return polarSpectrum(author, both, nFft / 2 + 1)
    })
    contexts.finish()
    // Frames before these still overlap with the new samples; at the beginning there are none, and none count.
    const overlap = nFft / hop - 1
    const shape = ['N', nFft + 2, 1, overlap]
    const layout = { axis: TIME, replayed: this.#replayed }
    const all = putBefore(g, g.input('spectra', 'float32', shape), overlap, fresh, layout)
    const kept = [g.int64([-overlap - 1]), g.int64([-1]), g.int64([TIME])]
    g.output('spectra_next', g.op('Slice', [all, ...kept]), shape)
    const before = g.op(
      'Cast',
      [g.op('Not', [this.#first])],
      { to: dataTypeOf('float32') },
      { dtype: 'float32' },
    )
    const present = g.op('Unsqueeze', [before, g.int64([1, 2, 3])])
    const signal = overlapAdd(g, all, hann(nFft), hop, {
      count: overlap,
      present,
      replayed: this.#replayed,
    })
    // The sum begins `overlap` hops and half a transform before the first new frame; H samples before it are due.
    const from = g.int64([overlap * hop + nFft / 2 - hop])
    const cut = g.op('Slice', [signal, from, g.int64([-nFft / 2]), g.int64([TIME])])
    const limited = g.op('Clip', [cut, g.float32(-audioLimit), g.float32(audioLimit)])
    g.output('samples', g.op('Squeeze', [limited, g.int64([1, 2])]), ['N', 'K'])
  }

  #inType(x: Value): Value {
    return this.#cast(x, this.#author.dtype)
  }

  #cast(x: Value, dtype: FloatType): Value {
    return x.dtype === dtype ? x : this.#author.g.op('Cast', [x], { to: dataTypeOf(dtype) }, { dtype })
  }
}

/** Context lengths of a residual block's convolutions, in order: each pair a dilated and a plain one. */
function blockContexts(kernel: number, dilations: readonly number[]): number[] {
  return dilations.flatMap((dilation) => [(kernel - 1) * dilation, kernel - 1])
}
