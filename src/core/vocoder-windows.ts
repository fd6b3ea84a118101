/**
 * What one run of the vocoder takes in and cuts out, to make exactly the samples between two states.
 *
 * The generator's graph takes the cuts as one vector in the order of `cutNames`.
 *
 * A window that does not begin or end where the utterance does has wrong values near that edge. Convolutions see zeros
 * there that are not true; windows are wide enough that these values are always cut off.
 */
import {
  melNeededFrom,
  neededFrom,
  PRE_KERNEL,
  type Progress,
  type StageGeometry,
  type VocoderGeometry,
} from './vocoder-geometry.ts'

/** From `from` up to and without `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface VocoderWindows {
  /** Mel frames that the F0 run sees, and which of its results are new. */
  readonly f0: { readonly mel: Range; readonly keep: Range }
  /** Mel frames that the generator sees. */
  readonly mel: Range
  /** Source samples that it sees; those outside the utterance are reflected at its ends. */
  readonly source: Range
  /** Along time, within each level's own window; see `cutNames`. */
  readonly cuts: readonly number[]
}

/**
 * Order of the cuts. For each stage:
 * - `up`: the new positions in what the up-sampling makes (for the last stage without the reflected one);
 * - `reflect`: 1 where the reflected position has to be put in front;
 * - `spectrum`: the stage's part of the source's spectrum, and `source`: the new positions in its source;
 * - `history`: where in the kept positions the true ones begin.
 * Then `samples`: the new samples in what the inverse transform makes.
 */
export function cutNames(numStages: number): string[] {
  const stage = [
    'up.from',
    'up.to',
    'reflect',
    'spectrum.from',
    'spectrum.to',
    'source.from',
    'source.to',
    'history.from',
  ]
  return [
    ...Array.from({ length: numStages }, (_, i) => stage.map((name) => `${i}.${name}`)).flat(),
    'samples.from',
    'samples.to',
  ]
}

/** Windows of the run that leads from `before` to `after`; `ended`: the utterance has no more mel than `after` has. */
export function vocoderWindows(
  geometry: VocoderGeometry,
  before: Progress,
  after: Progress,
  ended: boolean,
): VocoderWindows {
  const { stages, nFft, hop } = geometry
  const sources = stages.map((stage, i) => sourceWindow(stage, before.stages[i]!, after, i, ended))
  const spectrumFrom = Math.min(...sources.map(({ spectrum }) => spectrum.from))
  const spectrumTo = Math.max(...sources.map(({ spectrum }) => spectrum.to))
  const mel = melWindow(geometry, before, after, ended)
  const cuts: number[] = []
  let inputFrom = mel.from
  for (const [i, stage] of stages.entries()) {
    const known = before.stages[i]!
    const { spectrum, sourceFrom } = sources[i]!
    const reflect = known < stage.shift ? stage.shift : 0
    const offset = stage.up.stride * inputFrom + stage.shift
    const from = known + reflect - offset
    const windowFrom = Math.max(0, neededFrom(geometry, i, before))
    cuts.push(from, after.stages[i]! - offset, reflect)
    cuts.push(spectrum.from - spectrumFrom, spectrum.to - spectrumFrom)
    cuts.push(known - sourceFrom, after.stages[i]! - sourceFrom)
    cuts.push(stage.history - (known - windowFrom))
    inputFrom = windowFrom
  }
  const firstSample = hop * inputFrom - nFft / 2
  cuts.push(before.samples - firstSample, after.samples - firstSample)
  return {
    f0: f0Window(geometry, before, after),
    mel,
    source: { from: hop * spectrumFrom - nFft / 2, to: hop * (spectrumTo - 1) + nFft / 2 },
    cuts,
  }
}

function f0Window({ f0Reach }: VocoderGeometry, before: Progress, after: Progress): VocoderWindows['f0'] {
  const from = Math.max(0, before.f0 - f0Reach)
  const to = Math.min(after.frames, after.f0 + f0Reach)
  return { mel: { from, to }, keep: { from: before.f0 - from, to: after.f0 - from } }
}

function melWindow(geometry: VocoderGeometry, before: Progress, after: Progress, ended: boolean): Range {
  const { up, shift } = geometry.stages[0]!
  const lastInput = Math.ceil((after.stages[0]! - shift + up.pad) / up.stride)
  return {
    from: Math.max(0, melNeededFrom(geometry, before)),
    to: ended ? after.frames : lastInput + (PRE_KERNEL - 1) / 2,
  }
}

/** Spectrum frames that the stage's source needs, and the first position that the source convolution makes of them. */
function sourceWindow(
  stage: StageGeometry,
  known: number,
  after: Progress,
  index: number,
  ended: boolean,
): { spectrum: Range; sourceFrom: number } {
  const { stride, kernel, pad, reach } = stage.source
  const sourceFrom = sourceFirst(stage, known)
  const last = after.stages[index]! + reach - 1
  const spectrumTo = ended ? after.spectrum : stride * last - pad + kernel
  return { spectrum: { from: stride * sourceFrom, to: spectrumTo }, sourceFrom }
}

/** First position of a stage's source that is computed to get those from `known` on. */
function sourceFirst({ source: { stride, pad, reach } }: StageGeometry, known: number): number {
  // The convolution pads the window's front too: its first positions are wrong unless that is the utterance's front.
  const wrong = Math.ceil(pad / stride)
  return Math.max(0, known - reach - wrong)
}

/** First source sample that the work beyond `progress` needs; 0 where that is reflected samples. */
export function sourceNeededFrom({ stages, hop, nFft }: VocoderGeometry, progress: Progress): number {
  const firsts = stages.map((stage, i) => stage.source.stride * sourceFirst(stage, progress.stages[i]!))
  return Math.max(0, hop * Math.min(...firsts) - nFft / 2)
}

/** First mel frame that the work beyond `progress` needs, for F0 or for the generator. */
export function framesNeededFrom(geometry: VocoderGeometry, progress: Progress): number {
  return Math.max(0, Math.min(progress.f0 - geometry.f0Reach, melNeededFrom(geometry, progress)))
}
