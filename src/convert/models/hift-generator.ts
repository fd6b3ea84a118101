/**
 * The vocoder's generator as a graph: windows of mel and of source → samples, with what the next window needs.
 *
 * A whole utterance is one window that begins and ends where it does. Rows must share their cuts. So rows of one run
 * are utterances as far from their beginning (or far enough) that get as many frames.
 *
 * Inputs (C_i channels of stage i, H_i kept positions): `mel` `[N, F, mels]`; `source` `[N, S]`; `cuts` `[cuts]`
 * int64, or `cut.NAME` `[1]` each; `history.i` `[N, C_i, 1, H_i]`. Outputs: `samples` `[N, K]`, within ±audioLimit; `history_next.i`, which may
 * lie where `history.i` does.
 */
import type { HiftHyperParameters } from '../../core/hyper-parameters.ts'
import { POST_KERNEL, PRE_KERNEL, type StageGeometry, vocoderGeometry } from '../../core/vocoder-geometry.ts'
import { cutNames } from '../../core/vocoder-windows.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { convolve, convolveCentred, convolveTransposed, TIME } from '../layers/convolution.ts'
import { analysisBasis, hann, overlapAdd, spectrum } from '../layers/fourier.ts'
import { type Author, type FloatType, isForCards } from '../layers/gemm.ts'
import { readKernel, scaled } from '../layers/kernel.ts'
import { polarSpectrum } from '../layers/polar-spectrum.ts'
import { putBefore } from '../layers/replayable.ts'
import { snakeBlock } from '../layers/snake-block.ts'
import { dataTypeOf, float, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { melSignal } from './hift-f0.ts'

/** The last activation has the framework's default slope, whatever the yaml says of the others. */
const LAST_SLOPE = 0.01

/** A cut's place along time. */
type Cuts = ReadonlyMap<string, Value>

export function buildGenerator(
  g: GraphBuilder,
  hyper: HiftHyperParameters,
  weights: Weights,
  dtype: FloatType,
): void {
  const author: Author = { g, weights, dtype }
  const geometry = vocoderGeometry(hyper)
  const { stages } = geometry
  const cuts = splitCuts(author, cutNames(stages.length))
  const source = sourceSpectrum(author, hyper)

  const pre = readKernel(weights, 'conv_pre', [hyper.channels, hyper.mel, PRE_KERNEL])
  const mel = melSignal(g, g.input('mel', 'float32', ['N', 'F', hyper.mel]))
  let x = g.scope('conv_pre', () => convolveCentred(author, inType(author, mel), pre))
  for (const [i, stage] of stages.entries()) {
    const raised = g.scope(`ups.${i}`, () => upsample(author, hyper, stage, i, x, cuts))
    const excited = g.op('Add', [raised, sourceOfStage(author, hyper, stage, i, source, cuts)])
    x = resblocks(author, hyper, i, withHistory(author, stage, i, channelsAt(hyper, i), excited, cuts))
  }
  const samples = inverse(author, hyper, x)
  const cut = slice(g, samples, cuts.get('samples.from')!, cuts.get('samples.to')!)
  const limited = g.op('Clip', [cut, g.float32(-hyper.audioLimit), g.float32(hyper.audioLimit)])
  g.output('samples', g.op('Squeeze', [limited, g.int64([1, 2])]), ['N', 'K'])
}

/** `[N, S]` samples → real and imaginary parts of their spectrum; see `fourier.ts`. */
function sourceSpectrum(author: Author, { nFft, hop }: HiftHyperParameters): Value {
  const { g } = author
  const signal = g.op('Unsqueeze', [g.input('source', 'float32', ['N', 'S']), g.int64([1, 2])])
  const basis = analysisBasis(hann(nFft), nFft, nFft / 2 + 1)
  return inType(author, spectrum(g, signal, 'fourier', basis, hop))
}

/** Activation and transposed convolution, cut to the new positions; the last stage reflects its very first. */
function upsample(
  author: Author,
  hyper: HiftHyperParameters,
  { up, shift }: StageGeometry,
  index: number,
  x: Value,
  cuts: Cuts,
): Value {
  const { g, weights, dtype } = author
  const from = channelsAt(hyper, index - 1)
  const to = channelsAt(hyper, index)
  const kernel = readKernel(weights, `ups.${index}`, [from, to, up.kernel], to)
  const active = g.op('LeakyRelu', [x], { alpha: float(hyper.lreluSlope) })
  const mean = index === 0 ? kernel : scaled(kernel, { rows: 1 / hyper.resblockKernels.length })
  const raised = convolveTransposed(author, active, mean, up)
  const fresh = slice(g, raised, cuts.get(`${index}.up.from`)!, cuts.get(`${index}.up.to`)!)
  if (shift === 0) return fresh
  const reflect = cuts.get(`${index}.reflect`)!
  const reflected =
    dtype === 'float16'
      ? slice(g, slice(g, fresh, g.int64([1]), g.int64([Number.MAX_SAFE_INTEGER])), g.int64([0]), reflect)
      : slice(g, fresh, g.int64([1]), g.op('Add', [g.int64([1]), reflect]))
  return putBefore(g, reflected, null, fresh, { axis: TIME, replayed: isForCards(author) })
}

/** The source as stage `index` hears it, at its new positions. */
function sourceOfStage(
  author: Author,
  hyper: HiftHyperParameters,
  { source }: StageGeometry,
  index: number,
  spectra: Value,
  cuts: Cuts,
): Value {
  const { g, weights } = author
  const cut = (name: string, x: Value) =>
    slice(g, x, cuts.get(`${index}.${name}.from`)!, cuts.get(`${index}.${name}.to`)!)
  const key = `source_downs.${index}`
  const kernel = readKernel(weights, key, [channelsAt(hyper, index), hyper.nFft + 2, source.kernel])
  const lowered = g.scope(key, () => convolve(author, cut('spectrum', spectra), kernel, source))
  const block = `source_resblocks.${index}`
  return cut(
    'source',
    snakeBlock(author, lowered, block, hyper.sourceKernels[index]!, hyper.sourceDilations[index]!),
  )
}

/** New positions behind the kept ones; keeps the newest for the next run. */
function withHistory(
  author: Author,
  { history }: StageGeometry,
  index: number,
  channels: number,
  fresh: Value,
  cuts: Cuts,
): Value {
  const { g, dtype } = author
  const end = g.int64([Number.MAX_SAFE_INTEGER])
  const shape = ['N', channels, 1, history]
  return g.scope(`history.${index}`, () => {
    const kept = g.input(`history.${index}`, dtype, shape)
    const all = putBefore(g, kept, history, fresh, { axis: TIME, replayed: isForCards(author) })
    g.output(`history_next.${index}`, slice(g, all, g.int64([-history]), end), shape)
    return slice(g, all, cuts.get(`${index}.history.from`)!, end)
  })
}

/** The sum of a stage's residual blocks. Their mean is meant: the next layer divides in its own kernel. */
function resblocks(author: Author, hyper: HiftHyperParameters, stage: number, x: Value): Value {
  const { resblockKernels, resblockDilations } = hyper
  return resblockKernels
    .map((kernel, j) =>
      snakeBlock(author, x, `resblocks.${stage * resblockKernels.length + j}`, kernel, resblockDilations[j]!),
    )
    .reduce((sum, block) => author.g.op('Add', [sum, block]))
}

/** Last convolution → spectra → samples. */
function inverse(author: Author, hyper: HiftHyperParameters, x: Value): Value {
  const { g, weights } = author
  const { nFft, hop } = hyper
  const last = channelsAt(hyper, hyper.upsampleRates.length - 1)
  const post = scaled(readKernel(weights, 'conv_post', [nFft + 2, last, POST_KERNEL]), {
    rows: 1 / hyper.resblockKernels.length,
  })
  return g.scope('conv_post', () => {
    const active = g.op('LeakyRelu', [x], { alpha: float(LAST_SLOPE) })
    const both = cast(g, convolveCentred(author, active, post), 'float32')
    return overlapAdd(g, polarSpectrum(author, both, nFft / 2 + 1), hann(nFft), hop)
  })
}

function channelsAt(hyper: HiftHyperParameters, stage: number): number {
  return hyper.channels / 2 ** (stage + 1)
}

/** One input for all, or in half precision, which is for cards, one for each: a card's graph reads them from the host. */
function splitCuts({ g, dtype }: Author, names: readonly string[]): Cuts {
  if (dtype === 'float16') return new Map(names.map((name) => [name, g.input(`cut.${name}`, 'int64', [1])]))
  const vector = g.input('cuts', 'int64', [names.length])
  const parts = g.ops(names.length, 'Split', [vector], { axis: 0, num_outputs: names.length })
  return new Map(names.map((name, i) => [name, parts[i]!]))
}

function slice(g: GraphBuilder, x: Value, from: Value, to: Value): Value {
  return g.op('Slice', [x, from, to, g.int64([TIME])])
}

/** A value into the graph's float type. */
function inType(author: Author, x: Value): Value {
  return cast(author.g, x, author.dtype)
}

function cast(g: GraphBuilder, x: Value, dtype: FloatType): Value {
  return x.dtype === dtype ? x : g.op('Cast', [x], { to: dataTypeOf(dtype) }, { dtype })
}
