/** Every command that documents name says how it is used before it measures. What it does not know it refuses. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { sourceFiles } from '../helpers/source-files.ts'

/** What stands for a number in an option of `--help`. */
const NUMBER = /^ {2}(--[\w-]+) <(?:n|s|ms|x|r|minutes|days)> /gm

/** `serve` ends its process by itself, and `start` hands its options on to it: each is asked in a process of its own. */
const BY_ITSELF = /\/(?:serve|start)\.js$/

interface Asked {
  readonly entry: string
  readonly args: readonly string[]
}
interface Answer extends Asked {
  /** Exit code; text where the command threw or went on instead. */
  readonly code: number | string
  readonly out: string
  readonly err: string
}

/**
 * Evaluates each entry file as Node does, with its arguments. What they import together is loaded once, which is most of
 * what a process of its own would cost.
 */
const PROBE = `
import { pathToFileURL } from 'node:url'
const [exit, write] = [process.exit, process.stdout.write.bind(process.stdout)]
let said
process.stdout.write = (text) => (said.out += text, true)
process.stderr.write = (text) => (said.err += text, true)
process.exit = (code) => { throw { exitCode: code } }
const answers = []
for (const [i, { entry, args }] of JSON.parse(process.argv[1]).entries()) {
  said = { out: '', err: '' }
  process.argv = [process.execPath, process.cwd() + '/' + entry, ...args]
  const url = pathToFileURL(process.argv[1]) + '?' + i
  const code = await import(url).then(() => 'it went on', (error) => error.exitCode ?? String(error.stack))
  answers.push({ entry, args, code, ...said })
}
write(JSON.stringify(answers), () => exit(0))
`

function ask(asked: readonly Asked[]): Answer[] {
  const args = ['--input-type=module', '--eval', PROBE, '--', JSON.stringify(asked)]
  // To be asked how it is used is no test of what a command does: it counts as covered by none. A child is given the
  // variable of its parent even where it is left out.
  const env = { ...process.env, NODE_V8_COVERAGE: '' }
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: repoRoot,
    encoding: 'utf8',
    env,
    timeout: 120_000,
  })
  assert.notEqual(stdout, '', `the probe answered nothing: ${stderr}`)
  return JSON.parse(stdout) as Answer[]
}

/** Compiled entry files: those that documents and comments name, those of `light-tts.mjs`, those made by `benchCommand`. */
function entries(): string[] {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(repoRoot, 'docs')).map((name) => `docs/${name}`),
  ]
  const texts = pages
    .filter((path) => path.endsWith('.md'))
    .map((path) => readFileSync(join(repoRoot, path), 'utf8'))
  const sources = sourceFiles().filter(({ path }) => /^(?:bench|test)\/.*\.ts$/.test(path))
  const named = [...texts, ...sources.map(({ text }) => text)].flatMap((text) =>
    [...text.matchAll(/node (dist\/(?:bench|test)\/[\w/-]+\.js)/g)].map(([, path]) => path!),
  )
  const door = readFileSync(join(repoRoot, 'light-tts.mjs'), 'utf8')
  const ofDoor = [...door.matchAll(/'(dist\/[\w/-]+\.js)'/g)].map(([, path]) => path!)
  const made = sources
    .filter(
      ({ text }) => /^ *(?:const .*|await |)\bbenchCommand\($/m.test(text) || /= benchCommand\(/.test(text),
    )
    .map(({ path }) => `dist/${path.replace(/\.ts$/, '.js')}`)
  return [...new Set([...named, ...ofDoor, ...made])].filter((path) => !BY_ITSELF.test(path)).sort()
}

it('every command that documents name exists, says how it is used, and refuses what it does not know', () => {
  const all = entries()
  assert(all.length > 45, `${all.length} commands`)
  assert.deepEqual(
    all.filter((entry) => !existsSync(join(repoRoot, entry))),
    [],
    'not there',
  )
  const [helps, refusals] = [['--help'], ['--no-such-option']].map((args) =>
    ask(all.map((entry) => ({ entry, args }))),
  ) as [Answer[], Answer[]]
  for (const { entry, code, out, err } of helps) {
    assert.deepEqual([code, err], [0, ''], `${entry} --help`)
    assert.match(out, /^Usage: \S[^\n]*\n\n\S/, `${entry} --help`)
    assert.doesNotMatch(out, /^ +(?:-\w, )?--[\w-]+(?: [<[]\S+)?$/m, `${entry}: an option without a meaning`)
  }
  for (const answer of refusals) assertRefused(answer)
  const wrong = helps.flatMap(({ entry, out }) =>
    [...out.matchAll(NUMBER)].map(([, option]) => ({ entry, args: [option!, 'x'] })),
  )
  assert(wrong.length > 80, `${wrong.length} options`)
  for (const answer of ask(wrong)) {
    assertRefused(answer)
    assert.match(
      answer.err,
      /expected .*, got '?x'?|'x' is invalid. Allowed choices are /,
      `${answer.entry} ${answer.args.join(' ')}`,
    )
  }
})

function assertRefused({ entry, args, code, out, err }: Answer): void {
  const what = `${entry} ${args.join(' ')}`
  assert.deepEqual([code, out], [2, ''], `${what}: ${err}`)
  assert.match(err, /^error: [^\n]+\n$/, what)
}
