/** One run of the causal vocoder, for one utterance or for several as long: F0, then samples. */
import assert from 'node:assert/strict'
import { joinFloats } from '../../core/float-arrays.ts'
import type { DeviceMemory, Runtime, Session } from '../runtime/runtime.ts'
import { type CarriedTensor, carriedStates } from './causal-state.ts'
import { type CausalGeometry, type CausalPlan, CausalStream } from './causal-stream.ts'
import type { GraphRun, RunState } from './graph-run.ts'
import type { Excitation } from './harmonic-source.ts'
import { reflected, type Stretch, zeroPadded } from './stretch.ts'
import type { VocoderRequest } from './vocoder-net.ts'
import type { VocoderTask } from './vocoder-work.ts'

/** What all work of a network shares. */
export interface CausalEngine {
  readonly runtime: Runtime
  readonly device: DeviceMemory
  readonly geometry: CausalGeometry
  readonly f0: Session
  readonly generator: Session
  readonly carried: { readonly f0: readonly CarriedTensor[]; readonly generator: readonly CarriedTensor[] }
}

interface Row {
  readonly stream: CausalStream
  readonly plan: CausalPlan
  /** Set between the two runs. */
  excitation: Excitation
  source: Stretch
}

/** Requests with equal keys may share a run: where they are does not matter, only how much is new. */
export function causalKey(request: VocoderRequest): string {
  const { f0, frames } = causal(request).plan(request)
  return frames.to === frames.from ? 'idle' : `${f0.to - f0.from}/${frames.to - frames.from}`
}

export class CausalTask implements VocoderTask {
  /** Two, or none while all that is known is still held back. */
  readonly runs: number
  readonly #engine: CausalEngine
  readonly #rows: readonly Row[]
  readonly #newF0: number
  readonly #newFrames: number
  /** Of all rows, after the second run. */
  #samples: Float32Array = new Float32Array(0)

  /** All requests must have the same key. */
  constructor(engine: CausalEngine, requests: readonly VocoderRequest[]) {
    this.#engine = engine
    this.#rows = requests.map((request) => {
      const stream = causal(request)
      const source = stream.sourceWith(new Float32Array(0))
      return { stream, plan: stream.plan(request), excitation: stream.excitation, source }
    })
    const { f0, frames } = this.#rows[0]!.plan
    this.#newF0 = f0.to - f0.from
    this.#newFrames = frames.to - frames.from
    this.runs = this.#newFrames === 0 ? 0 : 2
    for (const { stream } of this.#rows) stream.begin()
  }

  describe(run: number): GraphRun {
    return run === 0 ? this.#f0Run() : this.#generatorRun()
  }

  settle(run: number, made: Float32Array): void {
    if (run === 0) this.#excite(made)
    else this.#samples = made
  }

  commit(): Float32Array[] {
    const { hop } = this.#engine.geometry
    const made = this.#samples
    const samples = made.length / this.#rows.length
    return this.#rows.map(({ stream, plan, excitation, source }, row) => {
      // In front of an utterance there is nothing; behind its last run so far the next one still adds.
      const from = row * samples + (stream.untouched ? hop : 0)
      const to = (row + 1) * samples - (plan.ended ? 0 : hop)
      stream.commit(plan, excitation, source)
      return made.slice(from, to)
    })
  }

  abort(): void {
    for (const { stream } of this.#rows) stream.abort()
  }

  #f0Run(): GraphRun {
    const { mels, f0LookRight } = this.#engine.geometry
    const mel = this.#rows.map(({ plan: { known, f0 } }) =>
      zeroPadded(known, { from: f0.from, to: f0.to + f0LookRight }, mels),
    )
    const dims = [this.#newF0 + f0LookRight, mels]
    return {
      graph: 'f0',
      rows: this.#rows.length,
      values: [{ name: 'mel', dtype: 'float32', dims, values: joinFloats(mel) }],
      sizes: [],
      states: this.#states('f0'),
      result: { name: 'f0', length: this.#newF0 },
    }
  }

  /** New F0 → new source. */
  #excite(made: Float32Array): void {
    for (const [i, row] of this.#rows.entries()) {
      const fresh = made.subarray(i * this.#newF0, (i + 1) * this.#newF0)
      row.excitation = row.stream.excitation.fork()
      row.source = row.stream.sourceWith(row.excitation.extend(fresh, row.plan.ended))
    }
  }

  #generatorRun(): GraphRun {
    const { mels, lookRight, frameSamples, margin, hop } = this.#engine.geometry
    const rows = this.#rows
    const mel = rows.map(({ plan: { known, frames } }) =>
      zeroPadded(known, { from: frames.from, to: frames.to + lookRight }, mels),
    )
    const source = rows.map(({ source: all, plan: { frames } }) =>
      reflected(all, { from: frames.from * frameSamples - margin, to: frames.to * frameSamples + margin }),
    )
    const first = Uint8Array.from(rows, ({ stream }) => (stream.untouched ? 1 : 0))
    const samples = this.#newFrames * frameSamples
    return {
      graph: 'generator',
      rows: rows.length,
      values: [
        {
          name: 'mel',
          dtype: 'float32',
          dims: [this.#newFrames + lookRight, mels],
          values: joinFloats(mel),
        },
        { name: 'source', dtype: 'float32', dims: [samples + 2 * margin], values: joinFloats(source) },
        { name: 'first', dtype: 'bool', dims: [], values: first },
      ],
      sizes: [],
      states: this.#states('generator'),
      result: { name: 'samples', length: samples + hop },
    }
  }

  #states(graph: 'f0' | 'generator'): RunState[] {
    return carriedStates(
      this.#engine.carried[graph],
      this.#rows.map(({ stream }) => stream.state[graph]),
      this.#rows.map(({ stream }) => stream.spare[graph]),
    )
  }
}

function causal({ stream }: VocoderRequest): CausalStream {
  assert(stream instanceof CausalStream, 'a stream of another network')
  return stream
}
