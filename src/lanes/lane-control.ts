/**
 * The few numbers that a lane shares with the threads that talk to it: a doorbell, a heartbeat, counters.
 *
 * Layout (one SharedArrayBuffer per lane):
 *
 *   Int32    [0] bell      raised when something was left for the lane (a message, tokens, room in a ring)
 *            [1] stop      1 once the lane shall end
 *            [2] turns     turns of the loop, counted by the lane: the heartbeat
 *            [3] inModel   1 while a model runs: a hung native call shows as this staying 1 with `turns` not moving
 *            [4] working   1 while turns find something to do; [5] is unused: what follows lies on 8 bytes
 *   Float64  [0] busyMs    time spent in models since the start
 *            [1] units     work done, in the lane's own unit (LLM: rows decoded; acoustic: frames made)
 *            [2] runs      model runs
 *            [3] asideMs   of busyMs, that of runs without units (LLM: prefill; acoustic: flow)
 *            [4] unitRuns  of runs, those with units (LLM: decoding steps; acoustic: the vocoder's)
 *
 * Order. Sender: put the thing where the lane will look, then ring. Lane: read the bell, then look at everything. Only
 * when there was nothing to do, wait for the bell to differ from what was read. A ring between the two reads makes the
 * wait return at once, so no wake-up is ever lost.
 */

const BELL = 0
const STOP = 1
const TURNS = 2
const IN_MODEL = 3
const WORKING = 4
const INT32_FIELDS = 6
const BUSY_MS = 0
const UNITS = 1
const RUNS = 2
const ASIDE_MS = 3
const UNIT_RUNS = 4
const FLOAT64_FIELDS = 5

export class LaneControl {
  readonly buffer: SharedArrayBuffer
  readonly #ints: Int32Array
  readonly #floats: Float64Array

  /** Views a lane's shared block, or makes a new one. */
  constructor(buffer = new SharedArrayBuffer(INT32_FIELDS * 4 + FLOAT64_FIELDS * 8)) {
    this.buffer = buffer
    this.#ints = new Int32Array(buffer, 0, INT32_FIELDS)
    this.#floats = new Float64Array(buffer, INT32_FIELDS * 4, FLOAT64_FIELDS)
  }

  /** From any thread: wakes the lane, which will look at everything once more. */
  signal(): void {
    Atomics.add(this.#ints, BELL, 1)
    Atomics.notify(this.#ints, BELL)
  }

  /** From any thread: asks the lane to end after its present model run. */
  stop(): void {
    Atomics.store(this.#ints, STOP, 1)
    this.signal()
  }

  /** From any thread; may be late by one turn. */
  get stopped(): boolean {
    return Atomics.load(this.#ints, STOP) === 1
  }

  /** Main: clears the marks of a lane that died, before another takes its place. */
  reset(): void {
    Atomics.store(this.#ints, STOP, 0)
    Atomics.store(this.#ints, IN_MODEL, 0)
    Atomics.store(this.#ints, WORKING, 0)
  }

  /** Lane: the bell's count; read before looking for work. */
  get bell(): number {
    return Atomics.load(this.#ints, BELL)
  }

  /** Lane: sleeps until the bell differs from `seen`, at most `timeoutMs`. */
  waitForBell(seen: number, timeoutMs: number): void {
    Atomics.wait(this.#ints, BELL, seen, timeoutMs)
  }

  /** Lane: one turn of the loop has been done. */
  beat(): void {
    Atomics.add(this.#ints, TURNS, 1)
  }

  /** Lane: whether its last turn found something to do. */
  works(busy: boolean): void {
    Atomics.store(this.#ints, WORKING, busy ? 1 : 0)
  }

  /** From any thread; late by one turn. */
  get working(): boolean {
    return Atomics.load(this.#ints, WORKING) === 1
  }

  /** Lane: runs `model`, on the clock and under the eye of the watchdog. `units` is the work it does. */
  inModel<T>(units: number, model: () => T): T {
    const started = performance.now()
    Atomics.store(this.#ints, IN_MODEL, 1)
    try {
      return model()
    } finally {
      Atomics.store(this.#ints, IN_MODEL, 0)
      // One writer, and readers take each number by itself: plain stores are enough.
      const ms = performance.now() - started
      this.#floats[BUSY_MS]! += ms
      if (units === 0) this.#floats[ASIDE_MS]! += ms
      else this.#floats[UNIT_RUNS]! += 1
      this.#floats[UNITS]! += units
      this.#floats[RUNS]! += 1
    }
  }

  /** Main: a look at the lane; the numbers may be of different moments. */
  observe(): LanePulse {
    return {
      turns: Atomics.load(this.#ints, TURNS),
      inModel: Atomics.load(this.#ints, IN_MODEL) === 1,
      busyMs: this.#floats[BUSY_MS]!,
      units: this.#floats[UNITS]!,
      runs: this.#floats[RUNS]!,
      asideMs: this.#floats[ASIDE_MS]!,
      unitRuns: this.#floats[UNIT_RUNS]!,
    }
  }
}

export interface LanePulse {
  readonly turns: number
  readonly inModel: boolean
  readonly busyMs: number
  readonly units: number
  readonly runs: number
  readonly asideMs: number
  readonly unitRuns: number
}
