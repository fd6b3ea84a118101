/**
 * A doorbell in shared memory: one thread rings, another wakes.
 *
 * Order. The ringing side leaves the thing, then rings. The waiting side: first read `count`, then look for the thing.
 * Only when it is not there wait with the count that was read. A ring between the two makes the wait return at once.
 */

/** Part of ES2024; Node has it since version 16. */
interface AtomicsWithWaitAsync {
  waitAsync(
    ints: Int32Array,
    index: number,
    value: number,
    timeoutMs?: number,
  ): { async: false } | { async: true; value: Promise<'ok' | 'timed-out'> }
}
const { waitAsync } = Atomics as unknown as AtomicsWithWaitAsync

export class Bell {
  readonly #ints: Int32Array
  readonly #index: number

  /** `ints` is a view of shared memory; the bell is its element `index`. */
  constructor(ints: Int32Array, index: number) {
    this.#ints = ints
    this.#index = index
  }

  ring(): void {
    Atomics.add(this.#ints, this.#index, 1)
    Atomics.notify(this.#ints, this.#index)
  }

  /** How often it was rung, modulo 2³². */
  get count(): number {
    return Atomics.load(this.#ints, this.#index)
  }

  /** Blocks this thread until it has been rung since it read `seen`, at most `timeoutMs`. Not for the main thread. */
  wait(seen: number, timeoutMs: number): void {
    Atomics.wait(this.#ints, this.#index, seen, timeoutMs)
  }

  /**
   * Resolves once it has been rung since `seen` was read, or after `timeoutMs`. Never rejects. A pending one does not
   * keep the event loop alive, time limit or not: a process with nothing else to do ends.
   */
  async rung(seen: number, timeoutMs?: number): Promise<void> {
    const waiting = waitAsync(this.#ints, this.#index, seen, timeoutMs)
    if (waiting.async) await waiting.value
  }
}
