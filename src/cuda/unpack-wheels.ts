/**
 * Takes the needed libraries out of wheels, which are zip archives, into one folder.
 *
 * Each file is written beside its place and takes its name when it is whole. An interrupted run leaves no half of a
 * library. What is there with the right size stays.
 */
import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Entry, open, type ZipFile } from 'yauzl'
import { TtsError } from '../core/errors.ts'
import { ORT_LIBRARY } from './cuda-libraries.ts'
import type { Say } from './fetch-wheels.ts'
import type { Wheel } from './pinned-wheels.ts'

const MB = 1e6

/** Throws BAD_USAGE where a wheel has not what it should have, or is no archive. */
export async function unpackWheel(path: string, wheel: Wheel, folder: string, say: Say): Promise<void> {
  await mkdir(folder, { recursive: true })
  const zip = await openZip(path)
  const left = new Set(wheel.libraries)
  try {
    for await (const entry of entriesOf(zip)) {
      const name = basename(entry.fileName)
      if (!left.delete(name)) continue
      await writeWhole(join(folder, name), entry.uncompressedSize, async (partial) => {
        say(`unpacking ${name} (${(entry.uncompressedSize / MB).toFixed(1)} MB)`)
        await pipeline(await streamOf(zip, entry), createWriteStream(partial, { mode: 0o755 }))
      })
    }
  } catch (cause) {
    throw new TtsError('BAD_USAGE', path, `expected a whole wheel, got ${(cause as Error).message}`, {
      cause,
    })
  } finally {
    zip.close()
  }
  if (left.size > 0)
    throw new TtsError(
      'BAD_USAGE',
      path,
      `expected ${wheel.libraries.join(', ')}, got none of ${[...left].join(', ')}`,
    )
}

/** A copy of npm's own library, since ONNX Runtime looks for providers beside itself. */
export async function copyRuntime(library: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { size } = await stat(library)
  // No link: one file loaded under two names is one library, whose name is that of the first.
  await writeWhole(join(folder, ORT_LIBRARY), size, (partial) => copyFile(library, partial))
}

/** Writes a file beside `path` and gives it its name; nothing where one of that size is there. */
async function writeWhole(
  path: string,
  bytes: number,
  write: (partial: string) => Promise<void>,
): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there?.isFile() && there.size === bytes) return
  const partial = `${path}.partial-${process.pid}`
  try {
    await write(partial)
    await rename(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) {
        const detail = `expected a zip archive, got ${error.message}`
        reject(new TtsError('BAD_USAGE', path, detail, { cause: error }))
      } else resolve(zip)
    })
  })
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      zip.once('entry', resolve)
      zip.once('end', () => resolve(undefined))
      zip.once('error', reject)
      zip.readEntry()
    })
    zip.removeAllListeners()
    if (entry === undefined) return
    yield entry
  }
}

function streamOf(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
}
