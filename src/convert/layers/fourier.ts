/**
 * Short-time Fourier transforms as convolutions with fixed bases. ORT has no inverse one and no real one that takes any
 * length.
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { putBefore } from './replayable.ts'

/** Periodic Hann window, as `torch.stft` users and `scipy.signal.get_window` have it. */
export function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length))
}

/**
 * Rows that turn a frame into real, then imaginary parts of bins `0 … bins − 1` of its windowed spectrum: `[2 · bins,
 * nFft]`. `frame` may map each basis row onto the raw samples of a frame (pre-emphasis and such).
 */
export function analysisBasis(
  window: ArrayLike<number>,
  nFft: number,
  bins: number,
  frame: (row: Float64Array) => Float64Array = (row) => row,
): TensorSource {
  const length = frame(new Float64Array(window.length)).length
  return derive([], [2 * bins, length], () => {
    const basis = new Float32Array(2 * bins * length)
    for (let row = 0; row < 2 * bins; row++) {
      const bin = row % bins
      const wave = row < bins ? Math.cos : (angle: number) => -Math.sin(angle)
      const values = Float64Array.from(window, (weight, n) => weight * wave(turns(bin * n, nFft)))
      basis.set(frame(values), row * length)
    }
    return basis
  })
}

/**
 * The inverse for `torch.istft`: rows `[2 · bins, nFft]` that add up to the windowed frame; bins = nFft/2 + 1.
 * What the imaginary parts of the first and last bin say is not heard.
 */
export function synthesisBasis(window: Float64Array): TensorSource {
  const nFft = window.length
  const bins = nFft / 2 + 1
  return derive([], [2 * bins, nFft], () =>
    Float32Array.from({ length: 2 * bins * nFft }, (_, i) => {
      const row = Math.floor(i / nFft)
      const bin = row % bins
      const n = i % nFft
      const share = (bin === 0 || bin === bins - 1 ? 1 : 2) / nFft
      const angle = turns(bin * n, nFft)
      return window[n]! * share * (row < bins ? Math.cos(angle) : -Math.sin(angle))
    }),
  )
}

/** Signal `[N, 1, 1, samples]` → `[N, 2 · bins, 1, frames]`, real parts first. Nothing is padded. */
export function spectrum(
  g: GraphBuilder,
  signal: Value,
  name: string,
  basis: TensorSource,
  hop: number,
): Value {
  const [rows, length] = basis.shape as readonly [number, number]
  const kernel: TensorSource = { ...basis, shape: [rows, 1, 1, length] }
  return g.op('Conv', [signal, g.weight(name, kernel)], { kernel_shape: [1, length], strides: [1, hop] })
}

/** Frames at the front that may not exist: how many, and `[N, 1, 1, 1]` 1 where a row has them, else 0. */
export interface EarlierFrames {
  readonly count: number
  readonly present: Value
  /** A card records the runs. */
  readonly replayed: boolean
}

/**
 * Spectra `[N, 2 · bins, 1, frames]` → signal `[N, 1, 1, (frames − 1) · hop + nFft]`: frames added up and divided by
 * what their squared windows add up to. A centred transform drops nFft/2 samples at both ends. `earlier` frames that
 * do not exist must be zero.
 */
export function overlapAdd(
  g: GraphBuilder,
  spectra: Value,
  window: Float64Array,
  hop: number,
  earlier?: EarlierFrames,
): Value {
  const nFft = window.length
  const attributes = { kernel_shape: [1, nFft], strides: [1, hop] }
  const basis = synthesisBasis(window)
  const kernel: TensorSource = { ...basis, shape: [basis.shape[0]!, 1, 1, nFft] }
  const sum = g.op('ConvTranspose', [spectra, g.weight('inverse-fourier', kernel)], attributes)
  const frames = g.op('Shape', [spectra], { start: 3 }, { dtype: 'int64' })
  const ones = earlier === undefined ? onesOf(g, frames) : onesBehind(g, frames, earlier)
  const squares = g.float32(
    [...window].map((weight) => weight ** 2),
    [1, 1, 1, nFft],
  )
  return g.op('Div', [sum, g.op('ConvTranspose', [ones, squares], attributes)])
}

/** `[1, 1, 1, frames]` ones. */
function onesOf(g: GraphBuilder, frames: Value): Value {
  return g.op('Expand', [g.float32(1), g.op('Concat', [g.int64([1, 1, 1]), frames], { axis: 0 })])
}

/** `[N, 1, 1, frames]`: the first `count` as a row has them, ones behind. */
function onesBehind(g: GraphBuilder, frames: Value, { count, present, replayed }: EarlierFrames): Value {
  const rows = g.op('Shape', [present], { start: 0, end: 1 }, { dtype: 'int64' })
  const wide = (length: Value) => g.op('Concat', [rows, g.int64([1, 1]), length], { axis: 0 })
  const front = g.op('Expand', [present, wide(g.int64([count]))])
  const rest = g.op('Expand', [g.float32(1), wide(g.op('Sub', [frames, g.int64([count])]))])
  return putBefore(g, front, count, rest, { axis: 3, replayed })
}

/** The angle of `steps` steps of a circle of `length`, kept small so that no precision is lost. */
function turns(steps: number, length: number): number {
  return (2 * Math.PI * (steps % length)) / length
}
