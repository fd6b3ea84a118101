/** What a started server says of a profile made elsewhere, and what it does with devices that are not here. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { machineCores } from '../../src/config/machine-cores.ts'
import { pickProfile } from '../../src/config/profile.ts'
import { startChild } from '../helpers/child-server.ts'
import { repoRoot } from '../helpers/paths.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-doubts-'))
})
after(() => rm(folder, { recursive: true, maxRetries: 3 }))

const EMBEDDED = join(repoRoot, 'demo', 'voice')

/** The stored profile of CPUs as if a CPU of another name and a thousand times faster had made it. */
async function foreignProfile(): Promise<string> {
  const { profile } = await pickProfile('cpu', join(repoRoot, 'config', 'cpu.json'))
  const cost = { ...profile.cost, llmStepMs: 1e-4, llmStepPerRowMs: 1e-4 }
  const provenance = { tuned: { cpu: 'Fast 9000', cores: 2 } }
  const file = join(folder, 'profile.json')
  await writeFile(file, JSON.stringify({ ...profile, cost, provenance }))
  return file
}

it('a profile of another CPU, made with a faster one, is warned of in the log: by its name and by a measured step', async (t) => {
  const server = await startChild('serve.js', {
    cacheDir: join(repoRoot, '.cache', 'bundles'),
    folder: EMBEDDED,
    args: ['--profile', await foreignProfile(), '--set', `voicesDir=${join(folder, 'voices')}`],
  })
  t.after(() => server.process.kill('SIGKILL'))
  const warnings = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: unknown; msg: string })
    .filter(({ level }) => level === 'warn' || level === 40)
    .map(({ msg }) => msg)
  assert.match(warnings.join('\n'), /'tuned' was measured on Fast 9000, this is /)
  assert.match(
    warnings.join('\n'),
    /device cpu:\d+: a step of the LLM takes [\d.]+ ms, [\d.]+ times what the profile was made with/,
  )
})

it('more threads than cores end the start with code 2 and both numbers', () => {
  const cores = machineCores()
  for (const devices of [
    `cpu:${cores + 1}`,
    Array(cores + 1)
      .fill('cpu:1')
      .join(','),
  ]) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(repoRoot, 'dist/src/commands/serve.js'), '--port', '0', '--devices', devices],
      { encoding: 'utf8' },
    )
    assert.equal(status, 2, stderr)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
    assert(stderr.includes(`expected at most ${cores} CPU threads`), stderr)
    assert(stderr.includes(`got ${cores + 1} in "${devices}"`), stderr)
  }
})
