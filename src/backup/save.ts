/**
 * Makes a backup, also of a server that runs: its files are replaced whole, so each is copied as it was at one moment.
 *
 * The folder is made beside its place and renamed once it is whole.
 */
import { existsSync } from 'node:fs'
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { stringify } from 'yaml'
import type { Config } from '../config/schema.ts'
import { differingSettings } from '../config/settings.ts'
import { writeDurably } from '../core/durable-file.ts'
import { digestFile } from '../core/file-digest.ts'
import { productVersion } from '../core/product-version.ts'
import { copyDatabase } from '../jobs/copy-database.ts'
import { type BackupFile, badBackup, copyWhole, MANIFEST, newManifest } from './backup-folder.ts'
import { JOBS, JOBS_DATABASE, KEYS_FILE, keptFolders, listFiles, SETTINGS_FILE } from './kept-folders.ts'

export interface SaveOptions {
  readonly config: Config
  /** Where the backup is to be; must not exist. */
  readonly folder: string
  /** Told of what was left out. */
  readonly note: (line: string) => void
}

/** Resolves to what was saved. Throws BAD_USAGE where the folder exists or lies inside of what is to be saved. */
export async function saveBackup({ config, folder, note }: SaveOptions): Promise<readonly BackupFile[]> {
  const place = resolve(folder)
  if (existsSync(place)) throw badBackup(`expected a folder that does not exist yet, got ${place}`)
  await refuseInside(place, Object.values(keptFolders(config)))
  const partial = `${place}.partial`
  await rm(partial, { recursive: true, force: true })
  // Voices, addresses with passwords and hashes of keys are for their owner alone.
  await mkdir(partial, { recursive: true, mode: 0o700 })
  const files: BackupFile[] = []
  for (const [name, from] of Object.entries(keptFolders(config))) {
    const found = await listFiles(from, (path) =>
      note(`${join(from, path)} is left out: it is no plain file`),
    )
    const isDatabase = (path: string) => name === JOBS && path === JOBS_DATABASE
    // Records first: what they tell of is then in the folder, or was removed and is made again.
    const ordered = [...found.filter(isDatabase), ...found.filter((path) => !isDatabase(path))]
    for (const path of ordered) {
      const copy = isDatabase(path) ? copyRecords : copyWhole
      const copied = await copy(join(from, path), join(partial, name, path)).catch(ifGone)
      if (copied !== undefined) files.push({ path: `${name}/${path}`, ...copied })
    }
  }
  files.push(await saveSettings(config, join(partial, SETTINGS_FILE)))
  if (config.server.keysFile !== '') {
    files.push({ path: KEYS_FILE, ...(await copyWhole(config.server.keysFile, join(partial, KEYS_FILE))) })
  }
  const manifest = newManifest(productVersion(), new Date().toISOString(), files)
  await writeDurably(join(partial, MANIFEST), Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`))
  await rename(partial, place)
  return files
}

async function copyRecords(from: string, to: string): Promise<Omit<BackupFile, 'path'>> {
  await mkdir(dirname(to), { recursive: true })
  await copyDatabase(from, to)
  const { size: bytes, sha256 } = await digestFile(to)
  return { bytes, sha256 }
}

async function saveSettings(config: Config, to: string): Promise<BackupFile> {
  const text = Buffer.from(stringify(differingSettings(config)))
  await writeFile(to, text, { mode: 0o600, flush: true })
  return { path: SETTINGS_FILE, bytes: text.length, sha256: (await digestFile(to)).sha256 }
}

/** A voice that was removed since it was listed. */
function ifGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** A backup that holds itself would grow with each. */
async function refuseInside(place: string, folders: readonly string[]): Promise<void> {
  let parent = dirname(place)
  while (!existsSync(parent)) parent = dirname(parent)
  const real = await realpath(parent)
  for (const folder of folders) {
    const inner = await realpath(folder).catch(() => resolve(folder))
    if (real === inner || real.startsWith(inner + sep))
      throw badBackup(`expected a folder outside of what is saved, got ${place} in ${folder}`)
  }
}
