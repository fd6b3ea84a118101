/**
 * One run of the vocoder under way, for one utterance or for several that are in step: F0, then samples.
 *
 * Knows: the graphs' inputs and outputs. Does not know: who runs it when, which utterances go together.
 */
import assert from 'node:assert/strict'
import type { DType } from '../../core/dtype.ts'
import type { VocoderGeometry } from '../../core/vocoder-geometry.ts'
import type { VocoderWindows } from '../../core/vocoder-windows.ts'
import type { Binding, Runtime, RuntimeTensor, Session, TensorData } from '../runtime/runtime.ts'
import type { Excitation } from './harmonic-source.ts'
import {
  type HistoryData,
  reflected,
  type VocoderInput,
  type VocoderPlan,
  type VocoderStream,
} from './vocoder-stream.ts'

/** What all work of a runner shares. */
export interface VocoderEngine {
  readonly runtime: Runtime
  readonly geometry: VocoderGeometry
  readonly mels: number
  readonly f0: Session
  readonly generator: Session
  /** Channels of each stage. */
  readonly channels: readonly number[]
  /** Of the generator's kept positions. */
  readonly dtype: DType
}

export interface VocoderRequest extends VocoderInput {
  readonly stream: VocoderStream
}

interface Row {
  readonly stream: VocoderStream
  readonly plan: VocoderPlan
  /** Set between the two runs. */
  harmonics: Excitation
  source: ReturnType<VocoderStream['sourceWith']>
}

/** Requests with equal keys may share a run. */
export function vocoderKey(request: VocoderRequest): string {
  const { windows, after } = request.stream.plan(request)
  if (windows === undefined) return 'idle'
  const { f0, mel: frames, source, cuts } = windows
  const lengths = [f0.mel, frames, source].map(({ from, to }) => to - from)
  const samples = after.samples - request.stream.progress.samples
  return [...lengths, samples, f0.keep.from, f0.keep.to, ...cuts].join()
}

export class VocoderWork {
  readonly #engine: VocoderEngine
  readonly #rows: readonly Row[]
  /** The first row's, undefined where nothing is to be run. Those of other rows lie elsewhere and are as long. */
  readonly #windows: VocoderWindows | undefined
  #runsLeft: number
  #binding: Binding | undefined
  #tensors: RuntimeTensor[] = []
  /** F0 of all rows after the first run, samples of all rows after the second. */
  #output = new Float32Array(0)
  #nextHistories: readonly HistoryData[] = []
  #open = true

