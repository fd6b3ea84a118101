/**
 * The files in an EPUB, which is a zip, under limits. Nothing is unpacked to the disk, and no name leads out of the
 * archive. What unpacks to more than it may is refused before it is held.
 */
import { type Entry, open as openZip, type ZipFile } from 'yauzl'
import { describeError, TtsError } from '../core/errors.ts'

const MAX_ENTRIES = 20_000
/** Bytes of one text file, and of all that are read. */
const MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_ALL_BYTES = 128 * 1024 * 1024

export class EpubArchive {
  readonly #path: string
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>
  #read = 0

  /** Throws BAD_USAGE for what is no zip, or a hostile one. */
  static async open(path: string): Promise<EpubArchive> {
    const zip = await new Promise<ZipFile>((resolve, reject) => {
      openZip(
        path,
        { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true },
        (error, opened) => {
          if (error === null) return resolve(opened)
          const { code } = error as NodeJS.ErrnoException
          reject(
            refused(
              path,
              code === undefined
                ? `a zip that can be read, got: ${describeError(error)}`
                : `a book, got ${code}`,
            ),
          )
        },
      )
    })
    try {
      return new EpubArchive(path, zip, await entriesOf(path, zip))
    } catch (error) {
      zip.close()
      throw error
    }
  }

  private constructor(path: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#path = path
    this.#zip = zip
    this.#entries = entries
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Undefined where there is none. Throws BAD_USAGE for one that is too large or damaged. */
  async text(name: string): Promise<string | undefined> {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#read += entry.uncompressedSize
    if (entry.uncompressedSize > MAX_FILE_BYTES || this.#read > MAX_ALL_BYTES) {
      throw refused(
        this.#path,
        `at most ${MAX_FILE_BYTES} bytes in a file and ${MAX_ALL_BYTES} in all, got more in ${name}`,
      )
    }
    const pieces: Buffer[] = []
    try {
      // The library ends a file that unpacks to more than it declares.
      for await (const piece of await this.#stream(entry)) pieces.push(piece as Buffer)
    } catch (error) {
      throw refused(
        this.#path,
        `a file that unpacks to what it declares, got ${name}: ${describeError(error)}`,
      )
    }
    const bytes = Buffer.concat(pieces)
    const encoding =
      bytes[0] === 0xff && bytes[1] === 0xfe
        ? 'utf-16le'
        : bytes[0] === 0xfe && bytes[1] === 0xff
          ? 'utf-16be'
          : 'utf-8'
    const text = new TextDecoder(encoding).decode(bytes)
    if (/<!ENTITY\s/i.test(text))
      throw refused(this.#path, `files without entities of their own, got some in ${name}`)
    return text
  }

  close(): void {
    this.#zip.close()
  }

  #stream(entry: Entry): Promise<NodeJS.ReadableStream> {
    return new Promise((resolve, reject) => {
      this.#zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)))
    })
  }
}

/** By name. */
function entriesOf(path: string, zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      if (entries.size >= MAX_ENTRIES) reject(refused(path, `at most ${MAX_ENTRIES} files, got more`))
      else if (entries.has(entry.fileName))
        reject(refused(path, `each file once, got ${entry.fileName} again`))
      else {
        entries.set(entry.fileName, entry)
        zip.readEntry()
      }
    })
    zip.on('end', () => resolve(entries))
    zip.on('error', (error: Error) =>
      reject(refused(path, `a zip that can be read, got: ${describeError(error)}`)),
    )
    zip.readEntry()
  })
}

export function refused(path: string, expected: string): TtsError {
  return new TtsError('BAD_USAGE', path, `expected ${expected}`)
}
