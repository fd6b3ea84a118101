/** The converter's cache as its owner sees it: what is there, of which day, and what goes. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { testFolder } from '../helpers/proxy-process.ts'

const ENTRY = join(repoRoot, 'dist/src/commands/bundles.js')
const run = (...args: readonly string[]) =>
  execFileSync(process.execPath, [ENTRY, ...args], { encoding: 'utf8' })

it('bundles are listed by their last use, and only those that nobody opened for so long are removed', (t) => {
  const folder = testFolder(t)
  const [old, young] = ['a'.repeat(32), 'b'.repeat(32)]
  for (const id of [old, young]) {
    mkdirSync(join(folder, id))
    writeFileSync(join(folder, id, 'llm.onnx'), Buffer.alloc(2_000_000))
  }
  mkdirSync(join(folder, 'capacity'))
  const longAgo = new Date('2020-01-02T12:00:00Z')
  utimesSync(join(folder, old), longAgo, longAgo)
  const listed = run('--dir', folder)
  assert.match(listed, /^a{32} +2\.0 MB {2}used 2020-01-02 {2}unfinished\nb{32} /)
  assert.match(listed, /2 in .*, 4\.0 MB\n$/)
  assert.equal(readdirSync(folder).length, 3)
  assert.match(run('--dir', folder, '--prune', '30'), /^a{32} .* removed\nb{32} [^\n]*unfinished\n/)
  assert.deepEqual(readdirSync(folder).sort(), [young, 'capacity'].sort())
  assert.match(run('--dir', join(folder, 'nothing')), /^0 in /)
  const wrong = spawnSync(process.execPath, [ENTRY, '--prune', 'soon'], { encoding: 'utf8' })
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /expected a number of days, got soon/)
})
