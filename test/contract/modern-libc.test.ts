/** uWebSockets.js's registry build on Node 20, 22 and 24 with a newer C library (`.ci/modern-libc` makes them): the same contract. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { isRequired } from '../helpers/required-tools.ts'

const FOLDER = join(repoRoot, '.cache', 'modern-libc')
const skip =
  existsSync(join(FOLDER, 'ready')) || isRequired('nodes')
    ? false
    : 'no nodes here: run .ci/modern-libc as root'
/** Both transports each: answers byte for byte, HTTP/1.0, strict statuses, connections handed over and left. */
const FILES = [
  'contract/http-contract',
  'contract/http-1-0',
  'contract/hand-over',
  'reliability/row-19-strict-http',
]

/** Reads of this build differ from those of the fork on older systems, whichever Node runs it. */
const OF_ONE = ['reliability/row-04-large-forms']

for (const major of [20, 22, 24]) {
  test(`Node ${major}: uWebSockets.js 20.57 and the twin hold the contract`, { skip }, () => {
    const node = join(FOLDER, `node-${major}`)
    // Inside a test run the runner would skip these files as its own.
    const { NODE_TEST_CONTEXT: _, ...outer } = process.env
    const env = { ...outer, NODE_PATH: join(FOLDER, 'uws', 'node_modules') }
    const library = spawnSync(
      node,
      [
        '--input-type=module',
        '-e',
        `import { loadUws } from '${join(repoRoot, 'dist/src/server/transport/uws-library.js')}'; console.log(loadUws().name)`,
      ],
      { env, encoding: 'utf8' },
    )
    assert.equal(library.stdout.trim(), 'uWebSockets.js', library.stderr)
    const files = [...FILES, ...(major === 24 ? OF_ONE : [])].map((name) =>
      join(repoRoot, 'dist', 'test', `${name}.test.js`),
    )
    const ran = spawnSync(node, ['--test', '--test-reporter=tap', ...files], { env, encoding: 'utf8' })
    assert.equal(ran.status, 0, ran.stdout)
    assert.match(ran.stdout, /^\s*ok \d+ - uws: /m, 'uWebSockets.js served')
  })
}
