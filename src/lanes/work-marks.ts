/** What lanes did for each slot, counted in shared memory: so main tells slow work from none. */

export class WorkMarks {
  readonly buffer: SharedArrayBuffer
  readonly #counts: Int32Array

  /** Views a device's marks, or makes those of so many slots. */
  constructor(marks: SharedArrayBuffer | number) {
    this.buffer = typeof marks === 'number' ? new SharedArrayBuffer(marks * 4) : marks
    this.#counts = new Int32Array(this.buffer)
  }

  /** Any lane: a run was made for the slot's utterance. */
  mark(slot: number): void {
    Atomics.add(this.#counts, slot, 1)
  }

  /** Main: differs from before where something was done since. It goes on from one utterance to the next. */
  of(slot: number): number {
    return Atomics.load(this.#counts, slot)
  }
}
