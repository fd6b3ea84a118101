/** FLAC through libFLAC (`libflacjs`): 16 bits, mono, a stream that is never sought back in. */
import assert from 'node:assert/strict'
import libFlac from 'libflacjs'
import { toInt16 } from '../pcm.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { joinBytes } from './resampling-encoder.ts'

/** Samples of a frame: 43 ms at 24 kHz, so that sound leaves soon; larger ones save a few percent of bytes. */
const BLOCK_SAMPLES = 1024
const COMPRESSION = 5
const BITS = 16

/** The asm.js build: the WebAssembly ones do not load on current Node. Loading is asynchronous. */
let library: Promise<libFlac.Flac> | undefined

function loadLibrary(): Promise<libFlac.Flac> {
  library ??= new Promise((resolve) => {
    const flac = libFlac('release')
    if (flac.isReady()) resolve(flac)
    else flac.on('ready', () => resolve(flac))
  })
  return library
}

export class FlacEncoder implements AudioEncoder {
  readonly #flac: libFlac.Flac
  #encoder: number
  /** Bytes handed over by the library and not fetched yet. */
  #written: Uint8Array[] = []

  /** `totalSamples` 0: unknown, which players take as "until the end". */
  static async open(sampleRate: number, totalSamples = 0): Promise<FlacEncoder> {
    return new FlacEncoder(await loadLibrary(), sampleRate, totalSamples)
  }

  private constructor(flac: libFlac.Flac, sampleRate: number, totalSamples: number) {
    this.#flac = flac
    this.#encoder = flac.create_libflac_encoder(
      sampleRate,
      1,
      BITS,
      COMPRESSION,
      totalSamples,
      false,
      BLOCK_SAMPLES,
    )
    assert(this.#encoder !== 0, 'libFLAC made no encoder')
    const status = flac.init_encoder_stream(this.#encoder, (bytes) => {
      this.#written.push(bytes.slice())
    })
    assert.equal(status, 0, 'libFLAC refused its settings')
  }

  /** Marker, STREAMINFO and a comment, which the library wrote when it was made. */
  start(): Uint8Array {
    return this.#fetch()
  }

  encode(samples: Float32Array): Uint8Array {
    if (samples.length > 0) {
      const integers = Int32Array.from(toInt16(samples))
      const done = this.#flac.FLAC__stream_encoder_process_interleaved(
        this.#encoder,
        integers,
        integers.length,
      )
      assert(done, 'libFLAC failed to encode')
    }
    return this.#fetch()
  }

  finish(): Uint8Array {
    this.#flac.FLAC__stream_encoder_finish(this.#encoder)
    const bytes = this.#fetch()
    this.close()
    return bytes
  }

  close(): void {
    if (this.#encoder !== 0) this.#flac.FLAC__stream_encoder_delete(this.#encoder)
    this.#encoder = 0
  }

  #fetch(): Uint8Array {
    const bytes = joinBytes(this.#written)
    this.#written = []
    return bytes
  }
}
