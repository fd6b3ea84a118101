/** What a file's bytes are known by. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

const READ_PIECE = 1 << 20

/** Bytes and SHA-256 (hex) of one file, read in pieces. */
export async function digestFile(path: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of createReadStream(path, { highWaterMark: READ_PIECE })) {
    hash.update(piece)
    size += piece.length
  }
  return { size, sha256: hash.digest('hex') }
}
