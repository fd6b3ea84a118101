/**
 * A recording → what a voice is made of: speech tokens, prompt mel, speaker embedding.
 *
 * Order and trimming are those of the reference's front end (`_extract_speech_token`, `_extract_speech_feat`,
 * `_extract_spk_embedding`, `frontend_zero_shot` of `cosyvoice/cli/frontend.py`).
 */
import { resampleLikeReference } from '../audio/resample.ts'
import type { Bundle } from '../core/bundle.ts'
import { TtsError } from '../core/errors.ts'
import type { DeviceMemory, HostTensor, Runtime, Session, SessionOptions } from './runtime/runtime.ts'

/** Both networks that listen hear 16 kHz. */
const HEARING_RATE = 16_000
const FRAMES_PER_TOKEN = 2
/** The shortest that every spectrogram's mirrored edges fit into. */
const MIN_SECONDS = 0.1

export interface VoiceFeatures {
  /** [tokens], 25 a second. */
  readonly speechTokens: Int32Array
  /** [frames, mels], frames = 2 × tokens. */
  readonly mel: Float32Array
  /** [192], not normalised. */
  readonly embedding: Float32Array
}

/** Each stage's output, before trimming. */
export interface RawFeatures {
  /** [mels, frames] at 100 frames a second. */
  readonly whisper: Float32Array
  /** [frames, mels] at 100 frames a second. */
  readonly fbank: Float32Array
  readonly mel: Float32Array
  readonly speechTokens: Int32Array
  readonly embedding: Float32Array
}

type Sessions = Readonly<Record<'whisper' | 'fbank' | 'mel' | 'tokenizer' | 'speaker', Session>>

export class FeatureRunner {
  readonly #runtime: Runtime
  readonly #device: DeviceMemory
  readonly #sessions: Sessions
  readonly #melRate: number
  readonly #mels: number

  private constructor(runtime: Runtime, device: DeviceMemory, bundle: Bundle, sessions: Sessions) {
    this.#runtime = runtime
    this.#device = device
    this.#sessions = sessions
    const { mel } = bundle.manifest.parameters.features
    this.#melRate = mel.sampleRate
    this.#mels = mel.mels
  }

  static async open(runtime: Runtime, bundle: Bundle, options: SessionOptions): Promise<FeatureRunner> {
    const load = (name: string) => runtime.load(bundle.path(name), options)
    const { speechTokens, speaker: speakerFile } = bundle.manifest.encoders
    const [whisper, fbank, mel, tokenizer, speaker] = await Promise.all(
      ['features-whisper.onnx', 'features-fbank.onnx', 'features-mel.onnx', speechTokens, speakerFile].map(
        load,
      ),
    )
    return new FeatureRunner(runtime, runtime.memory(options.provider), bundle, {
      whisper: whisper!,
      fbank: fbank!,
      mel: mel!,
      tokenizer: tokenizer!,
      speaker: speaker!,
    })
  }

  /**
   * Mono samples, full scale ±1, at `sampleRate` Hz. `checkpoint` is called before each model run and may throw.
   * Throws AUDIO_TOO_SHORT below 0.1 s.
   */
  extract(samples: Float32Array, sampleRate: number, checkpoint: () => void = () => {}): VoiceFeatures {
    const seconds = samples.length / sampleRate
    if (seconds < MIN_SECONDS) {
      const detail = `expected at least ${MIN_SECONDS} s, got ${seconds.toFixed(3)} s`
      throw new TtsError('AUDIO_TOO_SHORT', 'Audio too short', detail)
    }
    const raw = this.extractRaw(samples, sampleRate, checkpoint)
    const frames = Math.floor(raw.mel.length / this.#mels)
    const tokens = Math.min(Math.floor(frames / FRAMES_PER_TOKEN), raw.speechTokens.length)
    return {
      speechTokens: raw.speechTokens.slice(0, tokens),
      mel: raw.mel.slice(0, tokens * FRAMES_PER_TOKEN * this.#mels),
      embedding: raw.embedding,
    }
  }

  /** Speech tokens of the whole recording. Arguments as for `extract`. */
  tokens(samples: Float32Array, sampleRate: number, checkpoint: () => void = () => {}): Int32Array {
    const whisper = this.#spectrogram('whisper', resampleLikeReference(samples, sampleRate, HEARING_RATE))
    checkpoint()
    return this.#tokens(whisper)
  }

  extractRaw(samples: Float32Array, sampleRate: number, checkpoint: () => void = () => {}): RawFeatures {
    const heard = resampleLikeReference(samples, sampleRate, HEARING_RATE)
    checkpoint()
    const whisper = this.#spectrogram('whisper', heard)
    checkpoint()
    const fbank = this.#spectrogram('fbank', heard)
    checkpoint()
    const mel = this.#spectrogram('mel', resampleLikeReference(samples, sampleRate, this.#melRate))
    checkpoint()
    const speechTokens = this.#tokens(whisper)
    checkpoint()
    return {
      whisper: whisper.data as Float32Array,
      fbank: fbank.data as Float32Array,
      mel: mel.data as Float32Array,
      speechTokens,
      embedding: this.#embedding(fbank),
    }
  }

  release(): void {
    for (const session of Object.values(this.#sessions)) session.release()
  }

  #spectrogram(which: 'whisper' | 'fbank' | 'mel', samples: Float32Array): HostTensor {
    return this.#run(this.#sessions[which], [{ dtype: 'float32', data: samples, dims: [samples.length] }])
  }

  /** The tokenizer takes the log mel and the number of its frames. */
  #tokens(whisper: HostTensor): Int32Array {
    const frames = Int32Array.of(whisper.dims[2]!)
    const { data } = this.#run(this.#sessions.tokenizer, [
      whisper,
      { dtype: 'int32', data: frames, dims: [1] },
    ])
    return Int32Array.from(data as ArrayLike<number | bigint>, Number)
  }

  #embedding(fbank: HostTensor): Float32Array {
    return this.#run(this.#sessions.speaker, [fbank]).data as Float32Array
  }

  /** A model's first output; inputs in the order of the model's own. */
  #run(session: Session, values: readonly HostTensor[]): HostTensor {
    const tensors = values.map(({ dtype, data, dims }) =>
      this.#runtime.tensor(dtype, this.#device.place(data), dims),
    )
    try {
      const inputs = Object.fromEntries(tensors.map((tensor, i) => [session.inputs[i]!.name, tensor]))
      const name = session.outputs[0]!.name
      return session.fetch(inputs, [name])[name]!
    } finally {
      for (const tensor of tensors) tensor.release()
    }
  }
}
