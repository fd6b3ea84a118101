/**
 * Mutants of a door's stored corpus, seeded; those that lead to something new are mutated further.
 *
 * A fault is written beside the corpus, so that it is tried again for ever once it is mended.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoRoot } from '../helpers/paths.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import type { Door } from './door.ts'
import { mutate } from './mutate.ts'

const CORPORA = join(repoRoot, 'test/fuzz/corpora')
/** Inputs kept beside those that are stored. */
const MAX_POOL = 500
/** Larger finds are not worth a place in the repository. */
const MAX_STORED_BYTES = 4096

export interface FuzzOptions {
  readonly door: Door
  readonly seed: number
  /** Ends before the next input where this is false. */
  readonly goesOn: (tried: number) => boolean
  /** Stores what led to something new. */
  readonly isGrowing?: boolean
  /** Stores nothing at all. */
  readonly isDry?: boolean
}

export interface FuzzReport {
  readonly tried: number
  /** What became of inputs, each once. */
  readonly outcomes: ReadonlySet<string>
  /** Each with the file that it was written to. */
  readonly faults: readonly { readonly file: string; readonly error: unknown }[]
}

export async function fuzz({
  door,
  seed,
  goesOn,
  isGrowing = false,
  isDry = false,
}: FuzzOptions): Promise<FuzzReport> {
  const random = new SeededRandom(seed)
  const pool = readCorpus(door.name)
  const outcomes = new Set<string>()
  const faults: FuzzReport['faults'][number][] = []
  const faultsSeen = new Set<string>()
  let tried = 0
  const attempt = async (bytes: Buffer, isStored: boolean) => {
    tried++
    try {
      const outcome = await door.judge(bytes)
      if (outcomes.has(outcome)) return
      outcomes.add(outcome)
      if (isStored) return
      if (pool.length < MAX_POOL) pool.push(bytes)
      if (isGrowing && bytes.length <= MAX_STORED_BYTES) store(door.name, 'grown', bytes)
    } catch (error) {
      const what = String((error as Error).stack)
        .split('\n')
        .slice(0, 3)
        .join()
      if (faultsSeen.has(what)) return
      faultsSeen.add(what)
      faults.push({ file: isDry ? '' : store(door.name, 'fault', bytes), error })
    }
  }
  for (const bytes of [...pool]) await attempt(bytes, true)
  while (goesOn(tried)) await attempt(mutate(pool, random, door.words), false)
  return { tried, outcomes, faults }
}

function readCorpus(name: string): Buffer[] {
  const folder = join(CORPORA, name)
  const files = readdirSync(folder).sort()
  return files.map((file) => readFileSync(join(folder, file)))
}

function store(name: string, kind: string, bytes: Buffer): string {
  const folder = join(CORPORA, name)
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
  const file = join(folder, `${kind}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`)
  writeFileSync(file, bytes)
  return file
}
