/** Files of `deploy/`, and programs that judge them. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { repoRoot } from '../helpers/paths.ts'
import { findProgram } from '../helpers/required-tools.ts'

/** What stopping lanes may take; `src/commands/serve.ts`. */
export const LANES_STOP_MS = 10_000

export const at = (name: string) => join(repoRoot, 'deploy', name)

export function run(
  program: string,
  ...args: readonly string[]
): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, args, { encoding: 'utf8' })
  return { ok: status === 0, output: `${stdout}${stderr}` }
}
