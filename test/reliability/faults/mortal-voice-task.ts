/** The voice pool's own task; a recording of the one byte `DIE` ends its thread with all that it has loaded. */
import type { DecodeTask, ExtractTask } from '../../../src/voice/voice-maker.ts'
import type { PooledTask } from '../../../src/voice/voice-tasks.ts'

export const DIE = 3

export default async function run(pooled: PooledTask<DecodeTask | ExtractTask>): Promise<unknown> {
  const { task } = pooled
  if (task.task === 'decode' && task.audio.length === 1 && task.audio[0] === DIE) process.exit(1)
  // Not at the top: tests import the constant, and this reads what the pool's thread was started with.
  const { default: real } = await import('../../../workers/voice-task.ts')
  return real(pooled)
}