  /** All requests must have the same `vocoderKey`. */
  constructor(engine: VocoderEngine, requests: readonly VocoderRequest[]) {
    const keys = new Set(requests.map(vocoderKey))
    assert(keys.size === 1, `requests that are not in step cannot share a run: ${keys.size} keys`)
    this.#engine = engine
    this.#rows = requests.map((request) => {
      const { stream } = request
      const source = stream.sourceWith(new Float32Array(0))
      return { stream, plan: stream.plan(request), harmonics: stream.harmonics, source }
    })
    this.#windows = this.#rows[0]!.plan.windows
    this.#runsLeft = this.#windows === undefined ? 0 : 2
    for (const { stream } of this.#rows) stream.begin()
  }

  /** Runs still to be made: two, or none while all that is known is still held back. */
  get runsLeft(): number {
    return this.#runsLeft
  }

  /** Makes the next run on this thread. A run that throws can be made again. */
  step(): void {
    const binding = this.#prepare()
    try {
      binding.run()
      this.#settle()
    } finally {
      this.#release()
    }
  }

  /** Makes the next run on another thread; meanwhile nothing of these utterances may be touched. */
  async stepAsync(): Promise<void> {
    const binding = this.#prepare()
    try {
      await binding.runAsync()
      this.#settle()
    } finally {
      this.#release()
    }
  }

  /** Ends the run under way, which then rejects. */
  terminate(): void {
    this.#binding?.terminate()
  }

  /** After the last run: the work counts. Each request's samples. */
  finish(): Float32Array[] {
    assert.equal(this.#runsLeft, 0, 'vocoder work is not finished')
    assert(this.#open, 'vocoder work is finished once')
    this.#open = false
    const samples = this.#output.length / this.#rows.length
    return this.#rows.map(({ stream, plan, harmonics, source }, row) => {
      const alreadyGiven = stream.commit(plan, harmonics, source)
      return this.#output.slice(row * samples + alreadyGiven, (row + 1) * samples)
    })
  }

  /** Frees what the work holds, finished or not. Without `finish` it is as if it had never begun. Idempotent. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    assert(this.#binding === undefined, 'vocoder work is closed during a run')
    for (const { stream } of this.#rows) stream.abandon()
  }

  #prepare(): Binding {
    assert(this.#binding === undefined, 'one run of vocoder work at a time')
    assert(this.#runsLeft > 0 && this.#windows !== undefined, 'vocoder work is finished')
    this.#binding =
      this.#runsLeft === 2 ? this.#f0Binding(this.#windows) : this.#samplesBinding(this.#windows)
    return this.#binding
  }

  #settle(): void {
    if (this.#runsLeft === 2) this.#excite(this.#windows!)
    else this.#scatter()
    this.#runsLeft--
  }

  #release(): void {
    this.#binding?.release()
    this.#binding = undefined
    for (const tensor of this.#tensors) tensor.release()
    this.#tensors = []
  }

  #f0Binding({ f0 }: VocoderWindows): Binding {
    const frames = f0.mel.to - f0.mel.from
    const { mels, f0: session } = this.#engine
    this.#output = new Float32Array(this.#rows.length * frames)
    return session.bind(
      {
        mel: this.#gather([frames, mels], ({ stream, plan }) => stream.melWindow(plan, plan.windows!.f0.mel)),
      },
      { f0: this.#tensor('float32', this.#output, [frames]) },
    )
  }

  /** New F0 → new source. */
  #excite({ f0 }: VocoderWindows): void {
    const frames = f0.mel.to - f0.mel.from
    for (const [i, row] of this.#rows.entries()) {
      const fresh = this.#output.subarray(i * frames + f0.keep.from, i * frames + f0.keep.to)
      row.harmonics = row.stream.harmonics.fork()
      row.source = row.stream.sourceWith(row.harmonics.extend(fresh, row.plan.ended))
    }
  }

  #samplesBinding({ mel, source, cuts }: VocoderWindows): Binding {
    const { runtime, mels, generator, geometry, channels } = this.#engine
    const [first] = this.#rows as [Row]
    const samples = first.plan.after.samples - first.stream.progress.samples
    this.#output = new Float32Array(this.#rows.length * samples)
    const cutVector = runtime.tensor('int64', BigInt64Array.from(cuts, BigInt), [cuts.length])
    this.#tensors.push(cutVector)
    const inputs: Record<string, RuntimeTensor> = {
      mel: this.#gather([mel.to - mel.from, mels], ({ stream, plan }) =>
        stream.melWindow(plan, plan.windows!.mel),
      ),
      source: this.#gather([source.to - source.from], (row) =>
        reflected(row.source, row.plan.windows!.source),
      ),
      cuts: cutVector,
    }
    const outputs: Record<string, RuntimeTensor> = {
      samples: this.#tensor('float32', this.#output, [samples]),
    }
    this.#nextHistories = geometry.stages.map(({ history }, i) => {
      const dims = [channels[i]!, 1, history]
      inputs[`history.${i}`] = this.#gather(dims, ({ stream }) => stream.histories[i]!)
      const next =
        this.#rows.length === 1
          ? first.stream.spares[i]!
          : emptyLike(first.stream.spares[i]!, this.#rows.length)
      outputs[`history_next.${i}`] = this.#tensor(this.#engine.dtype, next, dims)
      return next
    })
    return generator.bind(inputs, outputs)
  }

  /** Each row's share of the next histories to its stream. */
  #scatter(): void {
    if (this.#rows.length === 1) return
    for (const [i, { stream }] of this.#rows.entries())
      for (const [stage, spare] of stream.spares.entries())
        spare.set(this.#nextHistories[stage]!.subarray(i * spare.length, (i + 1) * spare.length))
  }

  /** A tensor of one part from each row: the part itself where there is only one. */
  #gather(dims: readonly number[], partOf: (row: Row) => HistoryData): RuntimeTensor {
    const parts = this.#rows.map(partOf)
    const [first] = parts as [HistoryData]
    const dtype = first instanceof Float32Array ? 'float32' : 'float16'
    if (parts.length === 1) return this.#tensor(dtype, first, dims)
    const all = emptyLike(first, parts.length)
    for (const [i, part] of parts.entries()) all.set(part, i * first.length)
    return this.#tensor(dtype, all, dims)
  }

  /** `dims` without the rows. Released after the run. */
  #tensor(dtype: DType, data: TensorData, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#engine.runtime.tensor(dtype, data, [this.#rows.length, ...dims])
    this.#tensors.push(tensor)
    return tensor
  }
}

function emptyLike(part: HistoryData, times: number): HistoryData {
  const length = part.length * times
  return part instanceof Float32Array ? new Float32Array(length) : new Uint16Array(length)
}
