/** MP3 through LAME (`wasm-media-encoders`): constant bit rate, mono. */
import { createMp3Encoder } from 'wasm-media-encoders'
import type { AudioEncoder } from './audio-encoder.ts'
import { mp3InfoFrame } from './mp3-info-tag.ts'
import { joinBytes } from './resampling-encoder.ts'

type Lame = Awaited<ReturnType<typeof createMp3Encoder>>
type Mp3Rate = 8000 | 11025 | 12000 | 16000 | 22050 | 24000 | 32000 | 44100 | 48000

const NOTHING = new Uint8Array(0)
/** Instances take 0.9 MB and some milliseconds to make, and are as new after `configure`: kept for the next stream. */
const idle: Lame[] = []
const MAX_IDLE = 32

export class Mp3Encoder implements AudioEncoder {
  #lame: Lame | undefined
  readonly #sampleRate: number
  readonly #kilobits: 32 | 64
  /** Known length whose Info frame has not been sent yet. */
  #announce: number | undefined

  /** `totalSamples`, where known, makes the decoded length exact; else players hear some 20 to 100 ms of silence around. */
  static async open(sampleRate: number, totalSamples: number | undefined): Promise<Mp3Encoder> {
    return new Mp3Encoder(idle.pop() ?? (await createMp3Encoder()), sampleRate, totalSamples)
  }

  private constructor(lame: Lame, sampleRate: number, totalSamples: number | undefined) {
    this.#lame = lame
    this.#sampleRate = sampleRate
    this.#kilobits = sampleRate < 16000 ? 32 : 64
    this.#announce = totalSamples
    lame.configure({
      channels: 1,
      sampleRate,
      outputSampleRate: sampleRate as Mp3Rate,
      bitrate: this.#kilobits,
    })
  }

  start(): Uint8Array {
    return NOTHING
  }

  encode(samples: Float32Array): Uint8Array {
    if (this.#lame === undefined || samples.length === 0) return NOTHING
    return this.#announced(this.#lame.encode([samples]))
  }

  finish(): Uint8Array {
    if (this.#lame === undefined) return NOTHING
    const bytes = this.#announced(this.#lame.finalize())
    this.close()
    return bytes
  }

  close(): void {
    if (this.#lame !== undefined && idle.length < MAX_IDLE) idle.push(this.#lame)
    this.#lame = undefined
  }

  /** A copy (the encoder reuses its memory), behind the Info frame if these are the first bytes. */
  #announced(frames: Uint8Array): Uint8Array {
    if (this.#announce === undefined || frames.length === 0) return frames.slice()
    const info = mp3InfoFrame(frames.subarray(0, 4), this.#sampleRate, this.#kilobits * 1000, this.#announce)
    this.#announce = undefined
    return joinBytes([info, frames])
  }
}
