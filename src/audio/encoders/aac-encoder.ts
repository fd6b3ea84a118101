/**
 * AAC (low complexity) in ADTS frames, mono, by libavcodec (`@mediabunny/aac-encoder`).
 *
 * The package starts a thread for each stream, before the first frame. ADTS tells no length: sound begins 1,024
 * samples late, unless a player leaves out the first frame. It ends with a whole one.
 */
import type { Output } from 'mediabunny'
import { loadMediabunny, type Mediabunny } from './aac-package.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { joinBytes } from './resampling-encoder.ts'

const NOTHING = new Uint8Array(0)
/** Samples of a frame. The encoder holds one back. */
const FRAME = 1024

export class AacEncoder implements AudioEncoder {
  readonly #add: (data: Float32Array, at: number) => Promise<void>
  readonly #output: Output
  #samples = 0
  /** Frames that came, and those not fetched yet: each is one write. */
  #frames = 0
  #written: Uint8Array[] = []
  #wake: (() => void) | undefined
  #open = true

  static async open(sampleRate: number): Promise<AacEncoder> {
    const encoder = new AacEncoder(await loadMediabunny(), sampleRate)
    await encoder.#output.start()
    return encoder
  }

  private constructor(
    { AdtsOutputFormat, AudioSample, AudioSampleSource, Output, StreamTarget }: Mediabunny,
    sampleRate: number,
  ) {
    const source = new AudioSampleSource({
      codec: 'aac',
      bitrate: sampleRate < 16_000 ? 32_000 : 64_000,
    })
    const frames = new WritableStream<{ data: Uint8Array }>({
      write: ({ data }) => {
        this.#written.push(data.slice())
        this.#frames++
        this.#wake?.()
      },
    })
    this.#output = new Output({ format: new AdtsOutputFormat(), target: new StreamTarget(frames) })
    this.#output.addAudioTrack(source)
    this.#add = async (data, at) => {
      const sample = new AudioSample({
        data,
        format: 'f32',
        numberOfChannels: 1,
        sampleRate,
        timestamp: at / sampleRate,
      })
      await source.add(sample).finally(() => sample.close())
    }
  }

  start(): Uint8Array {
    return NOTHING
  }

  async encode(samples: Float32Array): Promise<Uint8Array> {
    if (!this.#open || samples.length === 0) return NOTHING
    // The other thread reads these samples later than the caller may keep them.
    await this.#add(samples.slice(), this.#samples)
    this.#samples += samples.length
    await this.#arrived(Math.floor(this.#samples / FRAME) - 1)
    return this.#fetch()
  }

  async finish(): Promise<Uint8Array> {
    if (!this.#open) return NOTHING
    this.#open = false
    await this.#output.finalize()
    return this.#fetch()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#wake?.()
    void this.#output.cancel().catch(() => undefined)
  }

  async #arrived(frames: number): Promise<void> {
    while (this.#open && this.#frames < frames)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }

  #fetch(): Uint8Array {
    const bytes = joinBytes(this.#written)
    this.#written = []
    return bytes
  }
}
