/** One run of the vocoder of centred convolutions, for one utterance or for several in step: F0, then samples. */
import assert from 'node:assert/strict'
import type { DType } from '../../core/dtype.ts'
import type { VocoderGeometry } from '../../core/vocoder-geometry.ts'
import { cutNames, type VocoderWindows } from '../../core/vocoder-windows.ts'
import { scatter } from '../runtime/gathered.ts'
import type {
  Binding,
  DeviceArray,
  DeviceMemory,
  Runtime,
  RuntimeTensor,
  Session,
} from '../runtime/runtime.ts'
import type { Excitation } from './harmonic-source.ts'
import type { RunTensors } from './run-tensors.ts'
import { reflected } from './stretch.ts'
import type { VocoderRequest } from './vocoder-net.ts'
import type { VocoderTask } from './vocoder-work.ts'
import { type WindowedPlan, WindowedStream } from './windowed-stream.ts'

/** What all work of a network shares. */
export interface WindowedEngine {
  readonly runtime: Runtime
  readonly device: DeviceMemory
  readonly geometry: VocoderGeometry
  readonly mels: number
  readonly f0: Session
  readonly generator: Session
  /** Channels of each stage. */
  readonly channels: readonly number[]
  /** Of the generator's kept positions. */
  readonly dtype: DType
}

interface Row {
  readonly stream: WindowedStream
  readonly plan: WindowedPlan
  /** Set between the two runs. */
  harmonics: Excitation
  source: ReturnType<WindowedStream['sourceWith']>
}

/** Requests with equal keys may share a run. */
export function windowedKey(request: VocoderRequest): string {
  const stream = windowed(request)
  const { windows, after } = stream.plan(request)
  if (windows === undefined) return 'idle'
  const { f0, mel: frames, source, cuts } = windows
  const lengths = [f0.mel, frames, source].map(({ from, to }) => to - from)
  const samples = after.samples - stream.progress.samples
  return [...lengths, samples, f0.keep.from, f0.keep.to, ...cuts].join()
}

export class WindowedTask implements VocoderTask {
  /** Two, or none while all that is known is still held back. */
  readonly runs: number
  readonly #engine: WindowedEngine
  readonly #rows: readonly Row[]
  /** The first row's, undefined where nothing is to be run. Those of other rows lie elsewhere and are as long. */
  readonly #windows: VocoderWindows | undefined
  /** F0 of all rows after the first run, samples of all rows after the second. */
  #output: DeviceArray
  #nextHistories: readonly DeviceArray[] = []

  /** All requests must have the same key. */
  constructor(engine: WindowedEngine, requests: readonly VocoderRequest[]) {
    this.#engine = engine
    this.#rows = requests.map((request) => {
      const stream = windowed(request)
      const source = stream.sourceWith(new Float32Array(0))
      return { stream, plan: stream.plan(request), harmonics: stream.harmonics, source }
    })
    this.#windows = this.#rows[0]!.plan.windows
    this.runs = this.#windows === undefined ? 0 : 2
    this.#output = engine.device.alloc('float32', 0)
    for (const { stream } of this.#rows) stream.begin()
  }

  bind(run: number, tensors: RunTensors): Binding {
    return run === 0
      ? this.#f0Binding(this.#windows!, tensors)
      : this.#samplesBinding(this.#windows!, tensors)
  }

  settle(run: number): void {
    if (run === 0) this.#excite(this.#windows!)
    else
      for (const [stage, all] of this.#nextHistories.entries())
        scatter(
          this.#engine.device,
          all,
          this.#rows.map(({ stream }) => stream.spares[stage]!),
        )
  }

  commit(): Float32Array[] {
    const made = this.#engine.device.read(this.#output) as Float32Array
    const samples = made.length / this.#rows.length
    return this.#rows.map(({ stream, plan, harmonics, source }, row) => {
      stream.commit(plan, harmonics, source)
      return made.slice(row * samples, (row + 1) * samples)
    })
  }

  abort(): void {
    for (const { stream } of this.#rows) stream.abort()
  }

  #f0Binding({ f0 }: VocoderWindows, tensors: RunTensors): Binding {
    const frames = f0.mel.to - f0.mel.from
    const { device, mels, f0: session } = this.#engine
    this.#output = device.alloc('float32', this.#rows.length * frames)
    const mel = this.#rows.map(({ stream, plan }) => stream.melWindow(plan, plan.windows!.f0.mel))
    return session.bind(
      { mel: tensors.gatherPlaced(mel, [frames, mels]) },
      { f0: tensors.of('float32', this.#output, [this.#rows.length, frames]) },
    )
  }

  /** New F0 → new source. */
  #excite({ f0 }: VocoderWindows): void {
    const frames = f0.mel.to - f0.mel.from
    const made = this.#engine.device.read(this.#output) as Float32Array
    for (const [i, row] of this.#rows.entries()) {
      const fresh = made.subarray(i * frames + f0.keep.from, i * frames + f0.keep.to)
      row.harmonics = row.stream.harmonics.fork()
      row.source = row.stream.sourceWith(row.harmonics.extend(fresh, row.plan.ended))
    }
  }

  #samplesBinding({ mel, source, cuts }: VocoderWindows, tensors: RunTensors): Binding {
    const { device, mels, generator, geometry, channels, dtype } = this.#engine
    const rows = this.#rows
    const [first] = rows as [Row, ...Row[]]
    const samples = first.plan.after.samples - first.stream.progress.samples
    this.#output = device.alloc('float32', rows.length * samples)
    const frames = rows.map(({ stream, plan }) => stream.melWindow(plan, plan.windows!.mel))
    const sources = rows.map((row) => reflected(row.source, row.plan.windows!.source))
    const inputs: Record<string, RuntimeTensor> = {
      mel: tensors.gatherPlaced(frames, [mel.to - mel.from, mels]),
      source: tensors.gatherPlaced(sources, [source.to - source.from]),
      ...cutInputs(this.#engine, cuts, tensors),
    }
    const outputs: Record<string, RuntimeTensor> = {
      samples: tensors.of('float32', this.#output, [rows.length, samples]),
    }
    this.#nextHistories = geometry.stages.map(({ history }, i) => {
      const dims = [channels[i]!, 1, history]
      const kept = rows.map(({ stream }) => stream.histories[i]!)
      inputs[`history.${i}`] = tensors.gather(dtype, kept, dims)
      const spare = first.stream.spares[i]!
      const next = rows.length === 1 ? spare : device.alloc(dtype, rows.length * spare.length)
      outputs[`history_next.${i}`] = tensors.of(dtype, next, [rows.length, ...dims])
      return next
    })
    return generator.bind(inputs, outputs)
  }
}

/** All in one tensor, or each by itself where the graph wants it so. They lie on the host in both. */
function cutInputs(
  { generator, geometry, runtime }: WindowedEngine,
  cuts: readonly number[],
  tensors: RunTensors,
) {
  const host = runtime.memory({ kind: 'cpu' })
  const placed = (values: readonly number[]) =>
    tensors.of('int64', host.place(BigInt64Array.from(values, BigInt)), [values.length])
  if (generator.inputs.some(({ name }) => name === 'cuts')) return { cuts: placed(cuts) }
  const names = cutNames(geometry.stages.length)
  return Object.fromEntries(names.map((name, i) => [`cut.${name}`, placed([cuts[i]!])]))
}

function windowed({ stream }: VocoderRequest): WindowedStream {
  assert(stream instanceof WindowedStream, 'a stream of another network')
  return stream
}
