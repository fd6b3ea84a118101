/**
 * The libraries that the CUDA provider needs, where each of them lies, and what is missing.
 *
 * ONNX Runtime looks for its providers beside itself: a copy of npm's library lies with them in a folder of our own.
 * NVIDIA's own libraries may lie there too, or anywhere under the folder of an existing installation: they are loaded
 * by path, so no search path has to be set.
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { CudaFolders } from '../core/cuda-folders.ts'
import { type PinnedWheels, pinnedWheels } from './pinned-wheels.ts'

/** How to get what is missing, for messages. */
export const GET_CUDA = '`npm run -s cuda` (`light-tts cuda` where it is installed as a command)'

export const ORT_LIBRARY = 'libonnxruntime.so.1'
const PROVIDER = /^libonnxruntime_/
/** Folders below an installation's in which its libraries may lie, such as those of a Python's site-packages. */
const MOST_DEPTH = 4
const MOST_FOLDERS = 5000

export interface CudaLibraries extends CudaFolders {
  /** ONNX Runtime beside its providers. */
  readonly runtime: string
  /** NVIDIA's, in the order in which they are loaded. */
  readonly preload: readonly string[]
  /** Names of what lies nowhere; with none the provider can be loaded. */
  readonly missing: readonly string[]
}

/** An `installed` folder that `cuda` made itself, as in an image, is taken for ours; '' is none. */
export function cudaFolders(cacheDir: string, installed: string, pinned = pinnedWheels()): CudaFolders {
  if (installed !== '' && existsSync(join(installed, ORT_LIBRARY))) return { own: resolve(installed) }
  const own = join(resolve(cacheDir), pinned.folder)
  return installed === '' ? { own } : { own, installed: resolve(installed) }
}

/** Looks at folders, loads nothing. */
export function findCudaLibraries(
  folders: CudaFolders,
  pinned: PinnedWheels = pinnedWheels(),
): CudaLibraries {
  const names = pinned.wheels.flatMap(({ libraries }) => libraries)
  const elsewhere = folders.installed === undefined ? new Map() : filesBelow(folders.installed, names)
  const placeOf = (name: string): string | undefined => {
    const own = join(folders.own, name)
    // Providers are found beside ONNX Runtime or not at all.
    const other = PROVIDER.test(name) ? undefined : elsewhere.get(name)
    return other ?? (existsSync(own) ? own : undefined)
  }
  const found = [...names, ORT_LIBRARY].map((name) => ({ name, path: placeOf(name) }))
  return {
    ...folders,
    runtime: join(folders.own, ORT_LIBRARY),
    preload: found.flatMap(({ name, path }) =>
      path === undefined || PROVIDER.test(name) || name === ORT_LIBRARY ? [] : [path],
    ),
    missing: found.filter(({ path }) => path === undefined).map(({ name }) => name),
  }
}

/** Paths of the named files under a folder; of two with one name that which is less deep. */
export function filesBelow(folder: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  let level = [folder]
  for (let depth = 0, seen = 0; depth <= MOST_DEPTH && level.length > 0; depth++) {
    const next: string[] = []
    for (const at of level) {
      if (++seen > MOST_FOLDERS) return found
      for (const entry of entriesOf(at)) {
        const path = join(at, entry.name)
        if (entry.isDirectory()) next.push(path)
        else if (names.includes(entry.name) && !found.has(basename(path))) found.set(entry.name, path)
      }
    }
    level = next
  }
  return found
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
