/**
 * Triangular mel filters, `[mels, bins]`, in the two conventions that the reference's front end mixes.
 *
 * Bin b lies at b · sampleRate / nFft Hz.
 */

export interface FilterBank {
  readonly mels: number
  readonly bins: number
  /** `[mels, bins]` */
  readonly weights: Float32Array
}

export interface FilterShape {
  readonly sampleRate: number
  readonly nFft: number
  readonly mels: number
  /** Hz. */
  readonly fMin: number
  readonly fMax: number
}

/** Slaney's scale: linear to 1000 Hz, then 27 steps for each factor of 6.4. */
const LINEAR_HZ = 200 / 3
const BREAK_HZ = 1000
const LOG_STEP = Math.log(6.4) / 27

/**
 * `librosa.filters.mel` with its defaults (Slaney's scale, areas of one): Whisper's and the 24 kHz mel's.
 * Only the bins up to `fMax`, above which all weights are zero.
 */
export function slaneyFilters(shape: FilterShape): FilterBank {
  const { sampleRate, nFft, mels, fMin, fMax } = shape
  const edges = evenly(hzToSlaney(fMin), hzToSlaney(fMax), mels + 2).map(slaneyToHz)
  const bins = Math.min(nFft / 2, Math.floor((fMax * nFft) / sampleRate)) + 1
  return fill(mels, bins, (mel, bin) => {
    const [left, centre, right] = [edges[mel]!, edges[mel + 1]!, edges[mel + 2]!]
    const hz = (bin * sampleRate) / nFft
    const height = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre))
    return (2 / (right - left)) * Math.max(0, height)
  })
}

/** Kaldi's filters: straight lines on the mel scale 1127 ln(1 + f/700), height one; the bin at half the rate is not used. */
export function kaldiFilters({ sampleRate, nFft, mels, fMin, fMax }: FilterShape): FilterBank {
  const edges = evenly(hzToKaldi(fMin), hzToKaldi(fMax), mels + 2)
  return fill(mels, nFft / 2, (mel, bin) => {
    const [left, centre, right] = [edges[mel]!, edges[mel + 1]!, edges[mel + 2]!]
    const at = hzToKaldi((bin * sampleRate) / nFft)
    return Math.max(0, Math.min((at - left) / (centre - left), (right - at) / (right - centre)))
  })
}

function fill(mels: number, bins: number, weight: (mel: number, bin: number) => number): FilterBank {
  const weights = Float32Array.from({ length: mels * bins }, (_, i) => weight(Math.floor(i / bins), i % bins))
  return { mels, bins, weights }
}

function evenly(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1))
}

function hzToSlaney(hz: number): number {
  return hz < BREAK_HZ ? hz / LINEAR_HZ : BREAK_HZ / LINEAR_HZ + Math.log(hz / BREAK_HZ) / LOG_STEP
}

function slaneyToHz(mel: number): number {
  const breakMel = BREAK_HZ / LINEAR_HZ
  return mel < breakMel ? mel * LINEAR_HZ : BREAK_HZ * Math.exp((mel - breakMel) * LOG_STEP)
}

function hzToKaldi(hz: number): number {
  return 1127 * Math.log(1 + hz / 700)
}
