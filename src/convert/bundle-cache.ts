/**
 * Model folder → bundle folder: a bundle is taken as it is, a checkpoint is converted once into a cache folder.
 *
 * A kept bundle is found by the content of the checkpoint's files, the converter's own code and the weight format.
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUNDLE_FORMAT, MANIFEST_NAME, readBundle } from '../core/bundle.ts'
import { describeError, TtsError } from '../core/errors.ts'
import type { WeightType } from '../core/weight-set.ts'
import { marksCheckpoint } from '../families/families.ts'
import { checkBundle } from './checked-bundle.ts'
import { type ConvertProgress, convert } from './convert.ts'

/** The repository's root, seen from `dist/src`. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The checkpoint that the repository brings. */
export const EMBEDDED_VOICE = join(ROOT, 'demo', 'voice')
/** Name under which the embedded voice is served: the one that the API document's samples ask for. */
export const EMBEDDED_NAME = 'CosyVoice2'

/** The converter itself, as it runs: a bundle that another one made is not taken for this one's. */
const CONVERTER = ['./', '../families/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

/** Only these files of a checkpoint folder can change a bundle. */
const CHECKPOINT_FILES = /\.(pt|safetensors|yaml|json|txt|onnx)$/
/** Without settings a folder with these is still told what it lacks. */
const WEIGHTS_MARK = /^llm\.(pt|safetensors)$/

export interface ModelCacheOptions {
  readonly cacheDir: string
  readonly dtype: WeightType
  readonly onProgress?: (progress: ConvertProgress) => void
  /** A line for people: a conversion begins, a damaged bundle is made again. */
  readonly note?: (line: string) => void
  readonly signal?: AbortSignal
  /** Take a bundle's files as they are, without comparing them with the manifest's hashes. */
  readonly trust?: boolean
}

/** Throws BAD_BUNDLE where `folder` is neither a bundle nor a checkpoint; BAD_CHECKPOINT, CANCELLED from converting. */
export async function bundleOf(folder: string, options: ModelCacheOptions): Promise<string> {
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) throw notAModel(folder, 'no such folder')
  if (names.includes(MANIFEST_NAME)) {
    if (options.trust !== true) await checkBundle(folder, options.cacheDir)
    return folder
  }
  if (!names.some((name) => marksCheckpoint(name) || WEIGHTS_MARK.test(name)))
    throw notAModel(folder, `${names.length} other files`)
  const target = join(resolve(options.cacheDir), await keyOf(folder, options.dtype))
  if (await isWhole(target, options)) {
    // When it was last used, for commands that clear the cache; one that cannot be written is used all the same.
    await utimes(target, new Date(), new Date()).catch(() => {})
    return target
  }
  options.note?.(`converting ${folder} (once; the bundle is kept in ${target})`)
  await mkdir(resolve(options.cacheDir), { recursive: true })
  await convert(folder, target, {
    dtype: options.dtype,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return target
}

/** Whether a whole bundle is there; a damaged one is removed. */
async function isWhole(target: string, { note, cacheDir, trust }: ModelCacheOptions): Promise<boolean> {
  if ((await stat(target).catch(() => undefined)) === undefined) return false
  try {
    if (trust === true) await readBundle(target)
    else await checkBundle(target, cacheDir)
    return true
  } catch (error) {
    note?.(`the kept bundle is damaged and is made again: ${describeError(error)}`)
    await rm(target, { recursive: true, force: true })
    return false
  }
}

/** Two runs of the same converter on the same files give the same bundle, so both are the key. */
async function keyOf(folder: string, dtype: WeightType): Promise<string> {
  const hash = createHash('sha256').update(`${BUNDLE_FORMAT}\0${dtype}\0`)
  for (const code of CONVERTER) await hashTree(hash, code, /\.js$/)
  await hashTree(hash, folder, CHECKPOINT_FILES)
  return hash.digest('hex').slice(0, 32)
}

async function hashTree(hash: Hash, folder: string, wanted: RegExp): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) {
    hash.update(`${relative(folder, path)}\0`)
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece)
  }
}

function notAModel(folder: string, got: string): TtsError {
  return new TtsError('BAD_BUNDLE', folder, `expected a bundle or a checkpoint folder, got ${got}`)
}
