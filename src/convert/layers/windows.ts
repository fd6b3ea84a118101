/**
 * Convolutions over time on channels-last rows: windows gathered by index, then one GEMM.
 *
 * Why so: with small channel counts one gather and one GEMM beat Transpose + Conv + Transpose. The same graph runs a
 * whole utterance (zero context) or its next block (context of the last one). Notes: flow-cache §4.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { putBefore } from './replayable.ts'

const END = Number.MAX_SAFE_INTEGER

/** Shapes of one run that reshapes and gathers need, computed once per graph. */
export class Grid {
  readonly lanes: number
  readonly #g: GraphBuilder
  /** N, number of requests, `[1]`. */
  readonly requests: Value
  /** time · lanes, `[1]`. */
  readonly rows: Value
  readonly #isReplayed: boolean
  readonly #shapes = new Map<number, Value>()
  readonly #taps = new Map<number, Value>()

  /** `replayed`: of a graph whose runs a card records (`replayable.ts`). */
  constructor(g: GraphBuilder, requests: Value, time: Value, lanes: number, replayed = false) {
    this.#g = g
    this.#isReplayed = replayed
    this.lanes = lanes
    this.requests = requests
    this.rows = lanes === 1 ? time : g.op('Mul', [time, g.int64([lanes])])
  }

  /** `[N · rows, channels]`, or any regrouping of it, → `[N, rows, channels]`. */
  byRequest(x: Value, channels: number): Value {
    const g = this.#g
    let shape = this.#shapes.get(channels)
    if (shape === undefined) {
      shape = g.op('Concat', [this.requests, g.int64([-1, channels])], { axis: 0 })
      this.#shapes.set(channels, shape)
    }
    return g.op('Reshape', [x, shape])
  }

  /**
   * Windows of `count` taps: `x` `[N, rows + (count − 1) · lanes, channels]` → `[N · rows, count · channels]`; the
   * window of a row holds the row itself and those at the next time steps.
   */
  windows(x: Value, channels: number, count: number): Value {
    const g = this.#g
    let index = this.#taps.get(count)
    if (index === undefined) {
      const first = g.op('Range', [g.int64(0), g.op('Squeeze', [this.rows]), g.int64(1)])
      const offsets = Array.from({ length: count }, (_, tap) => tap * this.lanes)
      index = g.op('Add', [g.op('Unsqueeze', [first, g.int64([1])]), g.int64(offsets)])
      this.#taps.set(count, index)
    }
    return g.op('Reshape', [g.op('Gather', [x, index], { axis: 1 }), g.int64([-1, count * channels])])
  }

  /**
   * `x` `[N, rows, channels]` behind its left context `[N, (count − 1) · lanes, channels]`: the windows of a causal
   * convolution, and the context for what follows.
   */
  causal(x: Value, context: Value, channels: number, count: number): { windows: Value; context: Value } {
    const g = this.#g
    const keep = (count - 1) * this.lanes
    const extended = putBefore(g, context, keep, x, { axis: 1, replayed: this.#isReplayed })
    return {
      windows: this.windows(extended, channels, count),
      context: g.op('Slice', [extended, g.int64([-keep]), g.int64([END]), g.int64([1])]),
    }
  }
}

/** `[size]` of one axis of `x`, as int64. */
export function axisSize(g: GraphBuilder, x: Value, axis: number): Value {
  return g.op('Shape', [x], { start: axis, end: axis + 1 }, { dtype: 'int64' })
}
