/** `node dist/bench/mutants/page.js` writes docs/mutants.md: per area how many faults were put in, and what became of them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchCommand } from '../command-line/command.ts'
import type { MutantArea } from './mutant.ts'
import { AREAS } from './mutants.ts'
import { countArea, Verdicts } from './verdicts.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Where verdicts are kept, unless `--record` says otherwise. */
export const RECORD = join(ROOT, 'docs/benchmarks/mutants/verdicts.json')

const HEAD = [
  '# Mutants',
  '',
  'Faults that `node dist/bench/mutants/main.js` put into the build one at a time, and whether the tests of their area noticed;',
  'made by `node dist/bench/mutants/page.js` from `docs/benchmarks/mutants/verdicts.json`. *Late*: the tests did not end in time.',
  '*Equivalent*: no input tells the fault from what stood there; it is not put in.',
  '',
  '| Area | Faults | Killed | Late | Survived | Equivalent | Not judged | Tests |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
]

export function mutantsPage(areas: readonly MutantArea[], verdicts: Verdicts): string {
  const counts = areas.map((area) => ({ ...countArea(area, verdicts), tests: area.tests }))
  const rows = counts.map(({ area, faults, killed, late, survived, equivalent, unjudged, tests }) =>
    row(area, faults, killed, late, survived, equivalent.length, unjudged, tests.map(code).join(' ')),
  )
  const sum = (pick: (count: (typeof counts)[0]) => number) =>
    counts.reduce((all, count) => all + pick(count), 0)
  const total = row(
    'all',
    sum((count) => count.faults),
    sum((count) => count.killed),
    sum((count) => count.late),
    sum((count) => count.survived),
    sum((count) => count.equivalent.length),
    sum((count) => count.unjudged),
    '',
  )
  const equivalent = counts.flatMap((count) =>
    count.equivalent.map(
      ({ file, from, to, equivalent: why }) =>
        `- ${code(file)}: ${code(from)} → ${to === '' ? 'nothing' : code(to)}: ${why}`,
    ),
  )
  const end = equivalent.length === 0 ? [] : ['', '## Equivalent faults', '', ...equivalent]
  return `${[...HEAD, ...rows, total, ...end].join('\n')}\n`
}

const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`

const code = (text: string) =>
  `\`${text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('`', '´')}\``

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  benchCommand('writes docs/mutants.md from the verdicts in docs/benchmarks/mutants').parse()
  writeFileSync(join(ROOT, 'docs/mutants.md'), mutantsPage(AREAS, new Verdicts(RECORD)))
}
