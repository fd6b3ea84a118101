/** Installing and building a checkout that is in use: whole at every moment, once at a time, and never from within a run. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

/** Stands for npm: what it "installs" is a compiler that writes the command that is run. Slow in the midst of it. */
const NPM = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
appendFileSync(process.env.TEST_LOG, 'ci ')
mkdirSync('node_modules/typescript/bin', { recursive: true })
await new Promise((resolve) => setTimeout(resolve, 300))
const compile = \`
const fs = require('node:fs')
fs.appendFileSync(process.env.TEST_LOG, 'tsc ')
const to = process.argv[process.argv.indexOf('--outDir') + 1]
fs.mkdirSync(to + '/src/commands', { recursive: true })
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
fs.writeFileSync(to + '/src/commands/say.js', 'console.log("said")')\`
writeFileSync('node_modules/typescript/bin/tsc', compile)
writeFileSync('node_modules/typescript/package.json', '{"type":"commonjs"}')
`

/** A checkout with nothing but the command, and what it does with it. */
async function checkout(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'light-tts-checkout-'))
  t.after(() => rm(root, { recursive: true, maxRetries: 3 }))
  for (const file of ['light-tts.mjs', 'deploy/prepare.mjs', 'deploy/keep-own-binaries.mjs', 'tsconfig.json'])
    await cp(join(repoRoot, file), join(root, file), { recursive: true })
  await mkdir(join(root, 'src'))
  for (const [name, text] of [
    ['package.json', '{"type":"module"}'],
    ['package-lock.json', '1'],
    ['npm.js', NPM],
    ['log', ''],
  ] as const)
    await writeFile(join(root, name), text)
  const { PREPARED_CHECKOUT: _, ...outer } = process.env
  const run = async (more: NodeJS.ProcessEnv = {}) => {
    const env = { ...outer, npm_execpath: join(root, 'npm.js'), TEST_LOG: join(root, 'log'), ...more }
    const child = spawn(process.execPath, [join(root, 'light-tts.mjs'), 'say'], { cwd: root, env })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece))
    const [code] = await once(child, 'close')
    return { code, text }
  }
  const log = async () => (await readFile(join(root, 'log'), 'utf8')).trim()
  return { root, run, log }
}

it('two commands at once install and build once, and leave nothing beside it', async (t) => {
  const { root, run, log } = await checkout(t)
  for (const { code, text } of await Promise.all([run(), run()])) {
    assert.equal(code, 0, text)
    assert.match(text, /said/)
  }
  assert.equal(await log(), 'ci tsc')
  assert.deepEqual(
    (await readdir(root)).filter((name) => /^\.(prepar|install|build)/.test(name)),
    [],
  )
})

const isGone = (missed: ReadonlyMap<string, number>) => [...missed.values()].includes(10)

it('what was installed and built is there, old or new, while another command makes it anew', async (t) => {
  const { root, run, log } = await checkout(t)
  assert.equal((await run()).code, 0)
  await writeFile(join(root, 'package-lock.json'), '22')
  let isOver = false
  const second = run().finally(() => {
    isOver = true
  })
  const missed = new Map<string, number>()
  while (!isOver && !isGone(missed)) {
    for (const file of ['dist/src/commands/say.js', 'node_modules/typescript/bin/tsc']) {
      // Between the two renames a file may be gone for an instant, not for ten looks.
      const isThere = await readFile(join(root, file)).then(Boolean, () => false)
      missed.set(file, isThere ? 0 : (missed.get(file) ?? 0) + 1)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal((await second).code, 0)
  assert(!isGone(missed), 'a folder was away while it was made')
  assert.equal(await log(), 'ci tsc ci tsc')
})

it('a command that another one has started installs and builds nothing', async (t) => {
  const { root, run, log } = await checkout(t)
  assert.equal((await run()).code, 0)
  await writeFile(join(root, 'package-lock.json'), '333')
  const { code, text } = await run({ PREPARED_CHECKOUT: root })
  assert.equal(code, 0, text)
  assert.equal(await log(), 'ci tsc')
})

it('a lock of a process that is gone holds up nobody', async (t) => {
  const { root, run } = await checkout(t)
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'close')
  await writeFile(join(root, '.preparing'), String(gone.pid))
  assert.equal((await run()).code, 0)
})
