/**
 * Files that are whole or absent: written beside their place, flushed to the disk, renamed, and the folder flushed too.
 *
 * Order matters: a rename that reaches the disk before the bytes would leave an empty file after a power cut.
 */
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TtsError } from './errors.ts'

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
  return new TtsError('STORAGE_FAILED', 'Insufficient storage', `the voice was not ${done}: ${reason}`, {
    cause,
  })
}
