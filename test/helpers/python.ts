/** A Python with the packages of `test/acceptance/requirements.txt`, for tests of Python clients. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repoRoot } from './paths.ts'
import { isRequired } from './required-tools.ts'

/** Made by `.ci/run`, or by hand as test/acceptance/requirements.txt says. */
export const PYTHON = process.env.LIGHT_TTS_TEST_PYTHON ?? join(repoRoot, '.cache', 'python', 'bin', 'python')

/** Why tests that need Python are left out, or false. */
export function skipWithoutPython(): string | false {
  if (existsSync(PYTHON) || isRequired('python')) return false
  return 'no Python with test/acceptance/requirements.txt here (.cache/python, or LIGHT_TTS_TEST_PYTHON)'
}

export interface Finished {
  readonly code: number
  readonly output: string
}

/** Runs a program in a folder and gives what it wrote. The Python client is the checkout's unless another folder is given. */
export async function runIn(
  folder: string,
  command: string,
  args: readonly string[],
  pythonPath = join(repoRoot, 'clients/python/src'),
): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONPATH: pythonPath, OPENAI_API_KEY: 'unused' },
    timeout: 60_000,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  const [code] = await once(child, 'close')
  return { code: code ?? -1, output }
}

export const runPython = (folder: string, script: string): Promise<Finished> =>
  runIn(folder, PYTHON, ['-c', script])
