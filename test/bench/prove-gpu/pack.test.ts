/** The packed proof: parts of a bounded size with their hashes, and a script that joins and runs them elsewhere. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { PART_BYTES } from '../../../bench/prove-gpu/pack.ts'
import { shipped } from '../../../bench/prove-gpu/shipped-packages.ts'
import { repoRoot } from '../../helpers/paths.ts'

it('what runs without development tools is packed, of this platform', async () => {
  const packages = await shipped(repoRoot)
  for (const name of ['onnxruntime-node', 'koffi', 'ws'])
    assert(packages.includes(`node_modules/${name}`), name)
  for (const name of ['typescript', 'knip', 'playwright-core'])
    assert(!packages.includes(`node_modules/${name}`), name)
})

it('the packed proof runs from its parts alone; a damaged part is refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-pack-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const entry = join(repoRoot, 'dist/bench/prove-gpu/main.js')
  const target = join(folder, 'pack')
  const made = spawnSync(process.execPath, [entry, '--pack', target], { encoding: 'utf8' })
  assert.equal(made.status, 0, made.stderr)
  const { parts, hasProvider } = JSON.parse(made.stdout)
  assert.equal(hasProvider, false)
  const files = await readdir(target)
  assert.deepEqual(
    files.sort(),
    [...parts.map(({ file }: { file: string }) => file), 'parts.sha256', 'run.sh'].sort(),
  )
  for (const { file, bytes } of parts) {
    assert(bytes <= PART_BYTES)
    assert.equal((await stat(join(target, file))).size, bytes)
  }
  const again = spawnSync(process.execPath, [entry, '--pack', target], { encoding: 'utf8' })
  assert.match(again.stderr, /expected an empty folder/)
  const run = () =>
    spawnSync(
      join(target, 'run.sh'),
      ['--device', 'cpu', '--only', 'card', '--only', 'placement', '--minutes', '30'],
      {
        encoding: 'utf8',
        cwd: folder,
        env: { PATH: '/usr/bin:/bin' },
      },
    )
  const { status, stdout, stderr } = run()
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /ok {7}cosyvoice2: llm in half precision/)
  await rm(join(target, 'unpacked'), { recursive: true })
  await appendFile(join(target, parts[0].file), 'x')
  assert.notEqual(run().status, 0)
})
