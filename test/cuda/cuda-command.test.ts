/** `cuda` with small wheels of its own list: what it takes, what it refuses, and that it goes on where it was stopped. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { zipOf } from '../helpers/zip-writer.ts'

const LIBRARIES = {
  'first-lib': ['libcudart.so.13'],
  'second-lib': ['libcublasLt.so.13', 'libcublas.so.13'],
  provider: ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'],
}

async function setting(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'light-tts-wheels-'))
  t.after(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
  const brought = join(root, 'brought', 'deeper')
  await mkdir(brought, { recursive: true })
  const wheels = []
  for (const [name, libraries] of Object.entries(LIBRARIES)) {
    const records = libraries.map((library) => ({
      name: `some/lib/${library}`,
      data: Buffer.from(`${library}!`),
    }))
    const bytes = zipOf([{ name: 'READ.me', data: Buffer.from('x') }, ...records])
    const file = `${name.replace('-', '_')}-1.0-py3-none-any.whl`
    await writeFile(join(brought, file), bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    wheels.push({ name, version: '1.0', file, bytes: bytes.length, sha256, libraries })
  }
  const list = join(root, 'wheels.json')
  await writeFile(list, JSON.stringify({ folder: 'cuda-13', cuda: '13', wheels }))
  const cacheDir = join(root, 'cache')
  const run = async (args: readonly string[], path = process.env.PATH) => {
    const child = spawn(
      process.execPath,
      [join(repoRoot, 'dist/src/commands/cuda.js'), '--wheels', list, '--libraries-only', ...args],
      {
        env: { ...process.env, LIGHT_TTS_CACHE_DIR: cacheDir, PATH: path },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const [out, err] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
    const text = Buffer.concat(out).toString().trim()
    const last = text.startsWith('{') ? JSON.parse(text.split('\n').at(-1)!) : undefined
    return {
      code: child.exitCode ?? (await new Promise((done) => child.on('exit', done))),
      last,
      err: Buffer.concat(err).toString(),
    }
  }
  return { root, brought: join(root, 'brought'), wheels, run, own: join(cacheDir, 'cuda-13') }
}

it('takes wheels that were brought, whole, and what is missing alone', async (t) => {
  const { brought, own, run } = await setting(t)
  const first = await run(['--from', brought])
  assert.deepEqual([first.code, first.last], [0, { ok: true, folder: own, missing: [] }], first.err)
  for (const name of Object.values(LIBRARIES).flat())
    assert.equal(await readFile(join(own, name), 'utf8'), `${name}!`)
  assert((await stat(join(own, 'libonnxruntime.so.1'))).size > 1e6)
  assert.deepEqual(
    (await readdir(own)).filter((name) => name.includes('partial')),
    [],
  )
  assert.match((await run(['--from', brought])).err, /all libraries are in/)
  await rm(join(own, 'libcublas.so.13'))
  const looked = await run(['--check'])
  assert.deepEqual([looked.code, looked.last.missing], [1, ['libcublas.so.13']])
  const again = await run(['--from', brought])
  assert.equal(again.code, 0)
  assert.match(again.err, /checking second_lib/)
  assert.doesNotMatch(again.err, /first_lib|unpacking libcublasLt/)
})

it('names every wheel that is absent or another file, and unpacks none', async (t) => {
  const { brought, own, wheels, run } = await setting(t)
  await rm(join(brought, 'deeper', wheels[0]!.file))
  const other = join(brought, 'deeper', wheels[1]!.file)
  const bytes = await readFile(other)
  bytes[50]! ^= 1
  await writeFile(other, bytes)
  await writeFile(join(brought, 'deeper', wheels[2]!.file), 'short')
  const { code, err } = await run(['--from', brought])
  assert.equal(code, 1)
  assert.match(err, new RegExp(`${wheels[0]!.file} \\(sha256 ${wheels[0]!.sha256}\\): not there`))
  assert.match(err, new RegExp(`${wheels[1]!.file}: sha256 [0-9a-f]{64}, expected ${wheels[1]!.sha256}`))
  assert.match(err, new RegExp(`${wheels[2]!.file}: 5 bytes, expected ${wheels[2]!.bytes}`))
  assert.deepEqual(await readdir(own), ['libonnxruntime.so.1'])
})

it('asks the pip of a Python for one pinned version after the other, and keeps what it has', async (t) => {
  const { root, brought, own, wheels, run } = await setting(t)
  const programs = join(root, 'bin')
  await mkdir(programs)
  // A Python whose pip copies what was brought, except a wheel that it cannot find once.
  const refused = join(root, 'refused')
  await writeFile(
    join(programs, 'python3'),
    `#!${process.execPath}
const { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
if (args[2] === '--version') process.exit(0)
const [wanted] = readFileSync(args.at(-1), 'utf8').split(' ')
appendFileSync(${JSON.stringify(join(root, 'asked'))}, args.slice(0, 5).join(' ') + ' ' + wanted + '\\n')
if (wanted.startsWith('provider') && !existsSync(${JSON.stringify(refused)})) {
  writeFileSync(${JSON.stringify(refused)}, '')
  process.exit(1)
}
const file = wanted.replace('==', '-').replace('first-lib', 'first_lib').replace('second-lib', 'second_lib') + '-py3-none-any.whl'
copyFileSync(${JSON.stringify(join(brought, 'deeper'))} + '/' + file, args[args.indexOf('-d') + 1] + '/' + file)
`,
  )
  await chmod(join(programs, 'python3'), 0o755)
  const failed = await run([], programs)
  assert.equal(failed.code, 1)
  assert.match(failed.err, /pip download: expected it to end with 0, got 1/)
  const done = await run([], programs)
  assert.deepEqual([done.code, done.last.ok], [0, true], done.err)
  const asked = (await readFile(join(root, 'asked'), 'utf8')).trim().split('\n')
  const call = '-m pip download --disable-pip-version-check --no-deps'
  assert.deepEqual(
    asked,
    ['first-lib', 'second-lib', 'provider', 'provider'].map((name) => `${call} ${name}==1.0`),
  )
  assert.deepEqual(
    (await readdir(own)).filter((name) => /wheels|partial/.test(name)),
    [],
  )
  assert(wheels.every(({ libraries }) => libraries.length > 0))
})

it('without a Python it says which wheels to bring', async (t) => {
  const { root, wheels, run } = await setting(t)
  const { code, err } = await run([], join(root, 'nothing'))
  assert.equal(code, 1)
  assert.match(
    err,
    new RegExp(`no Python with pip.*--from DIR with ${wheels[0]!.file} \\(sha256 ${wheels[0]!.sha256}`, 's'),
  )
})

it('uses the libraries of an existing installation, and gets the provider alone', async (t) => {
  const { root, brought, own, run } = await setting(t)
  const installed = join(root, 'site-packages', 'nvidia')
  for (const name of ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13']) {
    await mkdir(join(installed, name, 'lib'), { recursive: true })
    await writeFile(join(installed, name, 'lib', name), 'theirs')
  }
  const { code, err } = await run(['--dir', join(root, 'site-packages'), '--from', brought])
  assert.equal(code, 0, err)
  assert.deepEqual((await readdir(own)).sort(), [
    'libonnxruntime.so.1',
    'libonnxruntime_providers_cuda.so',
    'libonnxruntime_providers_shared.so',
  ])
  const alone = await run(['--check'])
  assert.deepEqual(alone.last.missing, ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13'])
  // A folder that the command made is taken as it is.
  const made = await run(['--check', '--dir', own])
  assert.equal(made.last.folder, own)
})
