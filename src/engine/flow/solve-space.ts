/**
 * Where the evaluations of one solve read and write, and the estimator's runs over it.
 *
 * x goes to and fro between two buffers: what evaluation `step` writes is what `step + 1` reads.
 */
import assert from 'node:assert/strict'
import { gathered } from '../runtime/gathered.ts'
import { RowTensors } from '../runtime/row-tensors.ts'
import type { Binding, DeviceArray, Feeds, RuntimeTensor } from '../runtime/runtime.ts'
import { type FlowDims, GUIDANCE_ROWS } from './flow-dims.ts'
import type { FlowCaches } from './flow-memory.ts'
import type { FlowEngine } from './solve-inputs.ts'
import type { SolveRows } from './solve-rows.ts'

export interface SolveSpace {
  /** What the encoder writes and every evaluation reads. */
  readonly guides: Feeds
  /** x `[rows, frames, mels]` that evaluation `step` reads. */
  x(step: number): DeviceArray
  /** The estimator's run of an evaluation, bound; the space keeps it. */
  evaluation(step: number): Binding
  /** Frees tensors of the run under way. */
  settle(): void
  /** No run is under way: others may have the space. */
  release(): void
}

/** A space of one solve alone, allocated for it. */
export class PassingSpace implements SolveSpace {
  readonly guides: Feeds
  readonly #engine: FlowEngine
  readonly #rows: SolveRows
  readonly #caches: FlowCaches
  readonly #frames: number
  readonly #states: readonly [DeviceArray, DeviceArray]
  readonly #step: DeviceArray
  /** Tensors that live as long as the solve, and those of the run under way. */
  readonly #kept: RowTensors
  readonly #passing: RowTensors
  #binding: Binding | undefined

  constructor(engine: FlowEngine, rows: SolveRows, caches: FlowCaches) {
    const { runtime, device, dims } = engine
    this.#engine = engine
    this.#rows = rows
    this.#caches = caches
    this.#frames = rows.fresh * dims.stride
    this.#states = statesOf(engine, rows.length, this.#frames)
    this.#step = device.alloc('int64', 1)
    this.#kept = new RowTensors(runtime, device, rows.length)
    this.#passing = new RowTensors(runtime, device, rows.length)
    // Native handles last: nothing after them may fail.
    this.guides = guidesOf(engine, rows.length, this.#frames, this.#kept)
  }

  x(step: number): DeviceArray {
    if (step > 0) return this.#states[step % 2]!
    return gathered(this.#engine.device, 'float32', noiseOf(this.#engine, this.#rows))
  }

  evaluation(step: number): Binding {
    const { device, dims, solver } = this.#engine
    const x = [this.#frames, dims.mels]
    const next = this.#states[(step + 1) % 2]!
    const state = stateFeeds(dims, this.#caches, this.#rows.span, step, this.#passing)
    const inputs = { x: this.#passing.of('float32', this.x(step), x), ...state.inputs }
    const outputs = { x_next: this.#passing.of('float32', next, x), ...state.outputs }
    device.write(this.#step, BigInt64Array.of(BigInt(solver.firstRow + step)))
    if (this.#binding === undefined) {
      this.#binding = this.#engine.estimator.bind({ ...this.#fixedInputs(), ...inputs }, outputs)
    } else {
      for (const [name, tensor] of Object.entries(inputs)) this.#binding.set(name, tensor)
      for (const [name, tensor] of Object.entries(outputs)) this.#binding.set(name, tensor)
    }
    return this.#binding
  }

  settle(): void {
    this.#passing.release()
  }

  release(): void {
    this.#binding?.release()
    this.#binding = undefined
    this.#passing.release()
    this.#kept.release()
  }

  /** What is the same in every evaluation. */
  #fixedInputs(): Record<string, RuntimeTensor> {
    const { dims } = this.#engine
    const rows = this.#rows
    const countsRows = takesSeveral(this.#engine)
    assert(countsRows || rows.length === 1, 'an estimator for utterances alone was given several')
    return {
      ...this.guides,
      step: this.#kept.shared('int64', this.#step, []),
      past: this.#kept.placed(rows.pasts(dims.stride), []),
      ...(countsRows ? { valid: this.#kept.placed(rows.valid(dims.stride), []) } : {}),
    }
  }
}

/** Whether the estimator takes the lengths of several utterances. */
export function takesSeveral({ estimator }: FlowEngine): boolean {
  return estimator.inputs.some(({ name }) => name === 'valid')
}

/** Two buffers for x, `[rows, frames, mels]` each. */
export function statesOf({ device, dims }: FlowEngine, rows: number, frames: number) {
  const state = () => device.alloc('float32', rows * frames * dims.mels)
  return [state(), state()] as const
}

/** Tensors of what the encoder tells the estimator, over memory of their own. */
export function guidesOf(
  { device, dims }: FlowEngine,
  rows: number,
  frames: number,
  tensors: RowTensors,
): Feeds {
  const lanes = frames * GUIDANCE_ROWS
  const arrays = dims.guides.map(({ name, dims: [width] }) => ({
    name,
    shape: [lanes, width!],
    array: device.alloc(dims.stateType, rows * lanes * width!),
  }))
  return Object.fromEntries(
    arrays.map(({ name, array, shape }) => [name, tensors.of(dims.stateType, array, shape)]),
  )
}

/** Where x starts: each row's stretch of the fixed noise. */
export function noiseOf({ device, dims, noise }: FlowEngine, rows: SolveRows): DeviceArray[] {
  const length = rows.fresh * dims.stride * dims.mels
  return rows.rows.map(({ past }) => {
    const from = past * dims.stride * dims.mels
    // Only padding rows lie behind its end.
    return from + length <= noise.length
      ? device.part(noise, from, from + length)
      : device.part(noise, 0, length)
  })
}

/** Contexts and caches of one evaluation, `span` tokens of them. */
export function stateFeeds(
  dims: FlowDims,
  caches: FlowCaches,
  span: number,
  step: number,
  tensors: RowTensors,
): { inputs: Record<string, RuntimeTensor>; outputs: Record<string, RuntimeTensor> } {
  const context = (next: boolean) => tensors.of(dims.stateType, caches.context(step, next), dims.stepContext)
  const inputs: Record<string, RuntimeTensor> = { context: context(false) }
  const outputs: Record<string, RuntimeTensor> = { context_next: context(true) }
  const frames = span * dims.stride
  for (let layer = 0; layer < dims.layers; layer++) {
    for (const [part, name] of ['keys', 'values'].entries()) {
      const rows = caches.stepCache(step, layer, part as 0 | 1, frames)
      const cache = tensors.of(dims.stateType, rows, [frames, dims.cacheWidth])
      inputs[`${name}.${layer}`] = cache
      outputs[`${name}_next.${layer}`] = cache
    }
  }
  return { inputs, outputs }
}
