/** How processes end that had the CUDA provider loaded. Also a server on two cards from its start to its end. */
import { spawnSync } from 'node:child_process'
import { repoRoot } from '../helpers/paths.ts'
import type { Line } from './line.ts'

const END = `
  import { openRuntime } from './dist/src/engine/runtime/open-runtime.js'
  import { SELF_CHECK_MODEL } from './dist/src/engine/runtime/self-check-model.js'
  const [own, releaseAtExit, alive] = process.argv.slice(1)
  const runtime = await openRuntime({ kind: 'native', cuda: { own }, releaseAtExit: releaseAtExit === 'true' })
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1, provider: { kind: 'cuda', deviceId: 0 } })
  if (alive !== 'true') session.release()`

/** Exit codes, with the environment released at the end and a session alive or not. */
export function* processEnds(folder: string): Generator<Line> {
  for (const alive of [true, false]) {
    const args = ['--input-type=module', '-e', END, folder, 'true', String(alive)]
    const { status, signal } = spawnSync(process.execPath, args, { cwd: repoRoot })
    const name = `a process with the provider loaded ends, ${alive ? 'a' : 'no'} session alive`
    yield { name, ok: status === 0, figure: signal ?? String(status), expected: '0' }
  }
}
