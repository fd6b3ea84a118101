/** Row 5: a thread of the voice pool that cannot start costs requests that wait for it a 503, and others nothing. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { TtsError } from '../../src/core/errors.ts'
import { ownWork } from '../../src/core/speech-port.ts'
import { openVoiceTasks } from '../../src/voice/voice-tasks.ts'
import { until } from './faults/unlucky-device.ts'
import { assertCensus, census } from './invariant.ts'

test('each is refused while threads fail, and served once one starts', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-row5-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'entry.mjs')
  const before = census([folder])
  // What a thread without descriptors meets when it reads its own code.
  await writeFile(path, "throw Object.assign(new Error('told to fail'), { code: 'EMFILE' })")
  const tasks = openVoiceTasks(
    { bundleDir: '', modelName: '', maxPromptSeconds: 1 },
    { entry: pathToFileURL(path), onHung: () => assert.fail('nothing hangs') },
  )
  const decode = () =>
    tasks.pool.run(
      { task: 'decode', audio: Uint8Array.of(0), promptText: '', promptMode: 'auto' },
      ownWork(),
    ) as Promise<unknown>
  const isRefused = (error: unknown) =>
    error instanceof TtsError && error.status === 503 && error.retryAfterSeconds !== undefined
  for (let i = 0; i < 3; i++) await assert.rejects(decode(), isRefused)
  await Promise.all([1, 2, 3].map(() => assert.rejects(decode(), isRefused)))
  await writeFile(path, "export default () => ({ ok: true, value: 'decoded' })")
  assert.equal(await decode(), 'decoded')
  await until('the pool is idle', () => tasks.size === 0)
  await tasks.close()
  await rm(path)
  await assertCensus(before, [folder])
})
