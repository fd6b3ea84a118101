/**
 * Puts a backup's files back. All are checked before the first is written, and each is whole or as it was before.
 *
 * Run again after it was cut short, it does what was left. Files that the backup does not have stay.
 */
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { digestFile } from '../core/file-digest.ts'
import { type FolderLock, lockFolder } from '../jobs/folder-lock.ts'
import { type BackupFile, badBackup, checkFile, copyWhole, readManifest } from './backup-folder.ts'
import { JOBS, JOBS_DATABASE, KEYS_FILE, keptFolders, SETTINGS_FILE } from './kept-folders.ts'

export interface RestoreOptions {
  /** Where things are to lie. */
  readonly config: Config
  readonly folder: string
  /** Whether files that are there and differ are replaced. */
  readonly replace: boolean
}

export interface Restored {
  /** Of the product that made the backup. */
  readonly version: string
  readonly madeAt: string
  readonly written: readonly string[]
  /** Were there already, byte for byte. */
  readonly same: number
}

/**
 * Throws BAD_USAGE where the backup is damaged, or a file is there and differs. Throws STORAGE_FAILED where a server
 * uses the folder of jobs. Nothing was written then.
 */
export async function restoreBackup({ config, folder, replace }: RestoreOptions): Promise<Restored> {
  const { version, madeAt, files } = await readManifest(folder)
  const wanted = files.flatMap((file) => {
    const to = placeOf(config, file)
    return to === undefined ? [] : [{ file, to }]
  })
  const missing: typeof wanted = []
  const other: string[] = []
  for (const each of wanted) {
    await checkFile(folder, each.file)
    if (!existsSync(each.to)) missing.push(each)
    else if ((await digestFile(each.to)).sha256 !== each.file.sha256) {
      other.push(each.to)
      missing.push(each)
    }
  }
  if (other.length > 0 && !replace) {
    const more = other.length > 1 ? ` and ${other.length - 1} more` : ''
    throw badBackup(
      `expected no other file at ${other[0]}${more}, got one that differs from the backup; --replace puts the backup's there`,
    )
  }
  const isRecords = ({ file }: (typeof missing)[number]) => file.path === `${JOBS}/${JOBS_DATABASE}`
  const lock = missing.some(({ file }) => file.path.startsWith(`${JOBS}/`))
    ? await lockJobs(config.jobs.dir)
    : undefined
  try {
    // Records last: what they tell of is there before they are.
    for (const each of [...missing.filter((one) => !isRecords(one)), ...missing.filter(isRecords)]) {
      const { file, to } = each
      // What a database keeps beside itself belongs to the one that is replaced.
      if (isRecords(each)) for (const tail of ['-wal', '-shm']) await rm(to + tail, { force: true })
      const { sha256 } = await copyWhole(join(folder, file.path), to)
      if (sha256 !== file.sha256) throw badBackup(`${join(folder, file.path)} changed while it was read`)
    }
  } finally {
    await lock?.release()
  }
  return { version, madeAt, written: missing.map(({ to }) => to), same: wanted.length - missing.length }
}

async function lockJobs(dir: string): Promise<FolderLock> {
  await mkdir(dir, { recursive: true })
  return await lockFolder(dir)
}

/** Where a file of the backup belongs; undefined: settings, which were put in place before, and keys that no setting names. */
function placeOf(config: Config, { path }: BackupFile): string | undefined {
  if (path === SETTINGS_FILE) return undefined
  if (path === KEYS_FILE) return config.server.keysFile === '' ? undefined : config.server.keysFile
  const [name = '', ...rest] = path.split('/')
  const folders = keptFolders(config)
  if (!Object.hasOwn(folders, name) || rest.length === 0)
    throw badBackup(`expected a file in ${Object.keys(folders).join(', ')}, got ${path}`)
  return join(folders[name]!, ...rest)
}
