/** A task of the voice pool for tests: the recording's first byte says what it does. */
import koffi from 'koffi'
import type { DecodeTask } from '../../../src/voice/voice-maker.ts'
import type { PooledTask, TaskOutcome } from '../../../src/voice/voice-tasks.ts'

export const LOOP = 1
export const HANG = 2

export default function run({ task }: PooledTask<DecodeTask>): TaskOutcome<string> {
  if (task.audio[0] === LOOP) for (;;);
  if (task.audio[0] === HANG) koffi.load(null).func('int usleep(unsigned int microseconds)')(20_000_000)
  return { ok: true, value: 'decoded' }
}
