/**
 * Do the tests notice faults in the graph builders and in the server?
 *
 *   node dist/bench/mutants/main.js [--area NAME] [--jobs N] [--timeout S] [--record FILE] [--resume] [--show]
 *
 * Puts one fault at a time into a copy of the build, and runs the tests that mirror the place. It says which faults
 * were noticed (killed) and which were not (survived), and keeps that in the record. `--resume` leaves out what was
 * killed before. Prints one JSON line last; exit code 1 where a fault survived or could not be put in.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import type { Mutant, MutantArea } from './mutant.ts'
import { AREAS } from './mutants.ts'
import { RECORD } from './page.ts'
import { type Outcome, type Verdict, Verdicts } from './verdicts.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const options = benchCommand('whether the tests notice faults that are put into the build, one at a time')
  .addOption(new Option('--area <name>', 'this area alone').choices(AREAS.map(({ name }) => name)))
  .option('--jobs <n>', 'copies of the build at once', positive, 1)
  .option(
    '--timeout <s>',
    'seconds of one test file; a fault that makes a graph run forever counts as late',
    positive,
    120,
  )
  .option('--record <file>', 'where verdicts are kept', RECORD)
  .option('--resume', 'leave out what was killed before', false)
  .option('--show', 'what tests print', false)
  .parse()
  .opts<{ area?: string; jobs: number; timeout: number; record: string; resume: boolean; show: boolean }>()
const areas = AREAS.filter(({ name }) => options.area === undefined || name === options.area)

const started = performance.now()
const record = new Verdicts(options.record)
const queue = areas.flatMap((area) =>
  area.mutants
    .filter(({ equivalent }) => equivalent === undefined)
    .filter((mutant) => !options.resume || record.find(area, mutant)?.outcome !== 'killed')
    .map((mutant) => ({ area, mutant })),
)
/** Tests that have passed here without any fault: one that fails then would notice every fault. */
const sound = new Set<string>()
const verdicts = await judgeAll()
const count = (outcome: Outcome) => verdicts.filter((one) => one.outcome === outcome).length
const survivors = verdicts.filter(({ outcome }) => outcome === 'survived' || outcome === 'not found')
console.log(
  JSON.stringify({
    mutants: verdicts.length,
    killed: count('killed'),
    late: verdicts.filter(({ outcome }) => outcome === 'late'),
    survived: count('survived'),
    not_found: count('not found'),
    seconds: Math.round((performance.now() - started) / 1000),
    survivors,
  }),
)
if (survivors.length > 0) process.exitCode = 1

/** All faults, on `--jobs` copies at once. */
async function judgeAll(): Promise<Verdict[]> {
  const made: Verdict[] = []
  const worker = async () => {
    const copy = copyOfBuild()
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { area, mutant } = next
      const { file, from, to } = mutant
      const verdict = { area: area.name, file, from, to, ...(await judge(copy, area, mutant)) }
      made.push(verdict)
      record.put(verdict)
      const place = file.replace(/^src\//, '')
      console.log(
        `${verdict.outcome.padEnd(10)}${area.name.padEnd(14)}${place.padEnd(32)}${oneLine(from)} → ${oneLine(to)}`,
      )
    }
    rmSync(copy, { recursive: true })
  }
  await Promise.all(Array.from({ length: options.jobs }, worker))
  return made
}

async function judge(
  copy: string,
  { tests }: MutantArea,
  { file, from, to }: Mutant,
): Promise<Pick<Verdict, 'outcome' | 'by'>> {
  const path = join(copy, 'dist', `${file}.js`)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) return { outcome: 'not found' }
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  const verdict = await runTests(copy, tests).finally(() => writeFileSync(path, text))
  const { by } = verdict
  if (by === undefined || sound.has(by)) return verdict
  const { outcome } = await runTests(copy, [by])
  if (outcome === 'survived') sound.add(by)
  else {
    console.error(`mutants: ${by} fails without any fault (${outcome}): mend it first`)
    process.exit(1)
  }
  return verdict
}

/** A folder that looks like the repository to the tests, with a build of its own. */
function copyOfBuild(): string {
  const copy = mkdtempSync(join(tmpdir(), 'light-tts-mutants-'))
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true })
  for (const name of ['node_modules', 'test', 'package.json', 'package-lock.json'])
    symlinkSync(join(ROOT, name), join(copy, name))
  return copy
}

/** One file after the other, until one fails. */
async function runTests(copy: string, tests: readonly string[]): Promise<Pick<Verdict, 'outcome' | 'by'>> {
  for (const test of tests) {
    const outcome = await runTest(join(copy, 'dist', 'test', `${test}.js`), copy)
    if (outcome !== 'survived') return { outcome, by: test }
  }
  return { outcome: 'survived' }
}

function runTest(file: string, cwd: string): Promise<Outcome> {
  // Run by itself a file of tests fails as it does under the runner, and saves a process.
  const child = spawn(process.execPath, [file], {
    cwd,
    stdio: options.show ? 'inherit' : 'ignore',
    timeout: 1000 * options.timeout,
  })
  return new Promise((resolve) =>
    child.on('exit', (code, signal) =>
      resolve(code === 0 ? 'survived' : signal === null ? 'killed' : 'late'),
    ),
  )
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
