/**
 * Files that are whole or absent: written beside their place, flushed to the disk, renamed, and the folder flushed too.
 *
 * Order matters: a rename that reaches the disk before the bytes would leave an empty file after a power cut.
 */
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeError, TtsError } from './errors.ts'

const PARTIAL = '.partial'

/** The calls that a write makes; tests put failing ones here. */
export type FileCalls = Pick<typeof import('node:fs/promises'), 'open' | 'rename' | 'rm'>

const REAL: FileCalls = { open, rename, rm }

/**
 * Throws STORAGE_FAILED where the disk is full, read-only or failing. Nothing of the file is left then, unless only the
 * last step failed: the flush of the folder.
 */
export async function writeDurably(path: string, bytes: Uint8Array, calls: FileCalls = REAL): Promise<void> {
  const partial = `${path}.${process.pid}.${nextNumber++}${PARTIAL}`
  try {
    const file = await calls.open(partial, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await calls.rename(partial, path)
    await flushFolder(dirname(path), calls)
  } catch (cause) {
    await calls.rm(partial, { force: true }).catch(() => {})
    throw storageFailed('stored', cause)
  }
}

/** Throws STORAGE_FAILED where the file cannot be removed; an absent one is removed already. */
export async function removeDurably(path: string, calls: FileCalls = REAL): Promise<void> {
  try {
    await calls.rm(path, { force: true })
    await flushFolder(dirname(path), calls)
  } catch (cause) {
    throw storageFailed('removed', cause)
  }
}

/** Removes what writes that never ended have left in a folder. */
export async function removePartials(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.endsWith(PARTIAL)) await rm(join(folder, name), { force: true, recursive: true }).catch(() => {})
}

/** A pipe without a writer would otherwise be waited for. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** All of a file. Throws BAD_BUNDLE for what is no file or has more than `maxBytes`; errors of the file system pass as they are. */
export async function readBounded(
  path: string,
  maxBytes: number,
  openFile: FileCalls['open'] = open,
): Promise<Buffer> {
  const bad = (expected: string, got: string) =>
    new TtsError('BAD_BUNDLE', `file ${path}`, `expected ${expected}, got ${got}`)
  const file = await openFile(path, READ_AT_ONCE)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw bad('a file', 'a folder, a pipe or a device')
    if (stat.size > maxBytes) throw bad(`at most ${maxBytes} bytes`, String(stat.size))
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** Codes in which the system speaks of itself or of the server's rights, not of the file. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EIO',
  'EAGAIN',
  'ESTALE',
  'ETIMEDOUT',
])

/** Whether the same file may well be read later. */
export function isTransient(error: unknown): error is Error {
  return TRANSIENT.has((error as NodeJS.ErrnoException).code ?? '')
}

/** Moves what should not be where it is into a folder beside it; says in words what became of it. */
export async function setAside(path: string): Promise<string> {
  const aside = join(dirname(path), 'quarantine', `${basename(path)}.${Date.now()}`)
  return mkdir(dirname(aside), { recursive: true })
    .then(() => rename(path, aside))
    .then(
      () => `moved to ${aside}`,
      (failure: unknown) => `left where it is: ${describeError(failure)}`,
    )
}

/** So that two writes to the same place in one process never share a partial file. */
let nextNumber = 0

async function flushFolder(folder: string, calls: FileCalls): Promise<void> {
  // Windows opens no folders, and keeps renames in its journal.
  if (process.platform === 'win32') return
  const handle = await calls.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the system allows',
  EROFS: 'the disk is read-only',
  EACCES: 'the server may not write to its folder',
  EPERM: 'the server may not write to its folder',
  ENOENT: 'the folder is gone',
}

function storageFailed(done: string, cause: unknown): TtsError {
  const reason = WORDS[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'the disk failed'
  return new TtsError('STORAGE_FAILED', 'Insufficient storage', `it was not ${done}: ${reason}`, {
    cause,
  })
}
