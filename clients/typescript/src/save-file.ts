/** A file in Node that is written piece by piece, also by one process after another. */
import { LightTTSError } from './errors.ts'

export interface Source {
  /** Its bytes from a place on; none where all are here. */
  from(at: number): AsyncIterable<Uint8Array>
  /** Known once bytes came. Hex. */
  sha256(): string | undefined
}

/** The file has its name once it is whole; until then its bytes lie under `.part`. */
export async function saveFile(path: string, source: Source): Promise<void> {
  // Names that bundlers for browsers do not follow.
  const [fsName, cryptoName] = ['node:fs/promises', 'node:crypto']
  const fs = (await import(fsName)) as typeof import('node:fs/promises')
  const { createHash } = (await import(cryptoName)) as typeof import('node:crypto')
  const part = `${path}.part`
  const file = await fs.open(part, 'a+')
  const hash = createHash('sha256')
  try {
    const { size } = await file.stat()
    for await (const piece of file.createReadStream({ start: 0, autoClose: false })) hash.update(piece)
    for await (const piece of source.from(size)) {
      hash.update(piece)
      await file.appendFile(piece)
    }
  } finally {
    await file.close()
  }
  const got = hash.digest('hex')
  const expected = source.sha256()
  if (expected !== undefined && got !== expected) {
    await fs.rm(part)
    const detail = `expected SHA-256 ${expected}, got ${got}; what was loaded is removed, so another call begins anew`
    throw new LightTTSError('The audio is damaged', { kind: 'incomplete', detail })
  }
  await fs.rename(part, path)
}
