/**
 * Whether a bundle's files are what its manifest says: hashed once per content, known by their stamps from then on.
 *
 * A stamp is size, times, inode and device of each file. The change time is part of it: no program can set that back.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MANIFEST_NAME, readBundle } from '../core/bundle.ts'

/** Throws BAD_BUNDLE where a file is missing or other than the manifest says. Stamps are kept in `cacheDir`. */
export async function checkBundle(folder: string, cacheDir: string): Promise<void> {
  const { manifest } = await readBundle(folder)
  const names = [MANIFEST_NAME, ...manifest.files.map(({ name }) => name)]
  // Taken before the files are read: what changes meanwhile has another stamp at the next start.
  const stamp = JSON.stringify(await Promise.all(names.map((name) => stampOf(folder, name))))
  const kept = join(cacheDir, 'checked', `${await nameOf(folder)}.json`)
  if ((await readFile(kept, 'utf8').catch(() => '')) === stamp) return
  await readBundle(folder, { check: 'hashes' })
  await keep(kept, stamp)
}

async function stampOf(folder: string, name: string): Promise<readonly string[]> {
  const { size, mtimeNs, ctimeNs, ino, dev } = await stat(join(folder, name), { bigint: true })
  return [name, ...[size, mtimeNs, ctimeNs, ino, dev].map(String)]
}

async function nameOf(folder: string): Promise<string> {
  return createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32)
}

/** A cache that cannot be written costs the next start its time, and this one nothing. */
async function keep(path: string, stamp: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  await mkdir(join(path, '..'), { recursive: true })
    .then(() => writeFile(partial, stamp))
    .then(() => rename(partial, path))
    .catch(() => {})
}
