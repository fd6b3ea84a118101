/**
 * Mel → samples: whole utterances, and streams piece by piece with the same samples whatever the pieces. Which kind of
 * network makes them is behind `vocoder-net.ts`.
 */
import { concatFloats } from '../../core/float-arrays.ts'
import type { CausalHiftParameters, HiftHyperParameters } from '../../core/hyper-parameters.ts'
import { capturedRows } from '../runtime/captured-runs.ts'
import type { Runtime, Session, SessionOptions } from '../runtime/runtime.ts'
import { CausalNet } from './causal-net.ts'
import { GraphRuns } from './graph-runs.ts'
import { type Excitation, type SourceNoise, ZERO_NOISE } from './harmonic-source.ts'
import type { VocoderNet, VocoderRequest, VocoderStream } from './vocoder-net.ts'
import { type MakeRun, VocoderWork } from './vocoder-work.ts'
import { WindowedNet } from './windowed-net.ts'

/** What a model says of its vocoder. */
export type VocoderModel = HiftHyperParameters | CausalHiftParameters

export interface VocoderPaths {
  readonly f0: string
  readonly generator: string
}

/** Frames that `synthesize` gives to one run: small enough for the caches of a core, large enough to waste little. */
const PIECE_FRAMES = 100

export class VocoderRunner {
  readonly #net: VocoderNet
  readonly #runs: GraphRuns
  readonly #sessions: readonly Session[]
  /** Runs have been made since memory was last given back. */
  #holds = false

  private constructor(net: VocoderNet, runs: GraphRuns, sessions: readonly Session[]) {
    this.#net = net
    this.#runs = runs
    this.#sessions = sessions
  }

  /** Loads the vocoder of a bundle. Throws BAD_BUNDLE, also where the graphs were made for other kernels. */
  static async load(
    runtime: Runtime,
    paths: VocoderPaths,
    model: VocoderModel,
    options: SessionOptions,
  ): Promise<VocoderRunner> {
    const device = runtime.memory(options.provider)
    // Its values take megabytes each: fresh pages for them cost a seventh of a run.
    const kept = { ...options, keepsMemory: true }
    const f0 = await runtime.load(paths.f0, kept)
    const generator = await runtime.load(paths.generator, kept)
    const net =
      'noiseDraw' in model
        ? new CausalNet(runtime, device, f0, generator, model)
        : new WindowedNet(runtime, device, f0, generator, model)
    const runs = new GraphRuns({ runtime, device, sessions: { f0, generator } })
    return new VocoderRunner(net, runs, [f0, generator])
  }

  get sampleRate(): number {
    return this.#net.sampleRate
  }

  /** Samples of a mel frame. */
  get frameSamples(): number {
    return this.#net.frameSamples
  }

  /** Samples that a stream holds back until it knows what follows. */
  get heldBackSamples(): number {
    return this.#net.heldBackSamples
  }

  /** Bytes that a stream keeps between runs, at most. */
  get stateBytes(): number {
    return this.#net.stateBytes
  }

  /** The source's noise of a request with this seed. */
  noise(seed: number): SourceNoise {
    return this.#net.noise(seed)
  }

  /** The model's own source. */
  excitation(noise: SourceNoise): Excitation {
    return this.#net.excitation(noise)
  }

  /** A new utterance. */
  open(noise: SourceNoise): VocoderStream {
    return this.openExcited(this.excitation(noise))
  }

  /** A new utterance with a source of the caller's, for comparing. */
  openExcited(excitation: Excitation): VocoderStream {
    return this.#net.open(excitation)
  }

  /** F0 of a whole utterance in Hz, one a frame, for comparing; `mel` `[frames, mels]`. */
  f0(mel: Float32Array): Float32Array {
    return this.#net.f0(mel)
  }

  /**
   * Records hops of up to `together` streams on the thread that will make them, where the device can.
   * They are a stream's first, of `hops[0]` frames, and later ones of each length. Their memory stays. Returns the runs.
   */
  capture(hops: readonly number[], together: number): number {
    if (!this.#runs.captures) return 0
    for (const rows of capturedRows(together)) for (const hop of hops) this.#record([hops[0]!, hop], rows)
    return this.#runs.captured
  }

  /** Requests with equal keys may share a run. */
  key(request: VocoderRequest): string {
    return this.#net.key(request)
  }

  /** Takes new mel into work. Several requests share the runs where their keys are equal. */
  begin(...requests: readonly VocoderRequest[]): VocoderWork {
    return this.#begin(requests, (run) => this.#runs.make(run))
  }

  /** Takes in mel and gives out the samples that are final now. */
  push(stream: VocoderStream, mel: Float32Array, { ended = false } = {}): Float32Array {
    return this.pushTogether([{ ended, stream, mel }])[0]!
  }

  /** The same for several requests with one key, in common runs; each request's samples. */
  pushTogether(requests: readonly VocoderRequest[]): Float32Array[] {
    const work = this.begin(...requests)
    this.#holds = true
    return work.finish()
  }

  /** A whole utterance; memory does not grow with its length. Exactly `frames × frameSamples` samples. */
  synthesize(mel: Float32Array, noise: SourceNoise): Float32Array {
    const stream = this.open(noise)
    return concatFloats(
      this.#pieces(mel).map((piece, i, all) => this.push(stream, piece, { ended: i === all.length - 1 })),
    )
  }

  /** There is no work: what runs have kept for later ones goes, by one more run, of a frame. */
  forgetMemory(): void {
    if (!this.#holds) return
    for (const session of this.#sessions) session.forgetMemory?.()
    this.push(this.open(ZERO_NOISE), new Float32Array(this.#net.mels), { ended: true })
    this.#holds = false
  }

  release(): void {
    this.#runs.release()
  }

  #begin(requests: readonly VocoderRequest[], make: MakeRun): VocoderWork {
    const keys = new Set(requests.map((request) => this.key(request)))
    if (keys.size !== 1)
      throw new Error(`requests that are not in step cannot share a run: ${keys.size} keys`)
    return new VocoderWork(this.#net.task(requests), make)
  }

  /** Hops of `rows` streams: one of the first length, then of the later one until they are as those before. */
  #record([first, later]: readonly [number, number], rows: number): void {
    const streams = Array.from({ length: rows }, () => this.open(ZERO_NOISE))
    const kinds = new Set<string>()
    for (let frames = first; ; frames = later) {
      const mel = new Float32Array(frames * this.#net.mels)
      const requests = streams.map((stream) => ({ stream, mel, ended: false }))
      const kind = this.key(requests[0]!)
      if (kinds.has(kind)) return
      kinds.add(kind)
      this.#begin(requests, (run) => this.#runs.record(run)).finish()
    }
  }

  #pieces(mel: Float32Array): Float32Array[] {
    const size = PIECE_FRAMES * this.#net.mels
    const count = Math.max(1, Math.ceil(mel.length / size))
    return Array.from({ length: count }, (_, i) => mel.subarray(i * size, (i + 1) * size))
  }
}
