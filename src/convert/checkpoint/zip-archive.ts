/**
 * The records of a zip archive as byte ranges of its file; nothing is ever unpacked.
 *
 * Compressed or encrypted records are refused: torch stores its tensors plain so that they can be read by position.
 * What is never inflated cannot be a bomb.
 */
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl'
import { type ByteSource, checkRange } from './byte-source.ts'
import { refusal, shown } from './refusal.ts'

/** Far above any checkpoint (one record a tensor), far below what would hurt. */
const MOST_RECORDS = 200_000
const STORED = 0

export interface ZipRecord {
  readonly name: string
  /** Bytes. */
  readonly size: number
}

export class ZipArchive {
  readonly bytes: ByteSource
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(bytes: ByteSource, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.bytes = bytes
    this.#zip = zip
    this.#entries = entries
  }

  /** Reads the directory only. */
  static async open(bytes: ByteSource): Promise<ZipArchive> {
    const zip = await openZip(bytes)
    return new ZipArchive(bytes, zip, await readDirectory(bytes, zip))
  }

  names(): string[] {
    return [...this.#entries.keys()]
  }

  record(name: string): ZipRecord | undefined {
    const entry = this.#entries.get(name)
    return entry === undefined ? undefined : { name, size: entry.uncompressedSize }
  }

  /**
   * Bytes of a record that must exist, from `offset` within it. The record's local header is read each time (30 bytes
   * and the name): it alone says where the data starts.
   */
  async read(name: string, offset: number, length: number): Promise<Uint8Array> {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw refusal(this.bytes.name, `record '${shown(name)}'`, 'it to exist', 'none')
    if (offset < 0 || length < 0 || offset + length > entry.uncompressedSize) {
      const got = `a record of ${entry.uncompressedSize} bytes`
      throw refusal(this.bytes.name, `record '${shown(name)}'`, `${length} bytes at ${offset}`, got)
    }
    return this.bytes.read((await this.#dataStart(entry)) + offset, length)
  }

  async #dataStart(entry: Entry): Promise<number> {
    const header = await new Promise<{ fileDataStart: number; fileName: Buffer }>((resolve, reject) => {
      this.#zip.readLocalFileHeader(entry, { minimal: false }, (error, local) => {
        if (error) reject(notZip(this.bytes, error))
        else resolve(local)
      })
    })
    // A directory that names one record and points at another is an attempt to show two readers two files.
    if (!header.fileName.equals(entry.fileNameRaw)) {
      const got = `'${shown(header.fileName.toString('utf8'))}'`
      throw refusal(this.bytes.name, `record '${shown(entry.fileName)}'`, 'the same name in its header', got)
    }
    return header.fileDataStart
  }
}

/** yauzl's view of a `ByteSource`. */
class Reader extends RandomAccessReader {
  readonly #bytes: ByteSource

  constructor(bytes: ByteSource) {
    super()
    this.#bytes = bytes
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#bytes.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset)
        callback(null, length)
      },
      (error: Error) => callback(error),
    )
  }
}

function openZip(bytes: ByteSource): Promise<ZipFile> {
  const options = { autoClose: false, lazyEntries: true, decodeStrings: true, validateEntrySizes: true }
  return new Promise((resolve, reject) => {
    fromRandomAccessReader(new Reader(bytes), bytes.size, options, (error, zip) => {
      if (error) reject(notZip(bytes, error))
      else resolve(zip)
    })
  })
}

function readDirectory(bytes: ByteSource, zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>()
    zip.on('error', (error: Error) => reject(notZip(bytes, error)))
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: Entry) => {
      try {
        checkEntry(bytes, entry, entries)
      } catch (error) {
        reject(error)
        return
      }
      entries.set(entry.fileName, entry)
      zip.readEntry()
    })
    if (zip.entryCount > MOST_RECORDS) {
      reject(refusal(bytes.name, 'zip directory', `at most ${MOST_RECORDS} records`, `${zip.entryCount}`))
      return
    }
    zip.readEntry()
  })
}

function checkEntry(bytes: ByteSource, entry: Entry, known: ReadonlyMap<string, Entry>): void {
  const place = `record '${shown(entry.fileName)}'`
  if (known.has(entry.fileName)) throw refusal(bytes.name, place, 'each name once', 'a second record')
  if (entry.isEncrypted()) throw refusal(bytes.name, place, 'plain bytes', 'an encrypted record')
  if (entry.compressionMethod !== STORED) {
    throw refusal(bytes.name, place, 'a stored record', `compression method ${entry.compressionMethod}`)
  }
  checkRange(bytes, entry.relativeOffsetOfLocalHeader, entry.uncompressedSize)
}

function notZip(bytes: ByteSource, cause: Error): Error {
  if ('code' in cause && cause.code === 'BAD_CHECKPOINT') return cause
  return refusal(bytes.name, '', 'a whole zip archive as torch.save writes it', shown(cause.message), cause)
}
