/** Commands of the bench: wrong options are one line, and a dry run writes nothing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

const run = (path: string, args: readonly string[], cwd = repoRoot) =>
  spawnSync(process.execPath, [join(repoRoot, 'dist/bench', path), ...args], { cwd, encoding: 'utf8' })

it('bench: a wrong option is one line and exit code 2', () => {
  for (const wrong of ['--bogus', '--rounds=x', '--filter=nothing-of-this-name']) {
    const { status, stdout, stderr } = run('main.js', [wrong])
    assert.equal(status, 2, wrong)
    assert.equal(stdout, '')
    assert.match(stderr, /^bench: [^\n]+\n$/, wrong)
  }
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
