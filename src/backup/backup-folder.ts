/**
 * A backup: a folder of plain files and a list of them with sizes and hashes, `manifest.json`, written last.
 *
 * Files stand under the part of the installation they belong to: `voices/MODEL/…` or `settings.yaml`. A folder without
 * its list is no backup: one that was cut short is not taken for a whole one.
 */
import { createHash } from 'node:crypto'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readBounded } from '../core/durable-file.ts'
import { TtsError } from '../core/errors.ts'
import { digestFile } from '../core/file-digest.ts'

export const MANIFEST = 'manifest.json'
const FORMAT = 1
const MAX_MANIFEST_BYTES = 256 << 20

/** Names of files, one a segment: none that leaves its folder, hides, or means something to a file system. */
const SEGMENT = /^(?!\.)[^/\\:\p{Cc}]{1,255}$/u

const entrySchema = z.strictObject({
  path: z.string().refine(isPlainPath, 'expected a relative path of plain names'),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
const manifestSchema = z.object({
  format: z.literal(FORMAT),
  /** Of the product that made it. */
  version: z.string(),
  /** ISO 8601. */
  madeAt: z.string(),
  files: z.array(entrySchema),
})

export type BackupFile = z.output<typeof entrySchema>
export type BackupManifest = z.output<typeof manifestSchema>

export function newManifest(version: string, madeAt: string, files: readonly BackupFile[]): BackupManifest {
  return { format: FORMAT, version, madeAt, files: [...files] }
}

export function isPlainPath(path: string): boolean {
  return path.split('/').every((segment) => SEGMENT.test(segment))
}

/** Throws BAD_USAGE for a folder that is none, or of a later format; nothing of its files is read. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const path = join(folder, MANIFEST)
  let json: unknown
  try {
    json = JSON.parse((await readBounded(path, MAX_MANIFEST_BYTES)).toString('utf8'))
  } catch (cause) {
    throw badBackup(`expected a backup's ${MANIFEST} in ${folder}, got ${reasonOf(cause)}`)
  }
  const { format } = (json ?? {}) as { format?: unknown }
  if (format !== FORMAT) {
    throw badBackup(`${path}: expected format ${FORMAT}, got ${JSON.stringify(format) ?? 'none'}`)
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success) throw badBackup(`${path}: ${z.prettifyError(parsed.error).split('\n').join(' ')}`)
  return parsed.data
}

/** Throws BAD_USAGE where a file is not the bytes that were backed up. */
export async function checkFile(folder: string, { path, bytes, sha256 }: BackupFile): Promise<void> {
  const at = join(folder, path)
  const stat = await lstat(at).catch(() => undefined)
  if (stat === undefined) throw badBackup(`expected the file ${at}, got none`)
  if (!stat.isFile()) throw badBackup(`${at}: expected a file, got something else`)
  if (stat.size !== bytes) throw badBackup(`${at}: expected ${bytes} bytes, got ${stat.size}`)
  if ((await digestFile(at)).sha256 !== sha256)
    throw badBackup(`${at}: expected the bytes that were backed up, got others`)
}

/** Copies a file as it was when it was opened; it is whole at `to`, or absent. Resolves to what was written. */
export async function copyWhole(from: string, to: string): Promise<Omit<BackupFile, 'path'>> {
  const partial = `${to}.${process.pid}.partial`
  const hash = createHash('sha256')
  let bytes = 0
  const source = await open(from, 'r')
  try {
    await mkdir(dirname(to), { recursive: true })
    const target = await open(partial, 'wx', 0o600)
    try {
      for await (const chunk of source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        bytes += chunk.length
        await target.writeFile(chunk)
      }
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw error
  } finally {
    await source.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

export function badBackup(detail: string): TtsError {
  return new TtsError('BAD_USAGE', 'Backup not usable', detail)
}

function reasonOf(cause: unknown): string {
  if (cause instanceof SyntaxError) return 'a file that is not JSON'
  const { code } = cause as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'none' : String((cause as Error).message)
}
