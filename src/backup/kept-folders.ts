/** What an installation keeps and cannot make again. Bundles and measured capacity are made again where they are missing. */
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { LOCK_FILE } from '../jobs/folder-lock.ts'
import { JobFolders } from '../jobs/job-folders.ts'
import { isPlainPath } from './backup-folder.ts'

/** Settings that differ from the defaults, as YAML. */
export const SETTINGS_FILE = 'settings.yaml'
/** What `server.keysFile` holds. */
export const KEYS_FILE = 'keys.yaml'

/** Name in a backup of what `jobs.dir` holds. */
export const JOBS = 'jobs'
/** In `jobs.dir`, and in a backup. */
export const JOBS_DATABASE = basename(new JobFolders('').database)

/** Name in a backup → folder of this installation. */
export function keptFolders(config: Config): Readonly<Record<string, string>> {
  return { voices: config.voicesDir, [JOBS]: config.jobs.dir }
}

/** Damaged files that were set aside, a database's own files beside it, and the mark of a server at work. */
const LEFT_OUT = new Set(['quarantine', `${JOBS_DATABASE}-wal`, `${JOBS_DATABASE}-shm`, LOCK_FILE])
const PARTIAL = '.partial'

/** Paths of the files in a folder, relative to it and sorted; none where it does not exist. `onOther` hears of what is no file. */
export async function listFiles(folder: string, onOther: (path: string) => void): Promise<string[]> {
  const found: string[] = []
  const walk = async (at: string) => {
    const names = await readdir(join(folder, at)).catch((error: NodeJS.ErrnoException) => {
      // A folder that went meanwhile held files that were removed.
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of names.sort()) {
      const path = at === '' ? name : `${at}/${name}`
      const stat = await lstat(join(folder, path)).catch(() => undefined)
      if (stat === undefined || LEFT_OUT.has(name) || name.endsWith(PARTIAL)) continue
      if (stat.isDirectory()) await walk(path)
      else if (stat.isFile() && isPlainPath(path)) found.push(path)
      else onOther(path)
    }
  }
  await walk('')
  return found
}
