/**
 * Tools that tests need beside Node. Where one is missing its tests are left out, unless `LIGHT_TTS_TEST_REQUIRE` names it
 * (`LIGHT_TTS_TEST_REQUIRE='chromium python'`, as in CI): then they fail.
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { repoRoot } from './paths.ts'

export type Tool =
  | 'axe'
  | 'chromium'
  | 'python'
  | 'haproxy'
  | 'nginx'
  | 'envoy'
  | 'redis-server'
  | 'promtool'
  | 'docker-compose'
  | 'strace'
  | 'script'
  | 'nodes'
  | 'openai'

export function isRequired(tool: Tool): boolean {
  return (process.env.LIGHT_TTS_TEST_REQUIRE ?? '').split(' ').includes(tool)
}

/** A program's absolute path: in the search path, where Debian puts servers, or where `.ci/run` puts what comes from PyPI. */
export function findProgram(name: string): string | undefined {
  const ours = join(repoRoot, '.cache', 'python', 'bin')
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ours]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** Why tests that need a program of the same name are left out, or false. */
export function skipWithout(tool: Tool): string | false {
  return findProgram(tool) !== undefined || isRequired(tool) ? false : `no ${tool} here`
}
