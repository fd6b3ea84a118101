/** `node dist/test/reliability/page.js` writes docs/reliability.md: each fault, what a test does, and what it saw. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchCommand } from '../../bench/command-line/command.ts'
import { repoRoot } from '../helpers/paths.ts'
import { MATRIX } from './matrix.ts'
import type { MatrixRow } from './matrix-row.ts'

const HEAD = [
  '# Reliability',
  '',
  'Made by `node dist/test/reliability/page.js` from `test/reliability/matrix.ts`; what was seen are the titles of the tests, which CI runs',
  '(files that end in `.long.ts`: `npm run -s cluster-test`). After every test with a server nothing may be held: no slot, socket, file,',
  'timer or byte of a budget, and that check is itself shown to fail.',
  '',
].join('\n')

/** Titles of a test file, as they stand there. */
export function titlesOf(file: string): string[] {
  const text = readFileSync(join(repoRoot, 'test', file), 'utf8')
  return [...text.matchAll(/\b(?:it|test|describe)\(\s*(['"`])((?:\\.|(?!\1)[^\\])+)\1/gs)].map(
    ([, , title]) => title!,
  )
}

/** The one title that has `part` in it; without one, all of the file's. Throws where there is none, or more than one. */
export function findTitles(file: string, part: string): string[] {
  const found = titlesOf(file).filter((title) => title.includes(part))
  if (found.length === 0 || (part !== '' && found.length > 1))
    throw new Error(`expected one title with '${part}' in test/${file}, got ${found.length}`)
  return found
}

export function reliabilityPage(): string {
  const sections = Object.entries(MATRIX).map(([name, rows]) => {
    const lines = rows.map((row) => `| ${row.id} | ${row.done} | ${seen(row)} |`)
    return `\n## ${name}\n\n| Row | What is done | What was seen |\n| --- | --- | --- |\n${lines.join('\n')}\n`
  })
  return HEAD + sections.join('')
}

function seen({ tests, untried }: MatrixRow): string {
  const titles = tests.flatMap(([file, part]) =>
    findTitles(file, part).map((title) => `${plain(title)} (\`${file}\`)`),
  )
  return [...titles, ...(untried === undefined ? [] : [`*not tried*: ${untried}`])].join('<br>')
}

/** Without a row's name, a transport that varies, and signs that would end the cell. */
function plain(title: string): string {
  return title
    .replace(/^(?:\$\{transport\}|simulated \$\{name\}): /, '')
    .replace(/^[A-D]\d+ /, '')
    .replace(/\$\{([\w.]+)\}/g, '…')
    .replaceAll('|', '\\|')
    .replaceAll("\\'", "'")
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  benchCommand('writes docs/reliability.md from test/reliability/matrix.ts and the titles of tests').parse()
  writeFileSync(join(repoRoot, 'docs', 'reliability.md'), reliabilityPage())
}
