/**
 * Changes the sample rate of a stream.
 *
 * Each output sample is computed from the same input samples in the same order however the input was cut. So the output
 * is bit-identical for any chunking. n input samples give ⌈n · to / from⌉ output samples, aligned in time with the
 * input.
 */
import { outputKernel, type ResampleKernel, referenceKernel } from './resample-kernel.ts'

export class Resampler {
  readonly #kernel: ResampleKernel
  /** Input from absolute index `#first` on: all that later output can still need. Zeros stand before the start. */
  #pending: Float32Array
  #first: number
  #received = 0
  #produced = 0

  constructor(kernel: ResampleKernel) {
    this.#kernel = kernel
    this.#first = 1 - kernel.half
    this.#pending = new Float32Array(kernel.half - 1)
  }

  /** The output that `input` completes; the rest of it waits for the input that it reaches into. */
  push(input: Float32Array): Float32Array {
    this.#received += input.length
    return this.#advance(input, this.#received - this.#kernel.half)
  }

  /** The rest, as if silence followed. Nothing may be pushed afterwards. */
  finish(): Float32Array {
    return this.#advance(new Float32Array(this.#kernel.half), this.#received)
  }

  /** Takes `input` in and produces all output that lies before input index `horizon`. */
  #advance(input: Float32Array, horizon: number): Float32Array {
    const { up, down, half } = this.#kernel
    const buffer = new Float32Array(this.#pending.length + input.length)
    buffer.set(this.#pending)
    buffer.set(input, this.#pending.length)
    const end = Math.max(this.#produced, Math.ceil((horizon * up) / down))
    const output = new Float32Array(end - this.#produced)
    interpolate(this.#kernel, buffer, this.#first, this.#produced, output)
    this.#produced = end
    const needed = Math.floor((end * down) / up) - half + 1
    const drop = Math.min(buffer.length, needed - this.#first)
    this.#pending = buffer.slice(drop)
    this.#first += drop
    return output
  }
}

/** Fills `output` with samples `from`, `from` + 1, …; `input[0]` has absolute index `first`. */
function interpolate(
  { up, down, half, phases, rows }: ResampleKernel,
  input: Float32Array,
  first: number,
  from: number,
  output: Float32Array,
): void {
  const taps = 2 * half
  const wholeStep = Math.floor(down / up)
  const restStep = down % up
  // Numerator of φ, in steps of 1 / up.
  let rest = ((from * down) % up) | 0
  let at = (Math.floor((from * down) / up) - half + 1 - first) | 0
  for (let n = 0; n < output.length; n++) {
    if (phases === up) {
      output[n] = dot(rows, rest * taps, input, at, taps)
    } else {
      const position = (rest * phases) / up
      const phase = position | 0
      const low = dot(rows, phase * taps, input, at, taps)
      const high = dot(rows, (phase + 1) * taps, input, at, taps)
      output[n] = low + (high - low) * (position - phase)
    }
    at += wholeStep
    rest += restStep
    if (rest >= up) {
      rest -= up
      at++
    }
  }
}

/** Four sums at once: nearly twice as fast as one (`resample` of `npm run -s bench`). `length` is a multiple of four. */
function dot(rows: Float32Array, row: number, input: Float32Array, at: number, length: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let k = 0; k < length; k += 4) {
    a += rows[row + k]! * input[at + k]!
    b += rows[row + k + 1]! * input[at + k + 1]!
    c += rows[row + k + 2]! * input[at + k + 2]!
    d += rows[row + k + 3]! * input[at + k + 3]!
  }
  return a + b + (c + d)
}

/** A whole recording through the reference's kernel; the recording itself where the rates agree. */
export function resampleLikeReference(samples: Float32Array, from: number, to: number): Float32Array {
  return from === to ? samples : resampleWhole(new Resampler(referenceKernel(from, to)), samples)
}

/** Resampler for audio that is sent out; undefined where the rates agree. */
export function outputResampler(from: number, to: number): Resampler | undefined {
  return from === to ? undefined : new Resampler(cachedOutputKernel(from, to))
}

function resampleWhole(resampler: Resampler, samples: Float32Array): Float32Array {
  const head = resampler.push(samples)
  const tail = resampler.finish()
  const whole = new Float32Array(head.length + tail.length)
  whole.set(head)
  whole.set(tail, head.length)
  return whole
}

/** Streams share a few rates; ever new ones cost only their own stream. */
const MAX_CACHED_KERNELS = 16
const outputKernels = new Map<string, ResampleKernel>()

function cachedOutputKernel(from: number, to: number): ResampleKernel {
  const key = `${from}/${to}`
  let kernel = outputKernels.get(key)
  if (kernel === undefined) {
    kernel = outputKernel(from, to)
    if (outputKernels.size >= MAX_CACHED_KERNELS) outputKernels.delete(outputKernels.keys().next().value!)
    outputKernels.set(key, kernel)
  }
  return kernel
}
