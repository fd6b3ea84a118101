/**
 * Vocoder work under way, for one utterance or for several in step: runs that a caller makes one by one, then samples.
 *
 * A run that failed leaves the utterances as they were; the same run is then still the next.
 */
import assert from 'node:assert/strict'
import type { GraphRun } from './graph-run.ts'

/** What a kind of network does in each run. */
export interface VocoderTask {
  /** Runs to be made in all; none while all that is known is still held back. */
  readonly runs: number
  /** Run `run`, the first being 0. */
  describe(run: number): GraphRun
  /** The run went well. */
  settle(run: number, made: Float32Array): void
  /** All runs are done, and count: each utterance's samples. */
  commit(): Float32Array[]
  /** Nothing of it counts. */
  abort(): void
}

/** Makes a run on this thread; its result `[rows, length]`. */
export type MakeRun = (run: GraphRun) => Float32Array

export class VocoderWork {
  readonly #task: VocoderTask
  readonly #make: MakeRun
  #done = 0
  #open = true

  constructor(task: VocoderTask, make: MakeRun) {
    this.#task = task
    this.#make = make
  }

  get runsLeft(): number {
    return this.#task.runs - this.#done
  }

  /** Makes the next run on this thread. A run that throws can be made again. */
  step(): void {
    assert(this.runsLeft > 0, 'vocoder work is finished')
    this.#task.settle(this.#done, this.#make(this.#task.describe(this.#done)))
    this.#done++
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
    this.#task.abort()
  }

  /** All runs, one after the other, and their samples. */
  finish(): Float32Array[] {
    try {
      while (this.runsLeft > 0) this.step()
      return this.commit()
    } finally {
      this.abort()
    }
  }
}
