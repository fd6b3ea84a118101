/**
 * `node dist/bench/report/main.js`: writes `docs/benchmarks.md` from the records in `docs/benchmarks/`.
 *
 * With `--check` it writes nothing and exits with 1 where the page is not what the records make.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { benchCommand } from '../command-line/command.ts'
import { benchmarksPage } from './markdown.ts'
import { readRecords } from './record.ts'

const { check } = benchCommand('writes docs/benchmarks.md from the records in docs/benchmarks')
  .option('--check', 'write nothing; end with 1 where the page is not what the records make', false)
  .parse()
  .opts<{ check: boolean }>()
const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url))
const page = `${DOCS}benchmarks.md`
const text = benchmarksPage(readRecords(`${DOCS}benchmarks`))
if (!check) writeFileSync(page, text)
else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/benchmarks.md is not what its records make: node dist/bench/report/main.js')
  process.exitCode = 1
}
