/** Figures as a table for people. */
import { BUFFERS_MS, type Figures, type Spread } from './figures.ts'

export function table(figures: Figures): string {
  const rows: string[][] = [['', 'p50', 'p95', 'p99', 'max']]
  const row = (name: string, { p50, p95, p99, max }: Spread, digits = 1) =>
    rows.push([name, ...[p50, p95, p99, max].map((value) => value.toFixed(digits))])
  row('first audio, ms', figures.ttfa_ms)
  row('first audible sound, ms', figures.ttfa_audible_ms)
  row('end to end, ms', figures.e2e_ms)
  row('gap between chunks, ms', figures.gap_ms)
  row('real-time factor', figures.rtf, 3)
  row('connection, ms', figures.connect_ms)
  if (figures.lag_ms.max > 0.05) row("generator's own lag, ms", figures.lag_ms)
  const stutter = BUFFERS_MS.map((buffer) => {
    const share = figures.stutter_free[String(buffer)]!
    return `${(100 * share).toFixed(1)} % with ${buffer} ms`
  })
  const { firstAudioMs, bufferMs } = figures.goodput_limits
  const { silent, clipped, faults } = figures.integrity
  const lines = [
    `${figures.ok} of ${figures.requests} requests ok in ${figures.wall_s.toFixed(1)} s${errorsOf(figures)}`,
    `${figures.audio_s.toFixed(1)} s of audio, ${figures.audio_s_per_s.toFixed(2)} s of audio per second, ${figures.requests_per_s.toFixed(2)} requests per second`,
    `free of stutter: ${stutter.join(', ')} of buffer`,
    `clean (200 ms of buffer): ${figures.clean_audio_s_per_s['200']!.toFixed(2)} s of audio per second, ${(100 * figures.clean_of_accepted['200']!).toFixed(1)} % of those not refused`,
    `goodput (first sound ≤ ${firstAudioMs} ms, no stutter with ${bufferMs} ms): ${figures.goodput_per_s.toFixed(2)} per second`,
    `integrity: ${silent} silent, ${clipped} clipped, ${faults} with a broken container`,
  ]
  return `${aligned(rows)}\n\n${lines.join('\n')}\n`
}

function errorsOf({ errors, errors_by }: Figures): string {
  if (errors === 0) return ''
  const kinds = Object.entries(errors_by).map(([word, count]) => `${count} × ${word}`)
  return `; errors: ${kinds.join(', ')}`
}

/** First column to the left, numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]! + 2))).join(''),
    )
    .join('\n')
}
