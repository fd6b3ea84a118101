import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { benchmarksPage } from '../../bench/report/markdown.ts'
import { type BenchmarkRecord, readRecords } from '../../bench/report/record.ts'
import { repoRoot } from '../helpers/paths.ts'

it('docs/benchmarks.md is what its stored records make', () => {
  const page = readFileSync(join(repoRoot, 'docs', 'benchmarks.md'), 'utf8')
  const expected = benchmarksPage(readRecords(join(repoRoot, 'docs', 'benchmarks')))
  assert.equal(page, expected, 'run: node dist/bench/report/main.js')
})

it('every section names machine, commit, date and command', () => {
  for (const { file, record } of readRecords(join(repoRoot, 'docs', 'benchmarks'))) {
    const page = benchmarksPage([{ file, record }])
    const { cpu, commit, date } = record.circumstances
    for (const fact of [cpu, commit, date, `(\`${file}\`)`])
      assert(page.includes(fact), `${file}: no ${fact}`)
    assert.match(record.command ?? '', /^(node|npm) /, `${file}: no command`)
  }
})

it('a benchmark that the page has not heard of gets tables all the same', () => {
  const record: BenchmarkRecord = {
    name: 'new-thing',
    circumstances: {
      date: '2026-01-02',
      commit: 'abc',
      node: '20',
      cpu: 'x',
      cores: 2,
      memoryGiB: 4,
      load: 0.5,
    },
    result: {
      total: 1234.567,
      nested: { small: 0.00123456 },
      rows: [{ a: 1, b: { c: 'x|y' } }, { a: 2 }],
      ids: [1, 2],
    },
  }
  const page = benchmarksPage([{ file: 'new.json', record }])
  for (const line of [
    '| total | 1235 |',
    '| nested small | 0.001235 |',
    '| ids | 1, 2 |',
    '| a | b c |',
    '| 1 | x\\|y |',
    '| 2 |  |',
  ])
    assert(page.includes(line), `no line ${line} in\n${page}`)
})
