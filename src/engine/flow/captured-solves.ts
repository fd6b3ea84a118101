/**
 * Evaluations that a card records once and plays again as one launch each: for a bank, one for every number of its
 * first slots that the policy names. Slots without part in a run are padding rows.
 *
 * What is recorded has fixed addresses and sizes. So a run shows all rows of its slots, each counted by its length, and
 * solves whole blocks; other blocks are run plainly. One solve at a time has the buffers of a size.
 */
import assert from 'node:assert/strict'
import { capturedRows, RUNS_BEFORE } from '../runtime/captured-runs.ts'
import { RowTensors } from '../runtime/row-tensors.ts'
import type { Binding, DeviceArray, Feeds } from '../runtime/runtime.ts'
import { CommonCaches, type CommonContexts, commonContexts } from './common-caches.ts'
import type { FlowBank } from './flow-bank.ts'
import type { FlowMemory } from './flow-memory.ts'
import type { FlowEngine } from './solve-inputs.ts'
import type { SolveRows } from './solve-rows.ts'
import { guidesOf, noiseOf, type SolveSpace, stateFeeds, statesOf } from './solve-space.ts'

export class CapturedSolves {
  readonly #engine: FlowEngine
  readonly #sizes = new Map<FlowBank, readonly CapturedSpace[]>()
  /** Of graphs in the estimator's session: each binding has its own number. */
  #graphs = 0

  constructor(engine: FlowEngine) {
    this.#engine = engine
  }

  /** Records all evaluations of a bank that no utterance is in. */
  capture(bank: FlowBank): void {
    assert(!this.#sizes.has(bank), 'a bank is captured once')
    const spaces = capturedRows(bank.slots).map((count) => {
      const space = new CapturedSpace(this.#engine, bank, count, () => ++this.#graphs)
      space.capture()
      return space
    })
    this.#sizes.set(bank, spaces)
  }

  /** Captured runs that these memories' next blocks of `fresh` tokens can take now. A question: nothing is taken. */
  find(members: readonly FlowMemory[], fresh: number): CapturedSpace | undefined {
    const [{ bank }] = members as [FlowMemory]
    if (fresh !== bank.dims.blockTokens) return undefined
    const count = 1 + Math.max(...members.map(({ slot }) => slot))
    return this.#sizes.get(bank)?.find((space) => space.slots >= count && !space.isTaken)
  }

  release(): void {
    for (const spaces of this.#sizes.values()) for (const space of spaces) space.free()
    this.#sizes.clear()
  }
}

export class CapturedSpace implements SolveSpace {
  readonly slots: number
  readonly contexts: CommonContexts
  readonly guides: Feeds
  readonly #engine: FlowEngine
  readonly #states: readonly [DeviceArray, DeviceArray]
  readonly #past: DeviceArray
  readonly #valid: DeviceArray
  readonly #tensors: RowTensors
  /** One for each evaluation, and one of the same sizes that is not recorded. */
  readonly #bindings: readonly Binding[]
  readonly #plain: Binding
  #isTaken = false

  constructor(engine: FlowEngine, bank: FlowBank, slots: number, nextGraph: () => number) {
    const { runtime, device, dims, estimator, solver } = engine
    const frames = dims.blockTokens * dims.stride
    this.slots = slots
    this.#engine = engine
    this.contexts = commonContexts(bank, { first: 0, count: slots })
    this.#states = statesOf(engine, slots, frames)
    this.#past = device.alloc('int64', slots)
    this.#valid = device.place(new BigInt64Array(slots).fill(1n))
    const tensors = new RowTensors(runtime, device, slots)
    this.#tensors = tensors
    this.guides = guidesOf(engine, slots, frames, tensors)
    const caches = new CommonCaches([], this.contexts)
    const x = (step: number) => tensors.of('float32', this.#states[step % 2]!, [frames, dims.mels])
    const lengths = { past: tensors.of('int64', this.#past, []), valid: tensors.of('int64', this.#valid, []) }
    const bind = (step: number, graph?: number) => {
      const { inputs, outputs } = stateFeeds(dims, caches, caches.span(), step, tensors)
      const row = device.place(BigInt64Array.of(BigInt(solver.firstRow + step)))
      const fixed = { ...this.guides, ...lengths, step: tensors.shared('int64', row, []), x: x(step) }
      return estimator.bind({ ...fixed, ...inputs }, { ...outputs, x_next: x(step + 1) }, graph)
    }
    this.#plain = bind(0)
    this.#bindings = Array.from({ length: dims.steps }, (_, step) => bind(step, nextGraph()))
  }

  get isTaken(): boolean {
    return this.#isTaken
  }

  /** The first run of each records it. No memory may be taken then, so plain runs take what is needed beforehand. */
  capture(): void {
    for (let run = 0; run < RUNS_BEFORE; run++) this.#plain.run()
    for (const binding of this.#bindings) binding.run()
  }

  /** For a solve of these rows, one for each slot, until it is released. */
  take(rows: SolveRows): this {
    const { device, dims } = this.#engine
    assert(!this.#isTaken, 'captured runs are taken twice')
    assert.equal(rows.length, this.slots, 'a captured run has a row for each slot')
    device.write(this.#past, rows.pasts(dims.stride))
    device.write(this.#valid, rows.valid(dims.stride))
    const [start] = this.#states
    const each = start.length / this.slots
    device.copy(
      noiseOf(this.#engine, rows).map((from, row) => ({
        from,
        to: device.part(start, row * each, (row + 1) * each),
      })),
    )
    this.#isTaken = true
    return this
  }

  x(step: number): DeviceArray {
    return this.#states[step % 2]!
  }

  evaluation(step: number): Binding {
    return this.#bindings[step]!
  }

  settle(): void {}

  release(): void {
    this.#isTaken = false
  }

  /** Frees native handles. */
  free(): void {
    for (const binding of [this.#plain, ...this.#bindings]) binding.release()
    this.#tensors.release()
  }
}
