/** Measured capacities beside the bundles: what a machine that starts again need not measure again. */
import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { readBounded } from '../core/durable-file.ts'

/** More than any number takes. */
const MAX_BYTES = 100

/** What a measurement is true of: this CPU, its cores, the software that ran, and the caller's facts. */
export function capacityKey(facts: readonly string[]): string {
  const [cpu] = cpus()
  const machine = [cpu?.model ?? '', String(cpus().length), release(), process.version]
  return createHash('sha256')
    .update([...machine, ...facts].join('\0'))
    .digest('hex')
    .slice(0, 32)
}

/** Seconds of audio per second that were measured before; undefined where that is not known. */
export async function keptCapacity(cacheDir: string, key: string): Promise<number | undefined> {
  const text = await readBounded(fileOf(cacheDir, key), MAX_BYTES).then(String, () => '')
  const rate = Number(text)
  return text !== '' && Number.isFinite(rate) && rate > 0 ? rate : undefined
}

/** Where it cannot be kept it is measured again next time. */
export async function keepCapacity(cacheDir: string, key: string, rate: number): Promise<void> {
  const path = fileOf(cacheDir, key)
  const partial = `${path}.${process.pid}`
  await mkdir(join(cacheDir, 'capacity'), { recursive: true })
    .then(() => writeFile(partial, String(rate)))
    .then(() => rename(partial, path))
    .catch(() => {})
}

function fileOf(cacheDir: string, key: string): string {
  return join(cacheDir, 'capacity', key)
}
