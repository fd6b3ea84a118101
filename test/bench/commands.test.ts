/** Commands of the bench: what only a run finds wrong is one line, and a dry run writes nothing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

const run = (path: string, args: readonly string[], cwd = repoRoot) =>
  spawnSync(process.execPath, [join(repoRoot, 'dist/bench', path), ...args], { cwd, encoding: 'utf8' })

it('bench: a filter that fits no case is one line and exit code 2', () => {
  const { status, stdout, stderr } = run('main.js', ['--filter=nothing-of-this-name'])
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /^error: expected --filter with [^\n]+, got 'nothing-of-this-name' \(see --help\)\n$/)
})

it('bench: a refusal of settings is one line and exit code 2, after the options were read', () => {
  const { status, stdout, stderr } = run('cost/main.js', ['--devices', 'cpu:256'])
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /^error: Bad configuration: devices: expected at most [^\n]+\n$/)
})

it('tune --dry-run predicts, and writes nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-tune-'))
  t.after(() => rm(folder, { recursive: true }))
  const args = ['--device', 'cpu:1', '--dry-run', '--quick', '--costs', 'profile']
  const out = join(folder, 'profile.json')
  const { status, stderr } = run(
    'tune/main.js',
    [...args, '--out', out, '--state', join(folder, 's.json')],
    folder,
  )
  assert.equal(status, 0, stderr)
  assert.match(stderr, /nothing was measured/)
  assert.deepEqual(await readdir(folder), [])
})
