/**
 * What every benchmark ends with: one JSON line on stdout, and with `--out FILE` the same beside its circumstances.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Circumstances {
  readonly date: string
  readonly commit: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** Mean number of runnable processes over the last minute: above `cores`, others were working too. */
  readonly load: number
}

export interface BenchmarkRecord {
  readonly name: string
  /** What was run, from the repository's root. */
  readonly command?: string
  /** What a reader must know beside the figures, written by hand. */
  readonly note?: string
  readonly circumstances: Circumstances
  readonly result: unknown
}

/** All stored records of a folder, by file name. */
export function readRecords(folder: string): { readonly file: string; readonly record: BenchmarkRecord }[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.sort().map((file) => ({
    file,
    record: JSON.parse(readFileSync(join(folder, file), 'utf8')) as BenchmarkRecord,
  }))
}

export function circumstances(): Circumstances {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round(loadavg()[0]! * 100) / 100,
  }
}

/** Prints the result as the last line; stores it under `--out` for `docs/benchmarks.md`. */
export function report(name: string, result: unknown, argv: readonly string[] = process.argv.slice(2)): void {
  const record: BenchmarkRecord = { name, command: commandLine(), circumstances: circumstances(), result }
  const words = wordsOf(argv)
  const at = words.indexOf('--out')
  const file = at >= 0 ? words[at + 1] : undefined
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`)
  }
  process.stdout.write(`${JSON.stringify(record)}\n`)
}

/** Middle and smallest of a list of times. On a shared machine the smallest is the least disturbed. */
export function summary(times: readonly number[]): { readonly median: number; readonly min: number } {
  const sorted = [...times].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)]!, min: sorted[0]! }
}

/** As it can be run again: the file relative to the repository, and no path of this machine. */
export function commandLine(): string {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const words = wordsOf(process.argv.slice(2)).filter(
    (_, i, all) => !STORES.has(all[i]!) && !STORES.has(all[i - 1] ?? ''),
  )
  return ['node', relative(root, process.argv[1] ?? ''), ...words]
    .map((word) => word.replace(root, ''))
    .join(' ')
}

/** `--out=FILE` as the two words that it means. */
function wordsOf(argv: readonly string[]): string[] {
  return argv.flatMap((word) => {
    const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
    return option !== undefined && STORES.has(option) ? [option, value!] : word
  })
}

/** Options that only say where the result goes. */
const STORES: ReadonlySet<string> = new Set(['--out', '--record', '--state', '--picture'])

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
