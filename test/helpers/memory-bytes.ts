/**
 * A checkpoint file held in an array, which counts what is read of it.
 */
import { type ByteSource, checkRange } from '../../src/convert/checkpoint/byte-source.ts'

export class MemoryBytes implements ByteSource {
  readonly name: string
  readonly size: number
  readonly #bytes: Uint8Array
  /** Ranges read so far, in order. */
  readonly reads: { offset: number; length: number }[] = []

  constructor(bytes: Uint8Array, name = 'test.pt') {
    this.name = name
    this.size = bytes.length
    // A Buffer's `slice` would share memory; a Uint8Array's copies, as the interface promises.
    this.#bytes = new Uint8Array(bytes)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length)
    this.reads.push({ offset, length })
    return this.#bytes.slice(offset, offset + length)
  }

  get bytesRead(): number {
    return this.reads.reduce((sum, { length }) => sum + length, 0)
  }
}
