/**
 * The two interpolation kernels that resampling uses, tabulated by phase.
 *
 * Output sample n lies at n · down / up on the input's time axis: `i` whole samples and a fraction φ. It is the sum of
 * input[j] · h(j − i − φ) over the taps j = i − half + 1 … i + half. A row of the table holds those h for one φ.
 */

export interface ResampleKernel {
  /** Output and input rate without their common divisor. */
  readonly up: number
  readonly down: number
  /** Kernel reaches this many input samples to either side. */
  readonly half: number
  /** Row p is for φ = p / phases; where phases < up, values between two rows are interpolated. */
  readonly phases: number
  /** [phases + 1, 2 · half] */
  readonly rows: Float32Array
}

/** A kernel's shape over time: `value` is zero outside ±`reach`, both in input samples. */
interface Shape {
  readonly reach: number
  readonly value: (time: number) => number
}

/** torchaudio's defaults, which the reference's front end relies on. */
const REFERENCE_ZEROS = 6
const REFERENCE_ROLLOFF = 0.99

/**
 * Zero crossings to either side, window shape and cut-off (as a share of the lower rate) of the output kernel. Chosen
 * by measurement (test/audio/resample.test.ts holds them to it). Flat to 0.42 of the lower rate; −1 dB at 0.45, −60 dB
 * at 0.51, −95 dB from 0.52 on. 2 ms of delay at 16 kHz.
 */
const OUTPUT_ZEROS = 32
const OUTPUT_KAISER_BETA = 9
const OUTPUT_CUTOFF = 0.47

/** More phases than this are interpolated from this many: error −116 dB, and a table of bounded size for any rate. */
const MAX_OUTPUT_PHASES = 512

/**
 * torchaudio's `resample` with its default Hann-windowed sinc (`lowpass_filter_width` 6, `rolloff` 0.99): parity of the
 * prompt's features depends on it. Always exact, whatever the ratio.
 */
export function referenceKernel(from: number, to: number): ResampleKernel {
  const bandwidth = Math.min(1, to / from) * REFERENCE_ROLLOFF
  const { up } = ratio(from, to)
  return tabulate(from, to, up, {
    reach: REFERENCE_ZEROS / bandwidth,
    value: (time) => {
      const crossings = time * bandwidth
      return bandwidth * sinc(crossings) * Math.cos((Math.PI * crossings) / (2 * REFERENCE_ZEROS)) ** 2
    },
  })
}

/** Kaiser-windowed sinc for what we send: sharper than the reference's, and cheap enough for hundreds of streams. */
export function outputKernel(from: number, to: number): ResampleKernel {
  const lower = Math.min(1, to / from)
  const bandwidth = 2 * OUTPUT_CUTOFF * lower
  const reach = OUTPUT_ZEROS / lower
  const { up } = ratio(from, to)
  return tabulate(from, to, Math.min(up, MAX_OUTPUT_PHASES), {
    reach,
    value: (time) => bandwidth * sinc(time * bandwidth) * kaiser(time / reach),
  })
}

function tabulate(from: number, to: number, phases: number, { reach, value }: Shape): ResampleKernel {
  // An even half makes rows a multiple of four long, as the inner loop takes them.
  const half = Math.ceil(reach / 2) * 2
  const taps = 2 * half
  const rows = new Float32Array((phases + 1) * taps)
  for (let phase = 0; phase <= phases; phase++) {
    for (let tap = 0; tap < taps; tap++) {
      const time = tap - half + 1 - phase / phases
      rows[phase * taps + tap] = Math.abs(time) < reach ? value(time) : 0
    }
  }
  return { ...ratio(from, to), half, phases, rows }
}

function ratio(from: number, to: number): { up: number; down: number } {
  let [a, b] = [from, to]
  while (b !== 0) [a, b] = [b, a % b]
  return { up: to / a, down: from / a }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** Kaiser window over −1…1. */
function kaiser(x: number): number {
  return besselI0(OUTPUT_KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(OUTPUT_KAISER_BETA)
}

/** Modified Bessel function of order 0 by its power series; terms beyond double precision are left out. */
function besselI0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
