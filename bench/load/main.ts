#!/usr/bin/env node
/**
 * `npm run -s load`: a load test from its arguments to its last line of JSON.
 * Exit codes: 1 where the server could not be reached or nothing was heard, 2 for wrong arguments.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { circumstances } from '../report/record.ts'
import { type Capacity, findCapacity } from './capacity.ts'
import { compared } from './compare.ts'
import type { Figures } from './figures.ts'
import { htmlReport } from './html-report.ts'
import { judge } from './judge.ts'
import { type LoadResult, loadTest } from './load-test.ts'
import { type LoadOptions, readOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import { Progress } from './progress.ts'
import { merged, worldly } from './result-file.ts'
import { sweep, sweepTable } from './sweep.ts'
import { circumstancesLine, table } from './table.ts'

const options = readOptions(process.argv.slice(2))
if (options.compare !== undefined) compare(options.compare[0]!, options.compare[1]!)
else if (options.merge !== undefined) merge(options.merge)
else if (options.sweep !== undefined) await runSweep(options.sweep)
else await test()

async function test(): Promise<void> {
  if (!(await isReachable())) return
  const { result, capacity } = options.capacity
    ? await searchCapacity()
    : { result: await run(), capacity: undefined }
  console.log(table(result.figures))
  console.log(`${circumstancesLine(circumstances())}\n`)
  if (capacity !== undefined) console.log(`capacity: ${plural(capacity.listeners)}\n`)
  const judged = options.judge === undefined ? {} : { judge: judge(options.judge, result.outcomes) }
  const record = {
    ...result.figures,
    ...judged,
    ...(capacity === undefined
      ? {}
      : {
          capacity: capacity.listeners,
          trials: capacity.trials.map(({ listeners, seed, kept, why }) => ({ listeners, seed, kept, why })),
        }),
    asked: describe(
      capacity === undefined ? options : { ...options, concurrency: Math.max(1, capacity.listeners) },
    ),
    circumstances: circumstances(),
  }
  if (options.html !== undefined) writeFileSync(options.html, htmlReport(result, record, capacity))
  if (options.out !== undefined) writeFileSync(options.out, withRequests(record, result.outcomes))
  console.log(JSON.stringify(record))
  if (result.figures.ok === 0) process.exitCode = 1
}

async function runSweep(numbers: readonly number[]): Promise<void> {
  if (!(await isReachable())) return
  const found = await sweep(numbers, async (listeners) => {
    const durationMs = options.durationMs ?? 20_000
    return (await run({ concurrency: listeners, durationMs, requests: undefined })).figures
  })
  console.log(sweepTable(found))
  const rows = found.rows.map(({ listeners, figures }) => ({ listeners, ...figures }))
  const record = { knee: found.knee, rows, asked: describe(options), circumstances: circumstances() }
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(record, undefined, 2)}\n`)
  console.log(JSON.stringify(record))
  if (rows.every(({ ok }) => ok === 0)) process.exitCode = 1
}

async function run(changes: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const progress = new Progress()
  const result = await loadTest(options, changes, (outcome) => progress.take(outcome))
  progress.end()
  return result
}

/** The figures that are shown are those of the number that held; where none did, of one listener. */
async function searchCapacity(): Promise<{ result: LoadResult; capacity: Capacity }> {
  const results: LoadResult[] = []
  const capacity = await findCapacity(
    async (listeners, seed) => {
      const durationMs = options.durationMs ?? 20_000
      const result = await run({
        mode: 'listeners',
        concurrency: listeners,
        seed,
        durationMs,
        requests: undefined,
      })
      results.push(result)
      return result.figures
    },
    options.maxListeners,
    ({ listeners, seed, kept, why }) =>
      console.log(`${plural(listeners)}, seed ${seed}: ${kept ? 'ok' : why}`),
  )
  const best = capacity.trials.findLastIndex(
    ({ listeners, kept }) => kept && listeners === capacity.listeners,
  )
  return { result: results[Math.max(0, best)]!, capacity }
}

async function isReachable(): Promise<boolean> {
  const why = await unreachable(options.target.url)
  if (why === undefined) return true
  console.error(`load: ${options.target.url} cannot be reached: ${why}`)
  process.exitCode = 1
  return false
}

/** Any answer is an answer. */
async function unreachable(url: string): Promise<string | undefined> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(10_000) })
    return undefined
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    return cause?.code ?? (error as Error).message
  }
}

function describe({ target, mode, concurrency, rate, seed, textsName }: LoadOptions) {
  const { url, dialect, transport, stream } = target
  const voices = target.speakers.map(({ voice }) => voice ?? 'prompt')
  return { url, dialect, transport, stream, voices, mode, concurrency, rate, seed, texts: textsName }
}

/** The record, and on lines of their own its requests: what `--merge` needs. */
function withRequests(record: object, outcomes: readonly Outcome[]): string {
  const head = JSON.stringify(record, undefined, 2).slice(0, -2)
  const lines = worldly(outcomes).map(({ kept: _, ...outcome }) => JSON.stringify(outcome))
  return `${head},\n  "outcomes": [\n${lines.join(',\n')}\n]}\n`
}

function merge(paths: readonly string[]): void {
  try {
    const files = paths.map((path) => ({ path, content: readResult(path) }))
    const figures = merged(files)
    console.log(table(figures))
    console.log(JSON.stringify({ ...figures, merged: paths.length, circumstances: circumstances() }))
  } catch (error) {
    console.error(`load: ${(error as Error).message}`)
    process.exitCode = 1
  }
}

/** Throws with the file's name. */
function readResult(path: string): unknown {
  const text = readFileSync(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path}: expected the JSON that --out writes, got other text`)
  }
}

function compare(a: string, b: string): void {
  try {
    console.log(compared(readResult(a) as Figures, readResult(b) as Figures))
  } catch (error) {
    console.error(`load: ${(error as Error).message}`)
    process.exitCode = 1
  }
}

function plural(listeners: number): string {
  return listeners === 1 ? '1 listener' : `${listeners} listeners`
}
