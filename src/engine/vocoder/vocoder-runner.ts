/**
 * Mel → samples: whole utterances, and streams piece by piece with the same samples whatever the pieces.
 *
 * Knows: sessions, and how a stream's work is run to its end. Does not know: scheduling (whoever wants to run other
 * work in between takes `begin` and makes the runs), flow, audio formats.
 */
import { BYTES_PER_ELEMENT } from '../../core/dtype.ts'
import { TtsError } from '../../core/errors.ts'
import type { HiftHyperParameters } from '../../core/hyper-parameters.ts'
import { progressAt, type StageGeometry, vocoderGeometry } from '../../core/vocoder-geometry.ts'
import { framesNeededFrom, sourceNeededFrom } from '../../core/vocoder-windows.ts'
import type { Runtime, Session, SessionOptions } from '../runtime/runtime.ts'
import {
  type Excitation,
  type HarmonicSettings,
  HarmonicSource,
  type SourceNoise,
} from './harmonic-source.ts'
import { type VocoderInput, VocoderStream } from './vocoder-stream.ts'
import { type VocoderEngine, type VocoderRequest, VocoderWork } from './vocoder-work.ts'

/** See `VocoderInput`. */
export type PushOptions = Partial<Pick<VocoderInput, 'ended' | 'guess'>>

export interface VocoderPaths {
  readonly f0: string
  readonly generator: string
}

/** Frames that `synthesize` gives to one run: small enough for the caches of a core, large enough to waste little. */
const PIECE_FRAMES = 100

export class VocoderRunner {
  readonly sampleRate: number
  /** Samples of a mel frame. */
  readonly frameSamples: number
  /** Samples that a stream holds back until it knows what follows. */
  readonly heldBackSamples: number
  /** Bytes that a stream keeps between runs, at most. */
  readonly stateBytes: number
  /** What turns F0 into the source. */
  readonly harmonics: HarmonicSettings
  readonly #engine: VocoderEngine

  private constructor(engine: VocoderEngine, settings: HarmonicSettings) {
    const { geometry } = engine
    this.sampleRate = settings.sampleRate
    this.frameSamples = geometry.frameSamples
    this.heldBackSamples = geometry.delay
    this.stateBytes = streamBytes(engine)
    this.harmonics = settings
    this.#engine = engine
  }

  /** Loads the vocoder of a bundle. Throws BAD_BUNDLE, also where the graphs were made for other kernels. */
  static async load(
    runtime: Runtime,
    paths: VocoderPaths,
    hyper: HiftHyperParameters,
    options: SessionOptions,
  ): Promise<VocoderRunner> {
    const f0 = await runtime.load(paths.f0, options)
    const generator = await runtime.load(paths.generator, options)
    const geometry = vocoderGeometry(hyper)
    const histories = geometry.stages.map((_, i) =>
      generator.inputs.find(({ name }) => name === `history.${i}`),
    )
    const lengths = histories.map((history) => history?.dims[3])
    const expected = geometry.stages.map(({ history }) => history)
    if (String(lengths) !== String(expected)) {
      throw new TtsError(
        'BAD_BUNDLE',
        generator.name,
        `expected histories of [${expected}], got [${lengths}]`,
      )
    }
    const engine: VocoderEngine = {
      runtime,
      geometry,
      mels: hyper.mel,
      f0,
      generator,
      channels: histories.map((history) => history!.dims[1]!),
      dtype: histories[0]!.dtype,
    }
    const merge = mergeLayer(runtime, f0, hyper)
    return new VocoderRunner(engine, {
      sampleRate: hyper.sampleRate,
      frameSamples: geometry.frameSamples,
      amplitude: hyper.nsfAlpha,
      voicedNoise: hyper.nsfSigma,
      voicedThreshold: hyper.voicedThreshold,
      weights: merge.slice(0, -1),
      bias: merge.at(-1)!,
    })
  }

  /** A new utterance. */
  open(noise: SourceNoise): VocoderStream {
    return this.openExcited(new HarmonicSource(this.harmonics, noise))
  }

