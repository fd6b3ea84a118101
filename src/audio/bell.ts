/**
 * A bell in shared memory: one thread signals, another wakes.
 *
 * Order. The signalling side leaves the thing, then signals. The waiting side: first read `count`, then look for the thing.
 * Only when it is not there wait with the count that was read. A signal between the two makes the wait return at once.
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

  signal(): void {
    Atomics.add(this.#ints, this.#index, 1)
    Atomics.notify(this.#ints, this.#index)
  }

  /** Signals so far, modulo 2³². */
  get count(): number {
    return Atomics.load(this.#ints, this.#index)
  }

  /** Blocks this thread until it is signalled after it read `seen`, at most `timeoutMs`. Not for the main thread. */
  wait(seen: number, timeoutMs: number): void {
    Atomics.wait(this.#ints, this.#index, seen, timeoutMs)
  }

  /**
   * Resolves once it is signalled after `seen` was read, or after `timeoutMs`. Never rejects. A pending one does not
   * keep the event loop alive, time limit or not: a process with nothing else to do ends.
   */
  async signalled(seen: number, timeoutMs?: number): Promise<void> {
    const waiting = waitAsync(this.#ints, this.#index, seen, timeoutMs)
    if (waiting.async) await waiting.value
  }
}
