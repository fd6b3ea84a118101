/**
 * Vocoder work under way, for one utterance or for several in step: runs that a caller makes one by one, then samples.
 *
 * A run that failed leaves the utterances as they were; the same run is then still the next.
 */
import assert from 'node:assert/strict'
import type { Binding } from '../runtime/runtime.ts'
import type { RunTensors } from './run-tensors.ts'

/** What a kind of network does in each run. */
export interface VocoderTask {
  /** Runs to be made in all; none while all that is known is still held back. */
  readonly runs: number
  /** Binds run `run`, the first being 0. */
  bind(run: number, tensors: RunTensors): Binding
  /** The run went well. */
  settle(run: number): void
  /** All runs are done, and count: each utterance's samples. */
  commit(): Float32Array[]
  /** Nothing of it counts. */
  abort(): void
}

export class VocoderWork {
  readonly #task: VocoderTask
  readonly #tensors: RunTensors
  #done = 0
  #binding: Binding | undefined
  #open = true

  constructor(task: VocoderTask, tensors: RunTensors) {
    this.#task = task
    this.#tensors = tensors
  }

  get runsLeft(): number {
    return this.#task.runs - this.#done
  }

  /** Makes the next run on this thread. A run that throws can be made again. */
  step(): void {
    const binding = this.#prepare()
    try {
      binding.run()
      this.#settle()
    } finally {
      this.#release()
    }
  }

  /** After the last run: the work counts. Each request's samples. */
  commit(): Float32Array[] {
    assert.equal(this.runsLeft, 0, 'vocoder work is not finished')
    assert(this.#open, 'vocoder work is finished once')
    this.#open = false
    return this.#task.commit()
  }

  /** The work is as if it had never begun. Without effect once it was committed or aborted. */
  abort(): void {
    if (!this.#open) return
    this.#open = false
    assert(this.#binding === undefined, 'vocoder work is aborted during a run')
    this.#task.abort()
  }

  #prepare(): Binding {
    assert(this.#binding === undefined, 'one run of vocoder work at a time')
    assert(this.runsLeft > 0, 'vocoder work is finished')
    try {
      this.#binding = this.#task.bind(this.#done, this.#tensors)
    } catch (error) {
      this.#tensors.release()
      throw error
    }
    return this.#binding
  }

  #settle(): void {
    this.#task.settle(this.#done)
    this.#done++
  }

  #release(): void {
    this.#binding?.release()
    this.#binding = undefined
    this.#tensors.release()
  }
}
