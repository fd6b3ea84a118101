/** One run of the causal vocoder, for one utterance or for several as long: F0, then samples. */
import assert from 'node:assert/strict'
import { scatter } from '../runtime/gathered.ts'
import type { DeviceArray, DeviceMemory, Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts'
import { bindCarried, type CarriedTensor } from './causal-state.ts'
import { type CausalGeometry, type CausalPlan, CausalStream } from './causal-stream.ts'
import type { Excitation } from './harmonic-source.ts'
import type { RunTensors } from './run-tensors.ts'
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
  /** F0 of all rows after the first run, samples of all rows after the second. */
  #output: DeviceArray
  /** State that the run under way writes, tensor by tensor. */
  #written: readonly DeviceArray[] = []

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
    this.#output = engine.device.alloc('float32', 0)
    for (const { stream } of this.#rows) stream.begin()
  }

  bind(run: number, tensors: RunTensors) {
    return run === 0 ? this.#bindF0(tensors) : this.#bindGenerator(tensors)
  }

  settle(run: number): void {
    const stage = run === 0 ? 'f0' : 'generator'
    for (const [at, all] of this.#written.entries())
      scatter(
        this.#engine.device,
        all,
        this.#rows.map(({ stream }) => stream.spare[stage][at]!),
      )
    if (run === 0) this.#excite()
  }

  commit(): Float32Array[] {
    const { device, geometry } = this.#engine
    const { hop } = geometry
    const made = device.read(this.#output) as Float32Array
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

  #bindF0(tensors: RunTensors) {
    const { device, geometry, f0: session, carried } = this.#engine
    const { mels, f0LookRight } = geometry
    const seen = this.#newF0 + f0LookRight
    this.#output = device.alloc('float32', this.#rows.length * this.#newF0)
    const mel = this.#rows.map(({ plan: { known, f0 } }) =>
      zeroPadded(known, { from: f0.from, to: f0.to + f0LookRight }, mels),
    )
    const inputs: Record<string, RuntimeTensor> = { mel: tensors.gatherPlaced(mel, [seen, mels]) }
    const outputs: Record<string, RuntimeTensor> = {
      f0: tensors.of('float32', this.#output, [this.#rows.length, this.#newF0]),
    }
    this.#written = this.#bindState('f0', carried.f0, tensors, inputs, outputs)
    return session.bind(inputs, outputs)
  }

  /** New F0 → new source. */
  #excite(): void {
    const made = this.#engine.device.read(this.#output) as Float32Array
    for (const [i, row] of this.#rows.entries()) {
      const fresh = made.subarray(i * this.#newF0, (i + 1) * this.#newF0)
      row.excitation = row.stream.excitation.fork()
      row.source = row.stream.sourceWith(row.excitation.extend(fresh, row.plan.ended))
    }
  }

  #bindGenerator(tensors: RunTensors) {
    const { device, geometry, generator, carried } = this.#engine
    const { mels, lookRight, frameSamples, margin, hop } = geometry
    const rows = this.#rows
    const samples = this.#newFrames * frameSamples + hop
    this.#output = device.alloc('float32', rows.length * samples)
    const mel = rows.map(({ plan: { known, frames } }) =>
      zeroPadded(known, { from: frames.from, to: frames.to + lookRight }, mels),
    )
    const source = rows.map(({ source: all, plan: { frames } }) =>
      reflected(all, { from: frames.from * frameSamples - margin, to: frames.to * frameSamples + margin }),
    )
    const first = Uint8Array.from(rows, ({ stream }) => (stream.untouched ? 1 : 0))
    const inputs: Record<string, RuntimeTensor> = {
      mel: tensors.gatherPlaced(mel, [this.#newFrames + lookRight, mels]),
      source: tensors.gatherPlaced(source, [this.#newFrames * frameSamples + 2 * margin]),
      first: tensors.placed('bool', first, [rows.length]),
    }
    const outputs: Record<string, RuntimeTensor> = {
      samples: tensors.of('float32', this.#output, [rows.length, samples]),
    }
    this.#written = this.#bindState('generator', carried.generator, tensors, inputs, outputs)
    return generator.bind(inputs, outputs)
  }

  #bindState(
    stage: 'f0' | 'generator',
    carried: readonly CarriedTensor[],
    tensors: RunTensors,
    inputs: Record<string, RuntimeTensor>,
    outputs: Record<string, RuntimeTensor>,
  ): DeviceArray[] {
    const states = this.#rows.map(({ stream }) => stream.state[stage])
    const spares = this.#rows.map(({ stream }) => stream.spare[stage])
    return bindCarried(carried, states, spares, tensors, inputs, outputs)
  }
}

function causal({ stream }: VocoderRequest): CausalStream {
  assert(stream instanceof CausalStream, 'a stream of another network')
  return stream
}
