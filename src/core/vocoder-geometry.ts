/**
 * How far the vocoder looks: from its kernels, how much of each stage is known when so many mel frames are.
 *
 * The converter takes the lengths of state from here, the runner its windows, so the two cannot disagree.
 *
 * All layers are centred convolutions, so a position is final once everything within their reach is there. Each level
 * therefore lags a fixed number of its own positions behind the mel; once speech has ended nothing lags any more. Each
 * level works only where it is new. What came before is kept at the level where that is cheap. So it costs little more
 * than the whole utterance at once, and gives the same samples.
 */
import type { HiftHyperParameters } from './hyper-parameters.ts'

/** Kernels that the architecture fixes; the converter refuses weights that have others. */
export const F0_LAYERS = 5
export const F0_KERNEL = 3
export const PRE_KERNEL = 7
export const POST_KERNEL = 7

/** A convolution that widens or narrows time by `stride`. */
export interface Resampling {
  readonly stride: number
  readonly kernel: number
  readonly pad: number
}

/** One up-sampling stage. Its positions are those of its own rate. */
export interface StageGeometry {
  /** Positions per mel frame. */
  readonly rate: number
  /** The transposed convolution that makes its positions from those of the stage before (of mel frames, for the first). */
  readonly up: Resampling
  /** The convolution that makes its source from the source's spectrum, and how far its residual block looks. */
  readonly source: Resampling & { readonly reach: number }
  /** How far the residual blocks look to either side. */
  readonly reach: number
  /** 1 where a reflected position is put in front (the last stage), else 0. */
  readonly shift: number
  /** Positions by which it lags behind the mel. */
  readonly delay: number
  /** Newest positions that are kept for what comes next. */
  readonly history: number
}

export interface VocoderGeometry {
  /** Samples of a mel frame. */
  readonly frameSamples: number
  /** Frames of mel that a frame's F0 looks at to either side. */
  readonly f0Reach: number
  /** Samples by which the source lags: F0's reach, and half a frame because phases run from centre to centre. */
  readonly sourceDelay: number
  readonly stages: readonly StageGeometry[]
  readonly nFft: number
  readonly hop: number
  /** Spectrum frames by which the source's spectrum lags. */
  readonly spectrumDelay: number
  /** Samples that are held back while more mel may come. */
  readonly delay: number
}

/** How much of each level is final: counts from the utterance's beginning. */
export interface Progress {
  readonly frames: number
  readonly f0: number
  readonly source: number
  readonly spectrum: number
  readonly stages: readonly number[]
  readonly samples: number
}

export const NOTHING_YET: (geometry: VocoderGeometry) => Progress = (geometry) =>
  progressAt(geometry, 0, false)

/** What is final of an utterance of which `frames` mel frames are there; `ended`: there are no more. */
export function progressAt(geometry: VocoderGeometry, frames: number, ended: boolean): Progress {
  const { frameSamples, hop } = geometry
  const after = (full: number, delay: number) => (ended ? full : Math.max(0, full - delay))
  // Centred analysis has one spectrum frame more than hops; the last stage has one position more for the same reason.
  const hops = (frames * frameSamples) / hop
  return {
    frames,
    f0: after(frames, geometry.f0Reach),
    source: after(frames * frameSamples, geometry.sourceDelay),
    spectrum: ended ? hops + Math.min(frames, 1) : Math.max(0, hops - geometry.spectrumDelay),
    stages: geometry.stages.map(({ rate, delay, shift }) =>
      ended ? frames * rate + Math.min(frames, shift) : Math.max(0, frames * rate - delay),
    ),
    samples: after(frames * frameSamples, geometry.delay),
  }
}

/** First position of stage `index` (its kept ones included) that the work beyond `progress` needs; may be negative. */
export function neededFrom(geometry: VocoderGeometry, index: number, progress: Progress): number {
  const { stages, nFft, hop } = geometry
  const stage = stages[index]!
  const next = stages[index + 1]
  if (next === undefined) {
    const spectrum = Math.ceil((progress.samples - nFft / 2 + 1) / hop)
    return spectrum - half(POST_KERNEL) - stage.reach
  }
  return firstInput(next.up, progress.stages[index + 1]! - next.shift) - stage.reach
}

/** First mel frame that the first stage needs beyond `progress`; may be negative. */
export function melNeededFrom({ stages }: VocoderGeometry, progress: Progress): number {
  const { up, shift } = stages[0]!
  return firstInput(up, progress.stages[0]! - shift) - half(PRE_KERNEL)
}

/** First of the inputs that a transposed convolution adds into its output `position`. */
function firstInput({ stride, kernel, pad }: Resampling, position: number): number {
  return Math.ceil((position + pad - kernel + 1) / stride)
}

/** Computes everything from the kernels. */
export function vocoderGeometry(hyper: HiftHyperParameters): VocoderGeometry {
  const { upsampleRates, nFft, hop } = hyper
  const frameSamples = upsampleRates.reduce((product, rate) => product * rate, hop)
  const f0Reach = F0_LAYERS * half(F0_KERNEL)
  const sourceDelay = f0Reach * frameSamples + frameSamples - Math.floor(frameSamples / 2)
  const spectrumDelay = Math.ceil((sourceDelay + nFft / 2) / hop) - 1
  const stages: StageGeometry[] = []
  let inputDelay = half(PRE_KERNEL)
  let rate = 1
  for (const [i, stride] of upsampleRates.entries()) {
    rate *= stride
    const kernel = hyper.upsampleKernels[i]!
    const up = { stride, kernel, pad: (kernel - stride) / 2 }
    const source = sourceOfStage(hyper, i)
    const sourceLag =
      Math.ceil((spectrumDelay + source.kernel - source.pad) / source.stride) - 1 + source.reach
    const shift = i === upsampleRates.length - 1 ? 1 : 0
    const delay = Math.max(stride * inputDelay + up.pad - shift, sourceLag)
    const reaches = hyper.resblockKernels.map((size, j) => resblockReach(size, hyper.resblockDilations[j]!))
    const reach = Math.max(...reaches)
    stages.push({ rate, up, source, reach, shift, delay, history: 0 })
    inputDelay = delay + reach
  }
  const delay = hop * (inputDelay + half(POST_KERNEL)) + nFft / 2
  const geometry = { frameSamples, f0Reach, sourceDelay, stages, nFft, hop, spectrumDelay, delay }
  return { ...geometry, stages: stages.map((stage, i) => ({ ...stage, history: historyOf(geometry, i) })) }
}

/** Once everything lags by its full delay, the distance between what is known and what is needed does not change. */
function historyOf(geometry: VocoderGeometry, index: number): number {
  const later = progressAt(geometry, Math.ceil(geometry.delay / geometry.frameSamples) + 1000, false)
  return later.stages[index]! - neededFrom(geometry, index, later)
}

function sourceOfStage(hyper: HiftHyperParameters, index: number): StageGeometry['source'] {
  const stride = hyper.upsampleRates.slice(index + 1).reduce((product, rate) => product * rate, 1)
  const reach = resblockReach(hyper.sourceKernels[index]!, hyper.sourceDilations[index]!)
  if (stride === 1) return { stride, kernel: 1, pad: 0, reach }
  return { stride, kernel: 2 * stride, pad: Math.floor(stride / 2), reach }
}

/** Each dilated convolution of a block is followed by a plain one. */
function resblockReach(kernel: number, dilations: readonly number[]): number {
  return dilations.reduce((sum, dilation) => sum + half(kernel) * (dilation + 1), 0)
}

function half(kernel: number): number {
  return (kernel - 1) / 2
}
