/**
 * A run that a card records once and plays again as one launch: of one kind (`kindOf`), for some number of rows.
 *
 * What is recorded has fixed addresses. So what a run reads is copied to them, and what it wrote is copied from them.
 * Fewer rows leave the others as they were; nothing of those is read.
 */
import { RUNS_BEFORE } from '../runtime/captured-runs.ts'
import { RowTensors } from '../runtime/row-tensors.ts'
import type { Binding, DeviceArray, DeviceMemory } from '../runtime/runtime.ts'
import type { GraphEngine, GraphRun } from './graph-run.ts'
import { type RunArrays, runArrays, runFeeds } from './run-feeds.ts'

export class CapturedRun {
  readonly rows: number
  readonly #device: DeviceMemory
  readonly #arrays: RunArrays
  readonly #tensors: RowTensors
  /** One that is recorded, and one of the same sizes that is not. */
  readonly #captured: Binding
  readonly #plain: Binding

  /** `like`: a run of the kind, with all rows. `graph`: a number that no other binding of its session has. */
  constructor({ runtime, device, sessions }: GraphEngine, like: GraphRun, graph: number) {
    const { rows } = like
    this.rows = rows
    this.#device = device
    this.#tensors = new RowTensors(runtime, device, rows)
    this.#arrays = runArrays(device, like)
    const host = runtime.memory({ kind: 'cpu' })
    const { inputs, outputs } = runFeeds(like, this.#arrays, this.#tensors, host)
    const session = sessions[like.graph]
    this.#plain = session.bind(inputs, outputs)
    this.#captured = session.bind(inputs, outputs, graph)
  }

  /** No memory may be taken while it records, so plain runs take what is needed beforehand. */
  capture(): void {
    for (let run = 0; run < RUNS_BEFORE; run++) this.#plain.run()
    this.#captured.run()
  }

  /** A run of the kind, with as many rows or fewer. */
  play({ rows, values, states, result }: GraphRun): Float32Array {
    const device = this.#device
    const arrays = this.#arrays
    for (const [i, { values: all }] of values.entries())
      device.write(device.part(arrays.values[i]!, 0, all.length), all)
    device.copy(
      states.flatMap(({ from }, i) =>
        from.map((row, at) => ({ from: row, to: this.#rowOf(arrays.from[i]!, at) })),
      ),
    )
    this.#captured.run()
    device.copy(
      states.flatMap(({ to }, i) => to.map((row, at) => ({ from: this.#rowOf(arrays.to[i]!, at), to: row }))),
    )
    return device.read(device.part(arrays.result, 0, rows * result.length)) as Float32Array
  }

  /** Frees native handles. */
  free(): void {
    for (const binding of [this.#plain, this.#captured]) binding.release()
    this.#tensors.release()
  }

  #rowOf(all: DeviceArray, row: number): DeviceArray {
    const each = all.length / this.rows
    return this.#device.part(all, row * each, (row + 1) * each)
  }
}
