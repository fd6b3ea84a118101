/** Makes runs of a vocoder's graphs: plainly, or as a card recorded them. */
import { gathered, scatter } from '../runtime/gathered.ts'
import { RowTensors } from '../runtime/row-tensors.ts'
import { CapturedRun } from './captured-run.ts'
import { type GraphEngine, type GraphRun, kindOf } from './graph-run.ts'
import { runFeeds } from './run-feeds.ts'

export class GraphRuns {
  readonly #engine: GraphEngine
  /** By kind, fewest rows first. */
  readonly #captured = new Map<string, CapturedRun[]>()
  /** Recorded so far, of each session: each binding has its own number. */
  readonly #graphs = { f0: 0, generator: 0 }

  constructor(engine: GraphEngine) {
    this.#engine = engine
  }

  /** Whether the device can record runs. */
  get captures(): boolean {
    return Object.values(this.#engine.sessions).every(({ captures }) => captures)
  }

  /** Runs that are recorded. */
  get captured(): number {
    return this.#graphs.f0 + this.#graphs.generator
  }

  /** Reads and writes the rows' states; returns the result `[rows, length]`. */
  make(run: GraphRun): Float32Array {
    const captured = this.#captured.size === 0 ? undefined : this.#find(run)
    return captured?.play(run) ?? plainRun(this.#engine, run)
  }

  /** The same by a run of as many rows that is recorded beforehand, unless it was. Rows must not become fewer. */
  record(run: GraphRun): Float32Array {
    const kind = kindOf(run)
    const known = this.#captured.get(kind) ?? []
    if (known.every(({ rows }) => rows < run.rows)) {
      const captured = new CapturedRun(this.#engine, run, ++this.#graphs[run.graph])
      this.#captured.set(kind, [...known, captured])
      captured.capture()
    }
    return this.make(run)
  }

  release(): void {
    for (const captured of [...this.#captured.values()].flat()) captured.free()
    this.#captured.clear()
    for (const session of Object.values(this.#engine.sessions)) session.release()
  }

  #find(run: GraphRun): CapturedRun | undefined {
    return this.#captured.get(kindOf(run))?.find(({ rows }) => rows >= run.rows)
  }
}

function plainRun({ runtime, device, sessions }: GraphEngine, run: GraphRun): Float32Array {
  const { rows, values, states, result } = run
  const arrays = {
    values: values.map(({ values: all }) => device.place(all)),
    from: states.map(({ dtype, from }) => gathered(device, dtype, from)),
    to: states.map(({ dtype, to: [first] }) =>
      rows === 1 ? first! : device.alloc(dtype, rows * first!.length),
    ),
    result: device.alloc('float32', rows * result.length),
  }
  const tensors = new RowTensors(runtime, device, rows)
  try {
    const { inputs, outputs } = runFeeds(run, arrays, tensors, runtime.memory({ kind: 'cpu' }))
    const binding = sessions[run.graph].bind(inputs, outputs)
    try {
      binding.run()
    } finally {
      binding.release()
    }
    for (const [i, { to }] of states.entries()) scatter(device, arrays.to[i]!, to)
    return device.read(arrays.result) as Float32Array
  } finally {
    tensors.release()
  }
}
