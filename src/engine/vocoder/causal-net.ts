/** A vocoder of causal convolutions: each run makes what is new, from what its graphs carried over from the run before. */
import type { CausalHiftParameters } from '../../core/hyper-parameters.ts'
import type { DeviceMemory, Runtime, Session } from '../runtime/runtime.ts'
import { carriedBy, emptyState, stateBytesOf } from './causal-state.ts'
import { type CausalGeometry, CausalStream } from './causal-stream.ts'
import { type CausalEngine, CausalTask, causalKey } from './causal-task.ts'
import type { Excitation, HarmonicSettings, SourceNoise } from './harmonic-source.ts'
import { harmonicSettings } from './merge-layer.ts'
import { StaircaseSource } from './staircase-source.ts'
import { uniformNoise } from './uniform-noise.ts'
import type { VocoderNet, VocoderRequest } from './vocoder-net.ts'

export class CausalNet implements VocoderNet {
  readonly sampleRate: number
  readonly frameSamples: number
  readonly mels: number
  readonly heldBackSamples: number
  readonly stateBytes: number
  readonly #engine: CausalEngine
  readonly #harmonics: HarmonicSettings
  readonly #noise: SourceNoise

  constructor(
    runtime: Runtime,
    device: DeviceMemory,
    f0: Session,
    generator: Session,
    model: CausalHiftParameters,
  ) {
    const geometry = causalGeometry(model)
    this.#engine = {
      runtime,
      device,
      geometry,
      f0,
      generator,
      carried: { f0: carriedBy(f0), generator: carriedBy(generator) },
    }
    this.sampleRate = model.sampleRate
    this.frameSamples = geometry.frameSamples
    this.mels = model.mel
    this.heldBackSamples = geometry.lag * geometry.frameSamples + geometry.hop
    this.stateBytes = streamBytes(this.#engine)
    const merge = this.#fetch(new Float32Array(model.mel), 'merge')
    this.#harmonics = harmonicSettings(model, geometry.frameSamples, merge)
    this.#noise = uniformNoise(model.noiseDraw, this.#harmonics.weights.length)
  }

  /** The table is the model's own, the same for every seed. */
  noise(): SourceNoise {
    return this.#noise
  }

  excitation(noise: SourceNoise): Excitation {
    return new StaircaseSource(this.#harmonics, noise)
  }

  open(excitation: Excitation): CausalStream {
    const { device, geometry, carried } = this.#engine
    return new CausalStream(geometry, excitation, () => ({
      f0: emptyState(device, carried.f0),
      generator: emptyState(device, carried.generator),
    }))
  }

  f0(mel: Float32Array): Float32Array {
    return this.#fetch(mel, 'f0')
  }

  key(request: VocoderRequest): string {
    return causalKey(request)
  }

  task(requests: readonly VocoderRequest[]): CausalTask {
    return new CausalTask(this.#engine, requests)
  }

  /** An output of the F0 graph for a whole mel, zeros behind it. */
  #fetch(mel: Float32Array, output: 'f0' | 'merge'): Float32Array {
    const { runtime, device, f0, carried, geometry } = this.#engine
    const { mels, f0LookRight } = geometry
    const padded = new Float32Array(mel.length + f0LookRight * mels)
    padded.set(mel)
    const state = emptyState(device, carried.f0)
    const tensors = [runtime.tensor('float32', device.place(padded), [1, padded.length / mels, mels])]
    const feeds = { mel: tensors[0]! }
    for (const [at, { name, dtype, dims }] of carried.f0.entries()) {
      const tensor = runtime.tensor(dtype, state[at]!, [1, ...dims])
      tensors.push(tensor)
      Object.assign(feeds, { [name]: tensor })
    }
    try {
      return f0.fetch(feeds, [output])[output]!.data as Float32Array
    } finally {
      for (const tensor of tensors) tensor.release()
    }
  }
}

function causalGeometry(model: CausalHiftParameters): CausalGeometry {
  const { mel, upsampleRates, hop, nFft, lookRight, f0LookRight } = model
  const frameSamples = upsampleRates.reduce((product, rate) => product * rate, hop)
  // Samples up to a frame's end need a little of the source behind it: F0 of the next frames too.
  const sourceLag = f0LookRight + Math.ceil(nFft / 2 / frameSamples)
  return {
    mels: mel,
    frameSamples,
    lookRight,
    f0LookRight,
    lag: Math.max(lookRight, sourceLag),
    hop,
    margin: nFft / 2,
  }
}

/** Both copies of the carried state, and the mel and source behind the last samples. */
function streamBytes({ geometry, carried }: CausalEngine): number {
  const { mels, frameSamples, lag, f0LookRight, margin } = geometry
  const source = (lag - f0LookRight) * frameSamples + margin
  return 2 * (stateBytesOf(carried.f0) + stateBytesOf(carried.generator)) + 4 * (lag * mels + source)
}
