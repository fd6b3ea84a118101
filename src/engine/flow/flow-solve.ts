/**
 * One solve under way, of one utterance or of several in step: the encoder once, then the solver's evaluations, each a
 * run of its own.
 *
 * A run that failed leaves everything it reads as it was: `step` may simply be called again.
 */
import assert from 'node:assert/strict'
import { mixPrediction } from '../../core/flow-solver.ts'
import { gathered } from '../runtime/gathered.ts'
import type { Binding, DeviceArray, Feeds, RuntimeTensor } from '../runtime/runtime.ts'
import { encoderFeeds } from './encoder-feeds.ts'
import { GUIDANCE_ROWS } from './flow-dims.ts'
import type { FlowEngine, SolveInputs } from './solve-inputs.ts'
import { RowTensors, SolveRows } from './solve-rows.ts'

export class FlowSolve {
  /** Runs in all: the encoder's and one per evaluation of the estimator. */
  readonly numRuns: number
  readonly #engine: FlowEngine
  readonly #inputs: SolveInputs
  readonly #rows: SolveRows
  /** Frames that each row solves. */
  readonly #frames: number
  /** Tensors that live as long as this solve, and those of the run under way. */
  readonly #kept: RowTensors
  readonly #passing: RowTensors
  /** Guides from the encoder, and the two buffers that x goes to and fro between. */
  readonly #guides: Feeds
  readonly #states: readonly [DeviceArray, DeviceArray]
  readonly #step: DeviceArray
  /** The data prediction of the step before. */
  #before: Float32Array | undefined
  #binding: Binding | undefined
  #estimating: Binding | undefined
  #done = 0

