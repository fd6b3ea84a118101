/** A file → a book, by the reader that its name asks for. */
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { TtsError } from '../core/errors.ts'
import type { Book } from './book.ts'

const MAX_TEXT_BYTES = 64 * 1024 * 1024

/** Throws BAD_USAGE for a file that cannot be read, is of another kind, or is no book. */
export async function readBook(path: string): Promise<Book> {
  const kind = extname(path).toLowerCase()
  const name = basename(path, extname(path))
  if (kind === '.epub') return (await import('./epub-book.ts')).readEpub(path, name)
  if (kind === '.md' || kind === '.markdown') {
    return (await import('./markdown-book.ts')).markdownBook(await readText(path), name)
  }
  if (kind === '.txt' || kind === '.text')
    return (await import('./plain-book.ts')).plainBook(await readText(path), name)
  const got = kind === '' ? 'none' : kind
  throw new TtsError('BAD_USAGE', path, `expected a name that ends in .epub, .md or .txt, got ${got}`)
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new TtsError('BAD_USAGE', path, `expected a book, got ${cause.code}`)
  })
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new TtsError('BAD_USAGE', path, `expected at most ${MAX_TEXT_BYTES} bytes, got ${bytes.length}`)
  }
  return decodeText(bytes, path)
}

/** UTF-8, or UTF-16 with a mark at its beginning. Throws BAD_USAGE. */
export function decodeText(bytes: Uint8Array, path: string): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new TtsError('BAD_USAGE', path, 'expected text in UTF-8, got another encoding')
  }
}
