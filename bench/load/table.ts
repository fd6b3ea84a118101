/** Figures as a table for people. */
import type { Circumstances } from '../report/record.ts'
import { BUFFERS_MS, type Figures, type Spread } from './figures.ts'

/** Answers that a percentile needs: with fewer it is the worst one or two of them. */
const ENOUGH = { p50: 1, p95: 20, p99: 100 }
const FEW = ' ?'
const FEW_IN_WORDS = `${FEW.trim()}: of ${ENOUGH.p95} answers and more a p95 can be told, of ${ENOUGH.p99} a p99`

export function table(figures: Figures): string {
  const rows: string[][] = [['', 'p50', 'p95', 'p99', 'max']]
  const row = (name: string, { p50, p95, p99, max }: Spread, digits = 1) => {
    const of = (value: number, mark = '') => measured(value, digits, mark)
    rows.push([name, of(p50), of(p95, few(figures, 'p95')), of(p99, few(figures, 'p99')), of(max)])
  }
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
    ...fewInWords([figures]),
    `${figures.ok} of ${figures.requests} requests ok in ${figures.wall_s.toFixed(1)} s${errorsOf(figures)}`,
    `${figures.audio_s.toFixed(1)} s of audio, ${figures.audio_s_per_s.toFixed(2)} s of audio per second, ${figures.requests_per_s.toFixed(2)} requests per second`,
    `free of stutter: ${stutter.join(', ')} of buffer`,
    `clean (200 ms of buffer): ${figures.clean_audio_s_per_s['200']!.toFixed(2)} s of audio per second, ${(100 * figures.clean_of_accepted['200']!).toFixed(1)} % of those not refused`,
    `goodput (first sound ≤ ${firstAudioMs} ms, no stutter with ${bufferMs} ms): ${figures.goodput_per_s.toFixed(2)} per second`,
    `integrity: ${silent} silent, ${clipped} clipped, ${faults} with a broken container`,
  ]
  return `${aligned(rows)}\n\n${lines.join('\n')}\n`
}

/** A figure and its mark, or that there was nothing to measure. */
export function measured(value: number, digits: number, mark = ''): string {
  return Number.isFinite(value) ? value.toFixed(digits) + mark : '–'
}

/** The mark of a percentile of few answers. */
export function few({ ok }: Figures, p: keyof typeof ENOUGH): string {
  return ok > 0 && ok < ENOUGH[p] ? FEW : ''
}

/** What the marks mean, where any of these results has one. */
export function fewInWords(results: readonly Figures[]): string[] {
  return results.some((figures) => few(figures, 'p99') !== '') ? [FEW_IN_WORDS] : []
}

/** Where and when it was measured, and whether others were at work there. */
export function circumstancesLine({ cpu, cores, date, load, commit }: Circumstances): string {
  const line = `${date}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}, commit ${commit}`
  return load > cores
    ? `${line}\nwarning: a load of ${load.toFixed(1)} on ${cores} cores: others were at work, or the load test itself took the server's time`
    : line
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
