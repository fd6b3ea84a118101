/** Every command that the README and package.json name is one that the program knows. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'

const program = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(repoRoot, 'light-tts.mjs'), ...args], { encoding: 'utf8' })

it('what package.json and the README run is in the list of commands', async () => {
  const { stdout, stderr, status } = program('--help')
  assert.equal(status, 0)
  const known = new Set(
    [...(stdout + stderr).matchAll(/^ {2}npm (?:run -s )?([\w-]+)/gm)].map(([, name]) => name!),
  )
  const scripts = JSON.parse(await readFile(join(repoRoot, 'package.json'), 'utf8')).scripts as Record<
    string,
    string
  >
  const readme = await readFile(join(repoRoot, 'README.md'), 'utf8')
  const named = [
    ...Object.values(scripts).flatMap((line) => /^node light-tts\.mjs ([\w-]+)$/.exec(line)?.[1] ?? []),
    ...[...readme.matchAll(/npm (?:run -s )?([a-z-]+)/g)].flatMap(([whole, name]) =>
      /run -s/.test(whole) || name === 'start' || name === 'test' ? name! : [],
    ),
  ]
  assert(named.length > 30, `${named.length} names`)
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  )
})

/** `start` hands its arguments to `serve`; what else there is `command-lines.test.ts` asks. */
it('commands that are no entry file by themselves say how they are used, and refuse what they do not know', () => {
  for (const [name, usage] of [
    ['start', 'npm start --'],
    ['say', 'npm run -s say --'],
    ['sbom', 'npm run -s sbom'],
    ['cluster-test', 'npm run -s cluster-test'],
  ] as const) {
    const { stdout, status } = program(name, '--help')
    assert.equal(status, 0, name)
    assert(stdout.startsWith(`Usage: ${usage} [`), stdout)
  }
  for (const name of ['start', 'sbom']) {
    const { stdout, stderr, status } = program(name, '--no-such-option')
    assert.deepEqual([status, stdout], [2, ''], name)
    assert.match(stderr, /^error: [^\n]*'--no-such-option'\n$/)
  }
})
