/**
 * A vocoder of centred convolutions: each run computes a window of every level, from positions kept of the level before.
 */
import { BYTES_PER_ELEMENT } from '../../core/dtype.ts'
import { TtsError } from '../../core/errors.ts'
import type { HiftHyperParameters } from '../../core/hyper-parameters.ts'
import { progressAt, vocoderGeometry } from '../../core/vocoder-geometry.ts'
import { framesNeededFrom, sourceNeededFrom } from '../../core/vocoder-windows.ts'
import { allocTogether } from '../runtime/alloc-together.ts'
import type { DeviceMemory, Runtime, Session } from '../runtime/runtime.ts'
import {
  type Excitation,
  type HarmonicSettings,
  HarmonicSource,
  type SourceNoise,
  seededNoise,
} from './harmonic-source.ts'
import { harmonicSettings } from './merge-layer.ts'
import type { VocoderNet, VocoderRequest } from './vocoder-net.ts'
import { WindowedStream } from './windowed-stream.ts'
import { type WindowedEngine, WindowedTask, windowedKey } from './windowed-task.ts'

export class WindowedNet implements VocoderNet {
  readonly sampleRate: number
  readonly frameSamples: number
  readonly mels: number
  readonly heldBackSamples: number
  readonly stateBytes: number
  readonly #engine: WindowedEngine
  readonly #harmonics: HarmonicSettings

  /** Throws BAD_BUNDLE where the graphs were made for other kernels. */
  constructor(
    runtime: Runtime,
    device: DeviceMemory,
    f0: Session,
    generator: Session,
    hyper: HiftHyperParameters,
  ) {
    const geometry = vocoderGeometry(hyper)
    const histories = geometry.stages.map((_, i) =>
      generator.inputs.find(({ name }) => name === `history.${i}`),
    )
    const lengths = histories.map((history) => history?.dims[3])
    const expected = geometry.stages.map(({ history }) => history)
    if (String(lengths) !== String(expected)) {
      const detail = `expected histories of [${expected}], got [${lengths}]`
      throw new TtsError('BAD_BUNDLE', generator.name, detail)
    }
    this.#engine = {
      runtime,
      device,
      geometry,
      mels: hyper.mel,
      f0,
      generator,
      channels: histories.map((history) => history!.dims[1]!),
      dtype: histories[0]!.dtype,
    }
    this.#harmonics = harmonicSettings(hyper, geometry.frameSamples, this.#fetch(hyper.mel, 'merge'))
    this.sampleRate = hyper.sampleRate
    this.frameSamples = geometry.frameSamples
    this.mels = hyper.mel
    this.heldBackSamples = geometry.delay
    this.stateBytes = streamBytes(this.#engine)
  }

  noise(seed: number): SourceNoise {
    return seededNoise(seed)
  }

  excitation(noise: SourceNoise): Excitation {
    return new HarmonicSource(this.#harmonics, noise)
  }

  open(excitation: Excitation): WindowedStream {
    const { device, geometry, mels, channels, dtype } = this.#engine
    return new WindowedStream(geometry, mels, excitation, (stages) =>
      allocTogether(
        device,
        stages.map(({ history }, i) => ({ dtype, length: channels[i]! * history })),
      ),
    )
  }

  f0(mel: Float32Array): Float32Array {
    return this.#fetch(mel, 'f0')
  }

  key(request: VocoderRequest): string {
    return windowedKey(request)
  }

  task(requests: readonly VocoderRequest[]): WindowedTask {
    return new WindowedTask(this.#engine, requests)
  }

  /** An output of the F0 graph for a mel, or for so many silent values. */
  #fetch(mel: Float32Array | number, output: 'f0' | 'merge'): Float32Array {
    const { runtime, device, mels, f0 } = this.#engine
    const values = typeof mel === 'number' ? new Float32Array(mel) : mel
    const frames = runtime.tensor('float32', device.place(values), [1, values.length / mels, mels])
    try {
      return f0.fetch({ mel: frames }, [output])[output]!.data as Float32Array
    } finally {
      frames.release()
    }
  }
}

function streamBytes({ geometry, mels, channels, dtype }: WindowedEngine): number {
  const later = progressAt(geometry, Math.ceil(geometry.delay / geometry.frameSamples) + 1000, false)
  const frames = later.frames - framesNeededFrom(geometry, later)
  const samples = later.source - sourceNeededFrom(geometry, later)
  const positions = geometry.stages.reduce((sum, { history }, i) => sum + history * channels[i]!, 0)
  // Each history has a spare that the next run writes.
  return (frames * mels + samples) * 4 + 2 * positions * BYTES_PER_ELEMENT[dtype]
}
