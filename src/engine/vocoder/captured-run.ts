/**
 * A run that a card records once and plays again as one launch: of one kind (`kindOf`), for some number of rows.
 *
 * What is recorded has fixed addresses. So what a run reads is copied to them, and what it wrote is copied from them.
 * Fewer rows leave the others as they were; nothing of those is read.
 */
import { RUNS_BEFORE } from '../runtime/captured-runs.ts'
import type { Binding, DeviceArray, DeviceMemory, Feeds } from '../runtime/runtime.ts'
import type { GraphEngine, GraphRun } from './graph-run.ts'
import { RunTensors } from './run-tensors.ts'

/** Both sides of a state, the rows one behind the other. */
interface FixedState {
  readonly from: DeviceArray
  readonly to: DeviceArray
}

export class CapturedRun {
  readonly rows: number
  readonly #device: DeviceMemory
  readonly #values: readonly DeviceArray[]
  readonly #states: readonly FixedState[]
  readonly #result: DeviceArray
  readonly #tensors: RunTensors
  /** One that is recorded, and one of the same sizes that is not. */
  readonly #captured: Binding
  readonly #plain: Binding

  /** `like`: a run of the kind, with all rows. `graph`: a number that no other binding of its session has. */
  constructor({ runtime, device, sessions }: GraphEngine, like: GraphRun, graph: number) {
    const { rows, values, states, result } = like
    const tensors = new RunTensors(runtime, rows)
    this.rows = rows
    this.#device = device
    this.#tensors = tensors
    this.#values = values.map(({ dtype, values: all }) => device.alloc(dtype, all.length))
    this.#states = states.map(({ dtype, from: [row] }) => ({
      from: device.alloc(dtype, rows * row!.length),
      to: device.alloc(dtype, rows * row!.length),
    }))
    this.#result = device.alloc('float32', rows * result.length)
    const inputs: Record<string, Feeds[string]> = tensors.sizes(like.sizes)
    const outputs: Record<string, Feeds[string]> = {
      [result.name]: tensors.of('float32', this.#result, [result.length]),
    }
    for (const [i, { name, dtype, dims }] of values.entries())
      inputs[name] = tensors.of(dtype, this.#values[i]!, dims)
    for (const [i, { name, next, dtype, dims }] of states.entries()) {
      inputs[name] = tensors.of(dtype, this.#states[i]!.from, dims)
      outputs[next] = tensors.of(dtype, this.#states[i]!.to, dims)
    }
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
    for (const [i, { values: all }] of values.entries())
      device.write(device.part(this.#values[i]!, 0, all.length), all)
    device.copy(
      states.flatMap(({ from }, i) =>
        from.map((row, at) => ({ from: row, to: this.#rowOf(this.#states[i]!.from, at) })),
      ),
    )
    this.#captured.run()
    device.copy(
      states.flatMap(({ to }, i) =>
        to.map((row, at) => ({ from: this.#rowOf(this.#states[i]!.to, at), to: row })),
      ),
    )
    return device.read(device.part(this.#result, 0, rows * result.length)) as Float32Array
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
