/**
 * Opus in Ogg (RFC 7845), as a stream: a page for whatever packets are complete, exact start and end.
 *
 * Time in Ogg Opus counts at 48 kHz whatever the encoder's rate. The decoder drops the first `pre-skip` samples, which
 * are the encoder's look-ahead. It cuts the end where the last page's granule position says; so exactly the samples
 * that came are heard, in place.
 */
import { Encoder } from '@evan/opus/wasm/index.mjs'
import { bytesOf, toInt16 } from '../pcm.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { FIRST_PAGE, LAST_PAGE, MAX_SEGMENTS, oggPage, segmentsOf } from './ogg-page.ts'
import { joinBytes } from './resampling-encoder.ts'

export type OpusRate = 8000 | 12000 | 16000 | 24000 | 48000
const OPUS_RATES: readonly OpusRate[] = [8000, 12000, 16000, 24000, 48000]
const CLOCK = 48000
const FRAMES_PER_SECOND = 50
/** Near transparent for one voice. */
const BITS_PER_SECOND = 32000
/** Of 10: higher ones cost time for a difference that speech does not show. */
const COMPLEXITY = 5

/** Requests of libopus. */
const SET_BITRATE = 4002
const SET_COMPLEXITY = 4010
const GET_LOOKAHEAD = 4027

/** One stream in a file needs no serial that differs from others'; a fixed one keeps equal requests byte-equal. */
const SERIAL = 1
const VENDOR = 'light-tts'

/** The lowest rate that Opus can take in and that loses nothing of what was asked for. */
export function opusRate(sampleRate: number): OpusRate {
  return OPUS_RATES.find((rate) => rate >= sampleRate) ?? CLOCK
}

export class OpusEncoder implements AudioEncoder {
  readonly #encoder: Encoder
  readonly #inputRate: number
  readonly #frame: number
  /** Clock ticks (48 kHz) per sample. */
  readonly #ticks: number
  readonly #preSkip: number
  /** Samples that do not fill a frame yet. */
  #rest = new Float32Array(0)
  #samples = 0
  #packets = 0
  #pages = 0

  /** `inputRate` is only told to the player: the rate that was asked for. */
  constructor(rate: OpusRate, inputRate: number) {
    this.#encoder = new Encoder({ channels: 1, sample_rate: rate, application: 'audio' })
    this.#encoder.ctl(SET_BITRATE, BITS_PER_SECOND)
    this.#encoder.ctl(SET_COMPLEXITY, COMPLEXITY)
    this.#inputRate = inputRate
    this.#frame = rate / FRAMES_PER_SECOND
    this.#ticks = CLOCK / rate
    this.#preSkip = this.#encoder.ctl(GET_LOOKAHEAD) * this.#ticks
  }

  /** The identification and the comment header, each on a page of its own as the format demands. */
  start(): Uint8Array {
    const head = new DataView(new ArrayBuffer(19))
    bytesOf(head).set(Buffer.from('OpusHead'))
    head.setUint8(8, 1)
    head.setUint8(9, 1)
    head.setUint16(10, this.#preSkip, true)
    head.setUint32(12, this.#inputRate, true)
    const tags = Buffer.alloc(8 + 4 + VENDOR.length + 4)
    tags.write('OpusTags')
    tags.writeUInt32LE(VENDOR.length, 8)
    tags.write(VENDOR, 12)
    return joinBytes([this.#page([bytesOf(head)], FIRST_PAGE, 0), this.#page([tags], 0, 0)])
  }

  encode(samples: Float32Array): Uint8Array {
    this.#samples += samples.length
    const packets = this.#encodeFrames(samples)
    return joinBytes(this.#paginate(packets).map((group) => this.#page(group, 0, this.#countFrames(group))))
  }

  finish(): Uint8Array {
    // Silence pushes the look-ahead through; there is always a frame left, since the look-ahead is never empty.
    const total = this.#samples + this.#preSkip / this.#ticks
    const missing = Math.ceil(total / this.#frame) * this.#frame - this.#samples
    const groups = this.#paginate(this.#encodeFrames(new Float32Array(missing)))
    const end = this.#preSkip + this.#samples * this.#ticks
    this.close()
    return joinBytes(
      groups.map((group, i) =>
        i === groups.length - 1
          ? this.#page(group, LAST_PAGE, end)
          : this.#page(group, 0, this.#countFrames(group)),
      ),
    )
  }

  close(): void {
    this.#encoder.drop()
  }

  #encodeFrames(samples: Float32Array): Uint8Array[] {
    const input = new Float32Array(this.#rest.length + samples.length)
    input.set(this.#rest)
    input.set(samples, this.#rest.length)
    const packets: Uint8Array[] = []
    let at = 0
    for (; at + this.#frame <= input.length; at += this.#frame) {
      packets.push(this.#encoder.encode(toInt16(input.subarray(at, at + this.#frame))))
    }
    this.#rest = input.slice(at)
    return packets
  }

  /** Groups of packets that fit a page each. */
  #paginate(packets: readonly Uint8Array[]): Uint8Array[][] {
    const groups: Uint8Array[][] = []
    let room = 0
    for (const packet of packets) {
      const segments = segmentsOf(packet.length)
      if (segments > room) {
        groups.push([])
        room = MAX_SEGMENTS
      }
      groups.at(-1)!.push(packet)
      room -= segments
    }
    return groups
  }

  /** The granule position after these packets, which come next in the stream. */
  #countFrames(packets: readonly Uint8Array[]): number {
    this.#packets += packets.length
    return (this.#packets * CLOCK) / FRAMES_PER_SECOND
  }

  #page(packets: readonly Uint8Array[], flags: number, granule: number): Uint8Array {
    return oggPage(packets, { flags, granule, serial: SERIAL, sequence: this.#pages++ })
  }
}
