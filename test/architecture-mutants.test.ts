/** Faults that are put into the build: each has one place there, its tests exist, and the page says what was found. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { inBuild, type MutantArea } from '../bench/mutants/mutant.ts'
import { AREAS } from '../bench/mutants/mutants.ts'
import { mutantsPage, RECORD } from '../bench/mutants/page.ts'
import { countArea, Verdicts } from '../bench/mutants/verdicts.ts'
import { repoRoot } from './helpers/paths.ts'

it('every fault has exactly one place in the build, and every test of an area exists', () => {
  const built = (path: string) => join(repoRoot, 'dist', `${path}.js`)
  for (const { name, tests, mutants } of AREAS) {
    for (const test of tests) assert(existsSync(built(`test/${test}`)), `${name}: no test ${test}`)
    for (const { file, from } of mutants) {
      const places = readFileSync(built(file), 'utf8').split(from).length - 1
      assert.equal(places, 1, `${file}: ${places} places of '${from}'`)
    }
  }
})

it('a verdict takes the place of an earlier one of its fault, and the page counts what is known', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-mutants-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'verdicts.json')
  const area: MutantArea = {
    name: 'toy',
    tests: ['toy.test'],
    mutants: inBuild('src/toy', ['a', 'b'], ['c', 'd'], ['e', 'f'], ['x || y', '', 'never read'], ['g', 'h']),
  }
  const put = (from: string, to: string, outcome: 'killed' | 'late' | 'survived') =>
    new Verdicts(path).put({ area: 'toy', file: 'src/toy', from, to, outcome })
  put('a', 'b', 'survived')
  put('a', 'b', 'killed')
  put('c', 'd', 'survived')
  put('e', 'f', 'late')
  put('gone', 'since', 'survived')
  const verdicts = new Verdicts(path)
  const { equivalent, ...counts } = countArea(area, verdicts)
  assert.deepEqual(counts, { area: 'toy', faults: 5, killed: 1, late: 1, survived: 1, unjudged: 1 })
  assert.equal(equivalent.length, 1)
  const page = mutantsPage([area], verdicts)
  assert.match(page, /^\| toy \| 5 \| 1 \| 1 \| 1 \| 1 \| 1 \| `toy\.test` \|$/m)
  assert.match(page, /^\| all \| 5 \|/m)
  assert.match(page, /^- `src\/toy`: `x \\\|\\\| y` → nothing: never read$/m)
})

it('the page in the documents is the one that the command writes', () => {
  const stored = readFileSync(join(repoRoot, 'docs/mutants.md'), 'utf8')
  assert.equal(stored, mutantsPage(AREAS, new Verdicts(RECORD)), 'run node dist/bench/mutants/page.js')
})