  constructor(engine: FlowEngine, inputs: SolveInputs) {
    const { dims, runtime, device } = engine
    this.#engine = engine
    this.#inputs = inputs
    this.#rows = new SolveRows(dims, inputs.rows, inputs.caches)
    this.numRuns = 1 + dims.steps
    this.#frames = this.#rows.fresh * dims.stride
    const lanes = this.#frames * GUIDANCE_ROWS
    const state = () => device.alloc('float32', this.#rows.length * this.#frames * dims.mels)
    this.#states = [state(), state()]
    this.#step = device.alloc('int64', 1)
    const guides = dims.guides.map(({ name, dims: [width] }) => ({
      name,
      array: device.alloc(dims.stateType, this.#rows.length * lanes * width!),
      shape: [lanes, width!],
    }))
    this.#kept = new RowTensors(runtime, device, this.#rows.length)
    this.#passing = new RowTensors(runtime, device, this.#rows.length)
    // Native handles last: nothing after them may fail.
    this.#guides = Object.fromEntries(
      guides.map(({ name, array, shape }) => [name, this.#kept.of(dims.stateType, array, shape)]),
    )
  }

  get runsLeft(): number {
    return this.numRuns - this.#done
  }

  /** The next run, on the calling thread. Throws what the runtime throws; the same run is then still the next. */
  step(): void {
    const binding = this.#prepare()
    try {
      binding.run()
      this.#count()
    } finally {
      this.#settle()
    }
  }

  /** A row's frames, `[frames, mels]`, once all runs are done. They may be the solve's own memory. */
  mel(row: number): Float32Array {
    assert.equal(this.runsLeft, 0, 'the solve is not finished')
    const { device, dims } = this.#engine
    const all = this.#states[dims.steps % 2]!
    const each = all.length / this.#rows.length
    return device.read(device.part(all, row * each, (row + 1) * each)) as Float32Array
  }

  /** Frees native handles. Not during a run. */
  release(): void {
    assert(this.#binding === undefined, 'a solve is released during a run')
    this.#estimating?.release()
    this.#estimating = undefined
    this.#passing.release()
    this.#kept.release()
  }

  #prepare(): Binding {
    assert(this.#binding === undefined, 'one run of a solve at a time')
    assert(this.runsLeft > 0, 'the solve is finished')
    // Of one that could not be bound.
    this.#passing.release()
    this.#binding = this.#done === 0 ? this.#encoderBinding() : this.#estimatorBinding(this.#done - 1)
    return this.#binding
  }

  #settle(): void {
    if (this.#binding !== this.#estimating) this.#binding?.release()
    this.#binding = undefined
    this.#passing.release()
  }

  /** A run went well. Where the solver mixes, the estimator's output is the data prediction and not yet the next x. */
  #count(): void {
    const step = this.#done++ - 1
    const { device, solver } = this.#engine
    const mix = solver.mixes?.[step]
    if (mix === undefined) return
    const x = device.read(this.#x(step)) as Float32Array
    this.#before ??= new Float32Array(x.length)
    const before = this.#before
    device.change(this.#states[(step + 1) % 2]!, (predicted) =>
      mixPrediction(mix, x, predicted as Float32Array, before),
    )
  }

  #encoderBinding(): Binding {
    const { encoder } = this.#engine
    const { inputs, outputs } = encoderFeeds(this.#engine, this.#inputs, this.#rows, this.#passing)
    return encoder.bind(inputs, { ...outputs, ...this.#guides })
  }

  #estimatorBinding(step: number): Binding {
    const { dims, device, solver, estimator } = this.#engine
    const { caches } = this.#inputs
    const span = this.#rows.span * dims.stride
    const x = [this.#frames, dims.mels]
    const inputs: Record<string, RuntimeTensor> = {
      x: this.#passing.of('float32', this.#x(step), x),
      context: this.#passing.of(dims.stateType, caches.context(step, false), dims.stepContext),
    }
    const outputs: Record<string, RuntimeTensor> = {
      x_next: this.#passing.of('float32', this.#states[(step + 1) % 2]!, x),
      context_next: this.#passing.of(dims.stateType, caches.context(step, true), dims.stepContext),
    }
    for (let layer = 0; layer < dims.layers; layer++) {
      for (const [part, name] of ['keys', 'values'].entries()) {
        const rows = caches.stepCache(step, layer, part as 0 | 1, span)
        const cache = this.#passing.of(dims.stateType, rows, [span, dims.cacheWidth])
        inputs[`${name}.${layer}`] = cache
        outputs[`${name}_next.${layer}`] = cache
      }
    }
    device.write(this.#step, BigInt64Array.of(BigInt(solver.firstRow + step)))
    if (this.#estimating === undefined) {
      this.#estimating = estimator.bind({ ...this.#fixedInputs(), ...inputs }, outputs)
    } else {
      for (const [name, tensor] of Object.entries(inputs)) this.#estimating.set(name, tensor)
      for (const [name, tensor] of Object.entries(outputs)) this.#estimating.set(name, tensor)
    }
    return this.#estimating
  }

  /** What is the same in every evaluation. */
  #fixedInputs(): Record<string, RuntimeTensor> {
    const { dims, estimator } = this.#engine
    const { stride } = dims
    const rows = this.#rows
    const countsRows = estimator.inputs.some(({ name }) => name === 'valid')
    assert(countsRows || rows.length === 1, 'an estimator for utterances alone was given several')
    return {
      ...this.#guides,
      step: this.#kept.shared('int64', this.#step, []),
      past: this.#kept.placed(
        rows.counts(({ past }) => past * stride),
        [],
      ),
      ...(countsRows ? { valid: this.#kept.placed(rows.valid(stride), []) } : {}),
    }
  }

  /** What a step reads. */
  #x(step: number): DeviceArray {
    return step === 0 ? this.#noise() : this.#states[step % 2]!
  }

  /** Where x starts: each row's stretch of the fixed noise. */
  #noise(): DeviceArray {
    const { dims, device, noise } = this.#engine
    const length = this.#frames * dims.mels
    const stretches = this.#rows.rows.map(({ past }) => {
      const from = past * dims.stride * dims.mels
      // Only padding rows lie behind its end.
      return from + length <= noise.length
        ? device.part(noise, from, from + length)
        : device.part(noise, 0, length)
    })
    return gathered(device, 'float32', stretches)
  }
}