  /** A new utterance with a source of the caller's, for comparing. */
  openExcited(excitation: Excitation): VocoderStream {
    const { geometry, mels, channels, dtype } = this.#engine
    const Data = dtype === 'float16' ? Uint16Array : Float32Array
    const makeHistory = ({ history }: StageGeometry, i: number) => new Data(channels[i]! * history)
    return new VocoderStream(geometry, mels, excitation, makeHistory)
  }

  /** F0 of a whole utterance in Hz, one a frame, for comparing; `mel` `[frames, mels]`. */
  f0(mel: Float32Array): Float32Array {
    const { runtime, mels, f0 } = this.#engine
    const frames = runtime.tensor('float32', mel, [1, mel.length / mels, mels])
    try {
      return f0.fetch({ mel: frames }, ['f0']).f0!.data as Float32Array
    } finally {
      frames.release()
    }
  }

  /** Takes new mel into work. Several requests share the runs where their `vocoderKey` is the same. */
  begin(...requests: readonly VocoderRequest[]): VocoderWork {
    return new VocoderWork(this.#engine, requests)
  }

  /** Takes in mel and gives out the samples that are final now. */
  push(stream: VocoderStream, mel: Float32Array, options: PushOptions = {}): Float32Array {
    return this.pushTogether([{ ended: false, ...options, stream, mel }])[0]!
  }

  /** The same for several requests with one `vocoderKey`, in common runs; each request's samples. */
  pushTogether(requests: readonly VocoderRequest[]): Float32Array[] {
    const work = this.begin(...requests)
    try {
      while (work.runsLeft > 0) work.step()
      return work.finish()
    } finally {
      work.close()
    }
  }

  /** The same on another thread. */
  async pushAsync(
    stream: VocoderStream,
    mel: Float32Array,
    options: PushOptions = {},
  ): Promise<Float32Array> {
    const work = this.begin({ ended: false, ...options, stream, mel })
    try {
      while (work.runsLeft > 0) await work.stepAsync()
      return work.finish()[0]!
    } finally {
      work.close()
    }
  }

  /** A whole utterance; memory does not grow with its length. Exactly `frames × frameSamples` samples. */
  synthesize(mel: Float32Array, noise: SourceNoise): Float32Array {
    const stream = this.open(noise)
    return joined(
      this.#pieces(mel).map((piece, i, all) => this.push(stream, piece, { ended: i === all.length - 1 })),
    )
  }

  async synthesizeAsync(mel: Float32Array, noise: SourceNoise): Promise<Float32Array> {
    const stream = this.open(noise)
    const samples: Float32Array[] = []
    const pieces = this.#pieces(mel)
    for (const [i, piece] of pieces.entries())
      samples.push(await this.pushAsync(stream, piece, { ended: i === pieces.length - 1 }))
    return joined(samples)
  }

  release(): void {
    this.#engine.f0.release()
    this.#engine.generator.release()
  }

  #pieces(mel: Float32Array): Float32Array[] {
    const size = PIECE_FRAMES * this.#engine.mels
    const count = Math.max(1, Math.ceil(mel.length / size))
    return Array.from({ length: count }, (_, i) => mel.subarray(i * size, (i + 1) * size))
  }
}

/** Weight of each harmonic, then the bias. */
function mergeLayer(runtime: Runtime, f0: Session, hyper: HiftHyperParameters): Float32Array {
  const frame = runtime.tensor('float32', new Float32Array(hyper.mel), [1, 1, hyper.mel])
  const { merge } = f0.fetch({ mel: frame }, ['merge'])
  const values = Float32Array.from(merge!.data as Float32Array)
  merge!.release()
  frame.release()
  return values
}

function streamBytes({ geometry, mels, channels, dtype }: VocoderEngine): number {
  const later = progressAt(geometry, Math.ceil(geometry.delay / geometry.frameSamples) + 1000, false)
  const frames = later.frames - framesNeededFrom(geometry, later)
  const samples = later.source - sourceNeededFrom(geometry, later)
  const positions = geometry.stages.reduce((sum, { history }, i) => sum + history * channels[i]!, 0)
  // Each history has a spare that the next run writes.
  return (frames * mels + samples) * 4 + 2 * positions * BYTES_PER_ELEMENT[dtype]
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
