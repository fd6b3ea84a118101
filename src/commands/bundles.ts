/**
 * `npm run -s bundles`: lists the converted bundles that are kept, oldest use first.
 *
 * `--prune DAYS` removes those unopened for so long. Serving its checkpoint makes a removed bundle again.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../config/load-config.ts'
import { MANIFEST_NAME, readBundle } from '../core/bundle.ts'
import { commandCall } from '../core/command-call.ts'

interface Kept {
  readonly id: string
  readonly bytes: number
  readonly usedMs: number
  readonly what: string
}

/** What the converter names its folders. */
const ID = /^[0-9a-f]{32}$/
const DAY_MS = 86_400_000

const command = new Command(commandCall('bundles'))
  .description('lists the bundles in cacheDir, and removes old ones')
  .option('--prune <days>', 'remove what was not opened for so many days; 0: all', readDays)
  .option('--dir <folder>', 'the cache folder (setting cacheDir)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse(process.argv)
const { prune, dir } = command.opts<{ prune?: number; dir?: string }>()
const folder = resolve(dir ?? loadConfig({ env: process.env }).cacheDir)

const kept = await list()
for (const { id, bytes, usedMs, what } of kept) {
  const isOld = prune !== undefined && Date.now() - usedMs >= prune * DAY_MS
  if (isOld) await rm(join(folder, id), { recursive: true, force: true })
  const used = new Date(usedMs).toISOString().slice(0, 10)
  console.log(
    `${id}  ${(bytes / 1e6).toFixed(1).padStart(8)} MB  used ${used}  ${what}${isOld ? '  removed' : ''}`,
  )
}
console.log(
  `${kept.length} in ${folder}, ${(kept.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)} MB`,
)

async function list(): Promise<Kept[]> {
  const names = await readdir(folder).catch(() => [])
  const all = await Promise.all(names.filter((name) => ID.test(name)).map(describe))
  return all.sort((a, b) => a.usedMs - b.usedMs)
}

async function describe(id: string): Promise<Kept> {
  const at = join(folder, id)
  const files = await readdir(at, { recursive: true })
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(at, name))).size))
  const what = await readBundle(at).then(
    ({ manifest }) => `${manifest.family}, ${manifest.weights.llm}`,
    () => (files.includes(MANIFEST_NAME) ? 'damaged' : 'unfinished'),
  )
  return { id, bytes: sizes.reduce((sum, size) => sum + size, 0), usedMs: (await stat(at)).mtimeMs, what }
}

function readDays(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`expected a number of days, got ${text}`)
}
