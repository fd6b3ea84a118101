/**
 * Bytes as they arrive → facts of the audio in them.
 *
 * Nothing is kept but counts, and the samples where they are asked for.
 */

/** Absolute sample value above which one is heard: −46 dB of full scale. */
const AUDIBLE = 164
const CLIPPED = 32_767
const OPEN_LENGTH = 0xffffffff
const HEADER_LIMIT = 4096

export interface AudioFacts {
  readonly sampleRate: number
  readonly samples: number
  /** Index of the first sample that is heard; undefined: silence. */
  readonly firstAudible: number | undefined
  readonly clipped: number
  readonly peak: number
  /** What is wrong with the container; empty: nothing. */
  readonly faults: readonly string[]
}

export class SampleStream {
  #head: Buffer | undefined
  #sampleRate: number
  #expectedBytes: number | undefined
  #dataBytes = 0
  #half: number | undefined
  #samples = 0
  #firstAudible: number | undefined
  #clipped = 0
  #peak = 0
  readonly #kept: Uint8Array[] | undefined
  readonly #faults: string[] = []

  /** `container` is `wav` where a header is expected; its absence is a fault, not an end. */
  constructor(container: 'wav' | 'pcm', rate: number, keeps = false) {
    this.#kept = keeps ? [] : undefined
    this.#head = container === 'wav' ? Buffer.alloc(0) : undefined
    this.#sampleRate = rate
  }

  get samples(): number {
    return this.#samples
  }

  /** Bytes of all samples; undefined where they were not to be kept. */
  get kept(): Uint8Array | undefined {
    return this.#kept && Buffer.concat(this.#kept)
  }

  get sampleRate(): number {
    return this.#sampleRate
  }

  /** Takes bytes; returns how many samples they completed. */
  push(bytes: Uint8Array): number {
    const before = this.#samples
    if (this.#head === undefined) this.#read(bytes)
    else {
      this.#head = Buffer.concat([this.#head, bytes])
      this.#readHead(this.#head)
    }
    return this.#samples - before
  }

  /** After the last byte. */
  finish(): AudioFacts {
    if (this.#head !== undefined) this.#faults.push('no audio')
    if (this.#half !== undefined) this.#faults.push('half a sample at the end')
    if (this.#expectedBytes !== undefined && this.#expectedBytes !== this.#dataBytes) {
      this.#faults.push(`header says ${this.#expectedBytes} bytes, ${this.#dataBytes} came`)
    }
    return {
      sampleRate: this.#sampleRate,
      samples: this.#samples,
      firstAudible: this.#firstAudible,
      clipped: this.#clipped,
      peak: this.#peak / 32_768,
      faults: this.#faults,
    }
  }

  #readHead(head: Buffer): void {
    if (head.length >= 4 && head.toString('latin1', 0, 4) !== 'RIFF') {
      this.#faults.push('no WAV header')
      return this.#enter(head)
    }
    let at = 12
    while (at + 8 <= head.length) {
      const id = head.toString('latin1', at, at + 4)
      const size = head.readUInt32LE(at + 4)
      if (id === 'fmt ' && at + 24 <= head.length) {
        this.#sampleRate = head.readUInt32LE(at + 12)
        if (head.readUInt16LE(at + 10) !== 1 || head.readUInt16LE(at + 22) !== 16)
          this.#faults.push('expected 16-bit mono')
      }
      if (id === 'data') {
        // Servers that do not know the length write zero or the largest number.
        if (size !== OPEN_LENGTH && size !== 0 && size < 0x7fff0000) this.#expectedBytes = size
        return this.#enter(head.subarray(at + 8))
      }
      at += 8 + size + (size % 2)
    }
    if (head.length > HEADER_LIMIT) {
      this.#faults.push('no data chunk')
      this.#enter(Buffer.alloc(0))
    }
  }

  #enter(data: Buffer): void {
    this.#head = undefined
    if (data.length > 0) this.#read(data)
  }

  #read(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#dataBytes += bytes.length
    this.#kept?.push(bytes)
    let at = 0
    if (this.#half !== undefined) this.#take(this.#half | (bytes[at++]! << 8))
    this.#half = undefined
    // One thread hears hundreds of streams: nothing but counting in here.
    let peak = this.#peak
    let clipped = 0
    let count = 0
    for (; at + 1 < bytes.length; at += 2, count++) {
      const value = Math.abs(((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16)
      if (value >= CLIPPED) clipped++
      if (value <= peak) continue
      peak = value
      // Nothing was audible while the peak was not.
      if (value >= AUDIBLE) this.#firstAudible ??= this.#samples + count
    }
    this.#peak = peak
    this.#clipped += clipped
    this.#samples += count
    if (at < bytes.length) this.#half = bytes[at]!
  }

  #take(bits: number): void {
    const value = Math.abs((bits << 16) >> 16)
    if (value > this.#peak) this.#peak = value
    if (value >= AUDIBLE) this.#firstAudible ??= this.#samples
    if (value >= CLIPPED) this.#clipped++
    this.#samples++
  }
}
