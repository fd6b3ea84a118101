/** One run of the vocoder of centred convolutions, for one utterance or for several in step: F0, then samples. */
import assert from 'node:assert/strict'
import type { DType } from '../../core/dtype.ts'
import { joinFloats } from '../../core/float-arrays.ts'
import type { VocoderGeometry } from '../../core/vocoder-geometry.ts'
import { cutNames, type VocoderWindows } from '../../core/vocoder-windows.ts'
import type { DeviceMemory, Runtime, Session } from '../runtime/runtime.ts'
import type { GraphRun, RunSizes } from './graph-run.ts'
import type { Excitation } from './harmonic-source.ts'
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
  /** Of all rows, after the second run. */
  #samples: Float32Array = new Float32Array(0)

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
    for (const { stream } of this.#rows) stream.begin()
  }

  describe(run: number): GraphRun {
    return run === 0 ? this.#f0Run(this.#windows!) : this.#samplesRun(this.#windows!)
  }

  settle(run: number, made: Float32Array): void {
    if (run === 0) this.#excite(this.#windows!, made)
    else this.#samples = made
  }

  commit(): Float32Array[] {
    const made = this.#samples
    const samples = made.length / this.#rows.length
    return this.#rows.map(({ stream, plan, harmonics, source }, row) => {
      stream.commit(plan, harmonics, source)
      return made.slice(row * samples, (row + 1) * samples)
    })
  }

  abort(): void {
    for (const { stream } of this.#rows) stream.abort()
  }

  #f0Run({ f0 }: VocoderWindows): GraphRun {
    const frames = f0.mel.to - f0.mel.from
    const mel = this.#rows.map(({ stream, plan }) => stream.melWindow(plan, plan.windows!.f0.mel))
    const dims = [frames, this.#engine.mels]
    return {
      graph: 'f0',
      rows: this.#rows.length,
      values: [{ name: 'mel', dtype: 'float32', dims, values: joinFloats(mel) }],
      sizes: [],
      states: [],
      result: { name: 'f0', length: frames },
    }
  }

  /** New F0 → new source. */
  #excite({ f0 }: VocoderWindows, made: Float32Array): void {
    const frames = f0.mel.to - f0.mel.from
    for (const [i, row] of this.#rows.entries()) {
      const fresh = made.subarray(i * frames + f0.keep.from, i * frames + f0.keep.to)
      row.harmonics = row.stream.harmonics.fork()
      row.source = row.stream.sourceWith(row.harmonics.extend(fresh, row.plan.ended))
    }
  }

  #samplesRun({ mel, source, cuts }: VocoderWindows): GraphRun {
    const { mels, geometry, channels, dtype } = this.#engine
    const rows = this.#rows
    const [first] = rows as [Row, ...Row[]]
    const frames = rows.map(({ stream, plan }) => stream.melWindow(plan, plan.windows!.mel))
    const sources = rows.map((row) => reflected(row.source, row.plan.windows!.source))
    return {
      graph: 'generator',
      rows: rows.length,
      values: [
        { name: 'mel', dtype: 'float32', dims: [mel.to - mel.from, mels], values: joinFloats(frames) },
        {
          name: 'source',
          dtype: 'float32',
          dims: [source.to - source.from],
          values: joinFloats(sources),
        },
      ],
      sizes: cutSizes(this.#engine, cuts),
      states: geometry.stages.map(({ history }, i) => ({
        name: `history.${i}`,
        next: `history_next.${i}`,
        dtype,
        dims: [channels[i]!, 1, history],
        from: rows.map(({ stream }) => stream.histories[i]!),
        to: rows.map(({ stream }) => stream.spares[i]!),
      })),
      result: { name: 'samples', length: first.plan.after.samples - first.stream.progress.samples },
    }
  }
}

/** All in one input, or each by itself where the graph wants it so. */
function cutSizes({ generator, geometry }: WindowedEngine, cuts: readonly number[]): RunSizes[] {
  if (generator.inputs.some(({ name }) => name === 'cuts')) return [{ name: 'cuts', values: cuts }]
  const names = cutNames(geometry.stages.length)
  return names.map((name, i) => ({ name: `cut.${name}`, values: [cuts[i]!] }))
}

function windowed({ stream }: VocoderRequest): WindowedStream {
  assert(stream instanceof WindowedStream, 'a stream of another network')
  return stream
}
