/** `--device` of commands without a server: what may be given, and what is said of a card that cannot be used. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { isOfflineDevice, openOffline } from '../../src/commands/offline-device.ts'
import { cudaProvider } from '../../src/engine/runtime/cuda-provider.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'

it('the CPU and cards by number are devices, nothing else is', async () => {
  for (const name of ['cpu', 'cuda:0', 'cuda:12']) assert(isOfflineDevice(name), name)
  for (const name of ['', 'gpu', 'cuda', 'cuda:', 'cuda:-1', 'cuda:1234', 'cpu:2', 'CUDA:0']) {
    assert(!isOfflineDevice(name), name)
    await assert.rejects(openOffline(name, 1), { code: 'BAD_USAGE' }, name)
  }
  const { session } = await openOffline('cpu', 3)
  assert.deepEqual(session, { intraOpThreads: 3, spin: false })
})

it('comparing asks for products in full, serving does not', () => {
  const exact = cudaProvider(1, true)
  assert(exact.kind === 'cuda' && exact.deviceId === 1 && exact.options?.use_tf32 === '0')
  const serving = cudaProvider(0)
  assert(serving.kind === 'cuda' && serving.options?.use_tf32 === undefined)
})

it('a card without its libraries is one line with what helps, and another name is refused', async (t) => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-no-cards-'))
  t.after(() => rm(cacheDir, { recursive: true, force: true }))
  const verify = (device: string) =>
    spawnSync(
      process.execPath,
      [
        join(repoRoot, 'dist/src/commands/verify.js'),
        ...[join(repoRoot, 'nowhere'), join(goldenDir, 'expected'), '--device', device],
      ],
      { encoding: 'utf8', env: { ...process.env, LIGHT_TTS_CACHE_DIR: cacheDir } },
    )
  const wrong = verify('gpu')
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /expected cpu or cuda:0…, got 'gpu'/)
  const say = spawnSync(
    process.execPath,
    [
      join(repoRoot, 'dist/src/commands/say.js'),
      ...[
        'Hello.',
        '--model',
        goldenDir,
        '--dtype',
        'fp32',
        '--prompt-wav',
        join(goldenDir, 'inputs/prompt_24k.wav'),
      ],
      ...['--device', 'cuda:0', '--out', join(cacheDir, 'a.wav')],
    ],
    { encoding: 'utf8', env: { ...process.env, LIGHT_TTS_CACHE_DIR: cacheDir } },
  )
  assert.equal(say.status, 1)
  const last = say.stderr.trim().split('\n').at(-1)!
  assert.match(last, /^say: the cuda provider cannot be used: missing in .*libcudart.*`npm run -s cuda`/)
})
