/** Row 12: a recording whose decoding hangs costs its sender an answer of 503, and the next one a new thread. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { TtsError } from '../../src/core/errors.ts'
import { ownWork } from '../../src/core/speech-port.ts'
import { openVoiceTasks, type VoiceTaskBounds } from '../../src/voice/voice-tasks.ts'
import { HANG, LOOP } from './faults/stuck-voice-task.ts'
import { until } from './faults/unlucky-device.ts'
import { assertCensus, census } from './invariant.ts'

const late = (error: unknown) => error instanceof TtsError && error.status === 503

function openStuck(bounds: Partial<VoiceTaskBounds> = {}) {
  const tasks = openVoiceTasks(
    { bundleDir: '', modelName: '', maxPromptSeconds: 1 },
    { taskLimitMs: 3000, entry: new URL('./faults/stuck-voice-task.js', import.meta.url), ...bounds },
  )
  const decode = (first: number, work = ownWork()) =>
    tasks.pool.run(
      { task: 'decode', audio: Uint8Array.of(first), promptText: '', promptMode: 'auto' },
      work,
    ) as Promise<unknown>
  return { tasks, decode }
}

test('a decode that loops is ended; those behind it are served by a new thread', async () => {
  const before = census()
  const { tasks, decode } = openStuck({ onHung: () => assert.fail('it ends') })
  const looping = decode(LOOP)
  const behind = decode(0)
  await assert.rejects(looping, late)
  assert.equal(await behind, 'decoded')
  // A caller with less patience than the limit is answered by its own.
  await assert.rejects(decode(LOOP, { ...ownWork(), timeoutMs: 20 }), late)
  await until('the pool is idle', () => tasks.size === 0)
  assert.equal(await decode(0), 'decoded')
  await tasks.close()
  await assertCensus(before)
})

test('a decode that hangs in a native call is answered too, and reported', async () => {
  let reports = 0
  const { tasks, decode } = openStuck({ endMs: 200, onHung: () => reports++ })
  await assert.rejects(decode(HANG), late)
  await until('it is reported', () => reports === 1)
  // Its thread ends with the call; a process that serves would have ended with code 75.
  await tasks.close()
})
