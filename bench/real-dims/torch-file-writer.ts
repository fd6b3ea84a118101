/** Writes a `.pt` file as `torch.save` does, streaming: tensors of any size pass through in pieces. */
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { BYTES_PER_ELEMENT, type DType, numElements } from '../../src/core/dtype.ts'
import { PickleWriter } from './pickle-writer.ts'

const STORAGE_CLASS: Partial<Record<DType, string>> = {
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int32: 'IntStorage',
  int64: 'LongStorage',
}

const ZIP64 = 0xffffffff
const ZIP64_VERSION = 45

interface Entry {
  readonly name: string
  readonly size: number
  readonly crc: number
  readonly offset: number
}

interface Storage {
  readonly key: string
  readonly dtype: DType
  readonly count: number
}

export class TorchFileWriter {
  readonly #file: FileHandle
  readonly #top: string
  readonly #entries: Entry[] = []
  readonly #storages = new Map<string, Storage>()
  readonly #pickle = new PickleWriter().raw(0x80, 2, '}')
  #at = 0

  private constructor(file: FileHandle, top: string) {
    this.#file = file
    this.#top = top
  }

  static async create(path: string, top: string): Promise<TorchFileWriter> {
    return new TorchFileWriter(await open(path, 'w'), top)
  }

  /** A dense tensor whose bytes come in pieces. `key` may hold dots; nested dicts are opened with `nest`. */
  async tensor(
    key: string,
    dtype: DType,
    shape: readonly number[],
    pieces: Iterable<Uint8Array>,
  ): Promise<void> {
    const storage = { key: String(this.#storages.size), dtype, count: numElements(shape) }
    await this.#record(`data/${storage.key}`, pieces, storage.count * BYTES_PER_ELEMENT[dtype])
    this.#storages.set(key, storage)
    this.#put(key, storage, shape)
  }

  /** A tensor on the storage of one that was written before. */
  shared(key: string, shape: readonly number[], sharedWith: string): void {
    const storage = this.#storages.get(sharedWith)
    if (storage === undefined) throw new RangeError(`'${sharedWith}' must be written before '${key}'`)
    this.#put(key, storage, shape)
  }

  /** Puts what follows into a dict under `key`, until `unnest`. */
  nest(key: string): void {
    this.#pickle.text(key).raw('}')
  }

  unnest(): void {
    this.#pickle.raw('s')
  }

  async close(): Promise<void> {
    const pickle = this.#pickle.raw('.').bytes()
    await this.#record('data.pkl', [pickle], pickle.length)
    const order = Buffer.from('little')
    await this.#record('byteorder', [order], order.length)
    await this.#directory()
    await this.#file.close()
  }

  #put(key: string, { dtype, count, key: storage }: Storage, shape: readonly number[]): void {
    const strides = shape.map((_, axis) => numElements(shape.slice(axis + 1)))
    this.#pickle.text(key).tensor(STORAGE_CLASS[dtype]!, storage, count, shape, strides).raw('s')
  }

  async #record(name: string, pieces: Iterable<Uint8Array>, size: number): Promise<void> {
    const offset = this.#at
    const fullName = Buffer.from(`${this.#top}/${name}`)
    const header = Buffer.alloc(30 + fullName.length + 20)
    // The checksum is written over this header once the data has passed through.
    await this.#write(header)
    let crc = 0
    let written = 0
    for (const piece of pieces) {
      crc = crc32(piece, crc)
      written += piece.length
      await this.#write(piece)
    }
    if (written !== size) throw new RangeError(`record '${name}': expected ${size} bytes, got ${written}`)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(ZIP64_VERSION, 4)
    header.writeUInt32LE(crc, 14)
    header.writeUInt32LE(ZIP64, 18)
    header.writeUInt32LE(ZIP64, 22)
    header.writeUInt16LE(fullName.length, 26)
    header.writeUInt16LE(20, 28)
    fullName.copy(header, 30)
    extraOf([size, size]).copy(header, 30 + fullName.length)
    await this.#file.write(header, 0, header.length, offset)
    this.#entries.push({ name: fullName.toString(), size, crc, offset })
  }

  async #directory(): Promise<void> {
    const start = this.#at
    for (const { name, size, crc, offset } of this.#entries) {
      const extra = extraOf([size, size, offset])
      const entry = Buffer.alloc(46)
      entry.writeUInt32LE(0x02014b50, 0)
      entry.writeUInt16LE(ZIP64_VERSION, 4)
      entry.writeUInt16LE(ZIP64_VERSION, 6)
      entry.writeUInt32LE(crc, 16)
      entry.writeUInt32LE(ZIP64, 20)
      entry.writeUInt32LE(ZIP64, 24)
      entry.writeUInt16LE(Buffer.byteLength(name), 28)
      entry.writeUInt16LE(extra.length, 30)
      entry.writeUInt32LE(ZIP64, 42)
      await this.#write(Buffer.concat([entry, Buffer.from(name), extra]))
    }
    await this.#write(endRecords(this.#entries.length, start, this.#at))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let done = 0
    while (done < bytes.length) {
      done += (await this.#file.write(bytes, done, bytes.length - done, this.#at + done)).bytesWritten
    }
    this.#at += bytes.length
  }
}

/** Zip64's extra field: the 64-bit values that the 32-bit fields cannot hold, in the format's order. */
function extraOf(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(8 * values.length, 2)
  for (const [i, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
  return extra
}

/** Zip64 end record, its locator, and the classic end record that points past itself. */
function endRecords(count: number, start: number, end: number): Buffer {
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(ZIP64_VERSION, 12)
  record.writeUInt16LE(ZIP64_VERSION, 14)
  record.writeBigUInt64LE(BigInt(count), 24)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(end - start), 40)
  record.writeBigUInt64LE(BigInt(start), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(end), 8)
  locator.writeUInt32LE(1, 16)
  const classic = Buffer.alloc(22)
  classic.writeUInt32LE(0x06054b50, 0)
  classic.writeUInt16LE(0xffff, 8)
  classic.writeUInt16LE(0xffff, 10)
  classic.writeUInt32LE(ZIP64, 12)
  classic.writeUInt32LE(ZIP64, 16)
  return Buffer.concat([record, locator, classic])
}
