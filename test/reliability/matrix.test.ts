/** Every row of the matrix has a test. Tests that it names exist, and the page says what they say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { repoRoot } from '../helpers/paths.ts'
import { MATRIX } from './matrix.ts'
import { findTitles, reliabilityPage } from './page.ts'

const rows = Object.values(MATRIX).flat()
const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`)

it('every row has a test', () => {
  const ids = rows.map(({ id }) => id)
  const expected = [...numbered('A', 10), ...numbered('B', 18), ...numbered('C', 20), ...numbered('D', 6)]
  assert.deepEqual(
    expected.filter((id) => !ids.includes(id)),
    [],
  )
  assert.equal(new Set(ids).size, ids.length)
  assert.deepEqual(
    rows.filter(({ tests }) => tests.length === 0).map(({ id }) => id),
    [],
  )
})

it('a test that is named and does not exist is found', () => {
  for (const { tests } of rows) for (const [file, part] of tests) findTitles(file, part)
  assert.throws(() => findTitles('reliability/matrix.test.ts', 'no such title'), /got 0/)
})

it('the page has the rows and files that the command writes', () => {
  // Rows and files: words of titles change more often than the page is made.
  const rowsOf = (page: string) =>
    page
      .split('\n')
      .filter((line) => /^\| [A-D]\d/.test(line))
      .map((line) => [
        line.split('|')[1]!.trim(),
        ...[...line.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file]) => file),
      ])
  const stored = rowsOf(readFileSync(join(repoRoot, 'docs/reliability.md'), 'utf8'))
  assert.deepEqual(stored, rowsOf(reliabilityPage()), 'run node dist/test/reliability/page.js')
})
