/** The same load with more and more listeners: what is heard well, and from where on more listeners add nothing. Pure but for `run`. */
import type { Figures } from './figures.ts'
import { aligned, few, fewInWords, measured } from './table.ts'

export interface SweepRow {
  readonly listeners: number
  readonly figures: Figures
}

export interface Sweep {
  readonly rows: readonly SweepRow[]
  /** The least number of listeners with nearly the best goodput. */
  readonly knee: number
}

const BUFFER = '200'
const NEARLY = 0.95

export async function sweep(
  numbers: readonly number[],
  run: (listeners: number) => Promise<Figures>,
  onRow: (row: SweepRow) => void = () => {},
): Promise<Sweep> {
  const rows: SweepRow[] = []
  for (const listeners of numbers) {
    const row = { listeners, figures: await run(listeners) }
    rows.push(row)
    onRow(row)
  }
  return { rows, knee: kneeOf(rows) }
}

export function kneeOf(rows: readonly SweepRow[]): number {
  const best = Math.max(...rows.map(({ figures }) => goodput(figures)))
  const enough = rows.filter(({ figures }) => goodput(figures) >= NEARLY * best)
  return Math.min(...enough.map(({ listeners }) => listeners))
}

export function sweepTable({ rows, knee }: Sweep): string {
  const best = Math.max(...rows.map(({ figures }) => goodput(figures)))
  const head = ['listeners', 'clean audio s/s', 'of best, %', 'clean, %', 'heard', 'refused', 'failed']
  const lines = rows.map(({ listeners, figures }) => [
    `${listeners}${listeners === knee ? ' <' : ''}`,
    goodput(figures).toFixed(2),
    (best === 0 ? 0 : (100 * goodput(figures)) / best).toFixed(0),
    (100 * figures.clean_of_accepted[BUFFER]!).toFixed(1),
    String(figures.ok),
    String(figures.refused),
    String(figures.errors - figures.refused),
    measured(figures.ttfa_ms.p50, 0),
    measured(figures.ttfa_ms.p95, 0, few(figures, 'p95')),
  ])
  const table = aligned([[...head, 'first audio p50', 'p95, ms'], ...lines])
  const marks = fewInWords(rows.map(({ figures }) => figures))
  return `${[table, `from ${knee} listeners on (<) more add nothing`, ...marks].join('\n')}\n`
}

function goodput({ clean_audio_s_per_s }: Figures): number {
  return clean_audio_s_per_s[BUFFER]!
}
