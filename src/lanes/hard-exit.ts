/**
 * Ends the process at once with a code of our choice, even while a thread hangs in a native call.
 *
 * `process.exit` waits for every worker to stop, and a worker inside a native call cannot be stopped: on a hung device
 * it would wait for ever. Only `_exit` of the C library runs no handler. Nothing is
 * flushed and no exit handler runs: log first, and only where nothing is left to save.
 */
import { koffi } from '../core/native-calls.ts'

/** Exit code of a process that gave up on a hung device; its supervisor starts it again. */
export const EXIT_DEVICE_HUNG = 75

export function hardExit(code: number): never {
  if (process.platform === 'win32') process.kill(process.pid, 'SIGKILL')
  koffi.load(null).func('void _exit(int code)')(code)
  throw new Error('_exit returned')
}
