/** Bytes read by position: a checkpoint file on disk, or an array in a test. */
import { type FileHandle, open } from 'node:fs/promises'
import { refusal } from './refusal.ts'

export interface ByteSource {
  /** How messages call the file. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Exactly `length` bytes from `offset`, in memory of their own (byteOffset 0). */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** One `read` call moves at most 2 GiB; stay well below. */
const READ_PIECE = 1 << 28

/** A file opened for positional reads; nothing is read until it is asked for. */
export class FileBytes implements ByteSource {
  readonly name: string
  readonly size: number
  readonly #handle: FileHandle

  private constructor(name: string, size: number, handle: FileHandle) {
    this.name = name
    this.size = size
    this.#handle = handle
  }

  /** Refuses what is missing or no regular file. `name` is how messages call it. */
  static async open(path: string, name: string): Promise<FileBytes> {
    const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
      const got = cause.code === 'ENOENT' ? 'no such file' : `${cause.code ?? cause.message}`
      throw refusal(name, '', 'a readable file', got, cause)
    })
    const stats = await handle.stat()
    if (!stats.isFile()) {
      await handle.close()
      throw refusal(name, '', 'a file', stats.isDirectory() ? 'a folder' : 'no regular file')
    }
    return new FileBytes(name, stats.size, handle)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length)
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const piece = Math.min(length - done, READ_PIECE)
      const { bytesRead } = await this.#handle.read(bytes, done, piece, offset + done)
      if (bytesRead === 0) {
        throw refusal(this.name, `offset ${offset}`, `${length} bytes`, `end of file after ${done}`)
      }
      done += bytesRead
    }
    return bytes
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** Throws unless `[offset, offset + length)` lies inside the source. */
export function checkRange(source: ByteSource, offset: number, length: number): void {
  const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!fits || offset + length > source.size) {
    throw refusal(source.name, `offset ${offset}`, `${length} bytes`, `a file of ${source.size} bytes`)
  }
}
