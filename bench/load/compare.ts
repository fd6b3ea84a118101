/** Two results side by side. Pure. */
import type { Figures } from './figures.ts'
import { aligned, few, fewInWords, measured } from './table.ts'

type Percentile = Parameters<typeof few>[1]

/** Ratios of b to a; for times less than one is better. */
export function compared(a: Figures, b: Figures): string {
  for (const [name, { ok, requests }] of Object.entries({ a, b })) {
    // Of another program's file nothing is known.
    if (typeof ok === 'number' && ok > 0) continue
    const got = requests === 0 || requests === undefined ? 'none' : `${requests} that all failed`
    throw new Error(`${name}: expected a result with answers, got ${got}: there is nothing to compare`)
  }
  const rows: string[][] = [['', 'a', 'b', 'b / a']]
  const row = (name: string, of: (figures: Figures) => number, digits = 1, p: Percentile = 'p50') =>
    rows.push([
      name,
      measured(of(a), digits, few(a, p)),
      measured(of(b), digits, few(b, p)),
      measured(of(b) / of(a), 3),
    ])
  const percentiles = ['p50', 'p95', 'p99'] as const
  for (const p of percentiles) row(`first audio ${p}, ms`, ({ ttfa_ms }) => ttfa_ms[p], 1, p)
  for (const p of percentiles) row(`end to end ${p}, ms`, ({ e2e_ms }) => e2e_ms[p], 1, p)
  row('gap p99, ms', ({ gap_ms }) => gap_ms.p99, 1, 'p99')
  row('real-time factor p50', ({ rtf }) => rtf.p50, 3)
  row('audio s per s', ({ audio_s_per_s }) => audio_s_per_s, 2)
  row('free of stutter (100 ms), %', ({ stutter_free }) => 100 * stutter_free['100']!)
  row('goodput per s', ({ goodput_per_s }) => goodput_per_s, 2)
  row('errors', ({ errors }) => errors, 0)
  return `${[aligned(rows), ...fewInWords([a, b])].join('\n')}\n`
}
