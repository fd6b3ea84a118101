/**
 * Which server speaks the jobs of a folder: two servers on one would speak every job twice.
 *
 * A file names host and process and is touched again and again. It counts no more once that process is gone, or, of another
 * host, untouched for a while: a container that was killed leaves one behind.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { TtsError } from '../core/errors.ts'

/** In the folder, while a server uses it. */
export const LOCK_FILE = 'server.lock'
const TOUCH_MS = 10_000
const STALE_MS = 45_000
/** Of this process. */
const held = new Set<string>()

export interface FolderLock {
  release(): Promise<void>
}

/** Throws STORAGE_FAILED where another server holds it, or the folder cannot be written. */
export async function lockFolder(folder: string, staleMs = STALE_MS): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE)
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, id: randomBytes(8).toString('hex') })
  if (held.has(path) || !(await isFree(path, staleMs))) throw inUse(folder)
  held.add(path)
  try {
    await writeFile(path, mine)
  } catch (cause) {
    held.delete(path)
    throw new TtsError('STORAGE_FAILED', 'Insufficient storage', `jobs.dir cannot be written: ${folder}`, {
      cause,
    })
  }
  const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), TOUCH_MS).unref()
  return {
    release: async () => {
      clearInterval(timer)
      held.delete(path)
      if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true })
    },
  }
}

async function isFree(path: string, staleMs: number): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return true
  const owner = ownerOf(text)
  // Of a process with this number that ran before: in a container the number is always the same.
  if (owner?.host === hostname()) return owner.pid === process.pid || !isAlive(owner.pid)
  const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs
  return age > staleMs
}

function ownerOf(text: string): { readonly host: string; readonly pid: number } | undefined {
  try {
    const { host, pid } = JSON.parse(text) as Record<string, unknown>
    return typeof host === 'string' && typeof pid === 'number' ? { host, pid } : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function inUse(folder: string): TtsError {
  const detail = `expected a folder of its own for the jobs of this server (jobs.dir), got ${folder}, which another server uses`
  return new TtsError('STORAGE_FAILED', 'Insufficient storage', detail)
}
