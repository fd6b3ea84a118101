/**
 * One solve under way, of one utterance or of several in step: the encoder once, then the solver's evaluations, each a
 * run of its own.
 *
 * A run that failed leaves everything it reads as it was: `step` may simply be called again.
 */
import assert from 'node:assert/strict'
import { mixPrediction } from '../../core/flow-solver.ts'
import { RowTensors } from '../runtime/row-tensors.ts'
import type { Binding } from '../runtime/runtime.ts'
import { encoderFeeds } from './encoder-feeds.ts'
import type { FlowEngine, SolveInputs } from './solve-inputs.ts'
import { SolveRows } from './solve-rows.ts'
import { PassingSpace, type SolveSpace } from './solve-space.ts'

export class FlowSolve {
  /** Runs in all: the encoder's and one per evaluation of the estimator. */
  readonly numRuns: number
  readonly #engine: FlowEngine
  readonly #inputs: SolveInputs
  readonly #rows: SolveRows
  readonly #space: SolveSpace
  /** Of the encoder's run. */
  readonly #passing: RowTensors
  /** The data prediction of the step before. */
  #before: Float32Array | undefined
  #isRunning = false
  #done = 0

  /** `spaceFor`: of captured evaluations where there are any; its own otherwise. */
  constructor(engine: FlowEngine, inputs: SolveInputs, spaceFor?: (rows: SolveRows) => SolveSpace) {
    const { dims, runtime, device } = engine
    this.#engine = engine
    this.#inputs = inputs
    this.#rows = new SolveRows(dims, inputs.rows, inputs.caches)
    this.numRuns = 1 + dims.steps
    this.#passing = new RowTensors(runtime, device, this.#rows.length)
    this.#space = spaceFor?.(this.#rows) ?? new PassingSpace(engine, this.#rows, inputs.caches)
  }

  get runsLeft(): number {
    return this.numRuns - this.#done
  }

  /** The next run, on the calling thread. Throws what the runtime throws; the same run is then still the next. */
  step(): void {
    assert(!this.#isRunning, 'one run of a solve at a time')
    assert(this.runsLeft > 0, 'the solve is finished')
    this.#isRunning = true
    try {
      if (this.#done === 0) this.#encode()
      else this.#space.evaluation(this.#done - 1).run()
      this.#count()
    } finally {
      this.#isRunning = false
      this.#space.settle()
    }
  }

  /** A row's frames, `[frames, mels]`, once all runs are done. They may be the solve's own memory. */
  mel(row: number): Float32Array {
    assert.equal(this.runsLeft, 0, 'the solve is not finished')
    const { device, dims } = this.#engine
    const all = this.#space.x(dims.steps)
    const each = all.length / this.#rows.length
    return device.read(device.part(all, row * each, (row + 1) * each)) as Float32Array
  }

  /** Frees native handles. Not during a run. */
  release(): void {
    assert(!this.#isRunning, 'a solve is released during a run')
    this.#space.release()
  }

  #encode(): void {
    let binding: Binding | undefined
    try {
      const { inputs, outputs } = encoderFeeds(this.#engine, this.#inputs, this.#rows, this.#passing)
      binding = this.#engine.encoder.bind(inputs, { ...outputs, ...this.#space.guides })
      binding.run()
    } finally {
      binding?.release()
      this.#passing.release()
    }
  }

  /** A run went well. Where the solver mixes, the estimator's output is the data prediction and not yet the next x. */
  #count(): void {
    const step = this.#done++ - 1
    const { device, solver } = this.#engine
    const mix = solver.mixes?.[step]
    if (mix === undefined) return
    const x = device.read(this.#space.x(step)) as Float32Array
    this.#before ??= new Float32Array(x.length)
    const before = this.#before
    device.change(this.#space.x(step + 1), (predicted) =>
      mixPrediction(mix, x, predicted as Float32Array, before),
    )
  }
}
