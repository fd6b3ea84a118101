/** What `npm test` makes of test files: each in its own process, one report, and an exit code that no file can feign. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { isAlive } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

const HEAD =
  "import assert from 'node:assert'; import { spawn } from 'node:child_process'; import { it } from 'node:test'\n"
const FILES = {
  passes: "it('one', () => {}); it('two', { skip: true }, () => {})",
  fails: "it('three', () => assert.equal(1, 2)); it('four', () => {})",
  leaves: `it('five', async () => {
    const { writeFileSync } = await import('node:fs')
    const children = [false, true].map((detached) => spawn('sleep', ['3600'], { stdio: 'inherit', detached }))
    writeFileSync(import.meta.filename + '.pids', JSON.stringify(children.map((child) => child.pid)))
  })`,
  endsItself: "it('six', () => process.exit(0))",
  neverEnds: `it('seven', async () => {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(import.meta.filename + '.pid', String(process.pid))
    for (;;);
  })`,
} as const

describe('the test runner', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'light-tts-runner-'))
    for (const [name, text] of Object.entries(FILES))
      await writeFile(path(name as keyof typeof FILES), HEAD + text)
  })
  after(() => rm(folder, { recursive: true, force: true }))
  const path = (name: keyof typeof FILES) => join(folder, `${name}.test.mjs`)
  const run = async (names: readonly (keyof typeof FILES)[], ...options: readonly string[]) => {
    const child = spawn(process.execPath, [
      join(repoRoot, 'deploy/run-tests.mjs'),
      ...options,
      ...names.map(path),
    ])
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
    const [code] = await once(child, 'close')
    return { code, output, counts: output.slice(output.indexOf('ℹ tests ')) }
  }

  it('sums what the files counted and names what failed', async () => {
    const { code, output, counts } = await run(['passes', 'fails'])
    assert.equal(code, 1)
    assert.match(output, /✔ one.*✔ four|✔ four.*✔ one/s)
    assert.match(counts, /^ℹ tests 4\nℹ suites 0\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\n/)
    assert.match(counts, /✖ failing tests:.*fails\.test\.mjs: exit code 1.*1 == 2/s)
    assert.doesNotMatch(counts, /passes\.test/)
  })

  it('what a file leaves holds nothing up, and is gone', async () => {
    const { code, output } = await run(['leaves', 'passes'])
    assert.equal(code, 0, output)
    const pids = JSON.parse(await readFile(`${path('leaves')}.pids`, 'utf8')) as number[]
    for (const pid of pids) await until(() => !isAlive(pid), `process ${pid} is gone`)
  })

  it('a file that ends before its tests has failed, whatever its exit code', async () => {
    const { code, counts } = await run(['endsItself', 'passes'])
    assert.equal(code, 1)
    assert.match(counts, /^ℹ tests 2\n.*ℹ fail 1\n/s)
    assert.match(counts, /endsItself\.test\.mjs: ended before its tests \(exit code 0\)/)
  })

  it('a file that never ends has failed', async () => {
    const { code, counts } = await run(['neverEnds'], '--limit', '1')
    assert.equal(code, 1)
    assert.match(counts, /^ℹ tests 0\n.*ℹ fail 1\n/s)
    assert.match(counts, /neverEnds\.test\.mjs: not over after 1 s/)
  })

  it('told to stop, it stops what runs', async () => {
    await rm(`${path('neverEnds')}.pid`, { force: true })
    const child = spawn(process.execPath, [join(repoRoot, 'deploy/run-tests.mjs'), path('neverEnds')])
    const file = `${path('neverEnds')}.pid`
    await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', 'the file runs')
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'close'), [143, null])
    const pid = Number(readFileSync(file, 'utf8'))
    await until(() => !isAlive(pid), 'its process is gone')
  })
})
