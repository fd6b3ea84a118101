/** `light-tts align`: the embedded voice's head is found again without its file; untrained weights have none. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { repoRoot } from '../helpers/paths.ts'
import { runIn } from '../helpers/python.ts'

const align = (...args: string[]) =>
  runIn(repoRoot, process.execPath, [join(repoRoot, 'dist/src/commands/align.js'), ...args])

async function copyOf(t: TestContext, checkpoint: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-align-test-'))
  t.after(() => rm(folder, { recursive: true }))
  await cp(checkpoint, folder, { recursive: true, filter: (path) => !path.endsWith('alignment.json') })
  return folder
}

it('finds the head of the embedded voice and writes it where convert reads it', async (t) => {
  const folder = await copyOf(t, EMBEDDED_VOICE)
  const { code, output } = await align(folder)
  assert.equal(code, 0, output)
  assert.deepEqual(
    JSON.parse(await readFile(join(folder, 'alignment.json'), 'utf8')),
    JSON.parse(await readFile(join(EMBEDDED_VOICE, 'alignment.json'), 'utf8')),
  )
})

for (const name of ['tiny-a', 'tiny-c'])
  it(`untrained weights of ${name} have no such head, and nothing is written`, async (t) => {
    const folder = await copyOf(t, join(repoRoot, 'test/golden', name))
    const { code, output } = await align(folder)
    assert.equal(code, 1, output)
    assert.match(
      output,
      /align: no head follows the text, so times of words stay estimates; nothing was written\n$/,
    )
    assert(!existsSync(join(folder, 'alignment.json')))
  })

it('a folder that is no checkpoint is refused in a line', async () => {
  const { code, output } = await align(join(repoRoot, 'docs'))
  assert.deepEqual([code, output.trim().split('\n').length], [1, 1], output)
})
