/**
 * `node dist/bench/mutants/main.js [--area NAME] [--jobs N] [--timeout S] [--show]`: do the tests notice faults in the graph builders and in the server?
 *
 * Puts one fault at a time into a copy of the build, and runs the tests that mirror the place. It says which faults
 * were noticed (killed) and which were not (survived). Prints one JSON line last; exit code 1 where a fault survived or
 * could not be put in.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Mutant, MutantArea } from './mutant.ts'
import { AREAS } from './mutants.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

interface Verdict {
  readonly area: string
  readonly mutant: Mutant
  /** `late`: noticed only in that its tests did not end in time, which a busy machine does too. */
  readonly outcome: 'killed' | 'late' | 'survived' | 'not found'
}

const { values: options } = parseArgs({
  options: {
    area: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    show: { type: 'boolean' },
    // Seconds of one run of the tests; a fault that makes a graph run forever counts as late.
    timeout: { type: 'string', default: '120' },
  },
})
const areas = AREAS.filter(({ name }) => options.area === undefined || name === options.area)
if (areas.length === 0) {
  console.error(
    `mutants: expected --area of ${AREAS.map(({ name }) => name).join(', ')}, got '${options.area}'`,
  )
  process.exit(2)
}

const started = performance.now()
await refuseFailingTests()
const verdicts = await judgeAll()
const count = (outcome: Verdict['outcome']) => verdicts.filter((one) => one.outcome === outcome).length
const survivors = verdicts.filter(({ outcome }) => outcome === 'survived' || outcome === 'not found')
console.log(
  JSON.stringify({
    mutants: verdicts.length,
    killed: count('killed'),
    late: verdicts.filter(({ outcome }) => outcome === 'late').map(({ mutant }) => mutant),
    survived: count('survived'),
    not_found: count('not found'),
    seconds: Math.round((performance.now() - started) / 1000),
    survivors: survivors.map(({ area, mutant, outcome }) => ({ area, ...mutant, outcome })),
  }),
)
if (survivors.length > 0) process.exitCode = 1

/** A test that fails without any fault would notice every one. */
async function refuseFailingTests(): Promise<void> {
  const copy = copyOfBuild()
  const tests = [...new Set(areas.flatMap((area) => area.tests))]
  const outcome = await runTests(copy, tests)
  rmSync(copy, { recursive: true })
  if (outcome === 'survived') return
  console.error('mutants: the tests fail without any fault: mend them first')
  process.exit(1)
}

/** All faults, on `--jobs` copies at once. */
async function judgeAll(): Promise<Verdict[]> {
  const queue = areas.flatMap((area) => area.mutants.map((mutant) => ({ area, mutant })))
  const verdicts: Verdict[] = []
  const worker = async () => {
    const copy = copyOfBuild()
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const outcome = await judge(copy, next.area, next.mutant)
      verdicts.push({ area: next.area.name, mutant: next.mutant, outcome })
      const { file, from, to } = next.mutant
      const place = file.slice('src/'.length)
      console.log(
        `${outcome.padEnd(10)}${next.area.name.padEnd(14)}${place.padEnd(32)}${oneLine(from)} → ${oneLine(to)}`,
      )
    }
    rmSync(copy, { recursive: true })
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker))
  return verdicts
}

async function judge(
  copy: string,
  { tests }: MutantArea,
  { file, from, to }: Mutant,
): Promise<Verdict['outcome']> {
  const path = join(copy, 'dist', `${file}.js`)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) return 'not found'
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  try {
    return await runTests(copy, tests)
  } finally {
    writeFileSync(path, text)
  }
}

/** A folder that looks like the repository to the tests, with a build of its own. */
function copyOfBuild(): string {
  const copy = mkdtempSync(join(tmpdir(), 'light-tts-mutants-'))
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true })
  for (const name of ['node_modules', 'test', 'package.json', 'package-lock.json'])
    symlinkSync(join(ROOT, name), join(copy, name))
  return copy
}

function runTests(copy: string, tests: readonly string[]): Promise<'survived' | 'killed' | 'late'> {
  const files = tests.map((test) => join(copy, 'dist', 'test', `${test}.js`))
  const child = spawn(process.execPath, ['--test', ...files], {
    cwd: copy,
    stdio: options.show ? 'inherit' : 'ignore',
    timeout: 1000 * Number(options.timeout),
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
