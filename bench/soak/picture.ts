/** Lines over time as an SVG, one panel each, and as one line of blocks for a terminal. */
import type { Sample, Trend } from './trend.ts'

export interface Line {
  readonly name: string
  readonly unit: string
  readonly samples: readonly Sample[]
  readonly trend: Trend
}

const WIDTH = 720
const PANEL = 130
const LEFT = 70
const TOP = 24
const BLOCKS = '▁▂▃▄▅▆▇█'
const COLUMNS = 60

/** A picture that any browser shows; panels below each other, red where a line rises. */
export function svgOf(title: string, lines: readonly Line[]): string {
  const height = TOP + PANEL * lines.length
  const panels = lines.map((line, i) => panelOf(line, TOP + i * PANEL)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="16">${escaped(title)}</text>
${panels}
</svg>
`
}

/** One line for a terminal: name, blocks, and what the judged part did. */
export function blocksOf({ name, unit, samples, trend }: Line): string {
  const { low, high } = rangeOf(samples)
  const end = samples.at(-1)?.at ?? 1
  let blocks = ''
  for (let column = 0; column < COLUMNS; column++) {
    const at = (column / COLUMNS) * end
    const value = samples.find((sample) => sample.at >= at)?.value ?? low
    blocks += BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(((value - low) / (high - low)) * BLOCKS.length))]
  }
  const verdict = trend.rises ? 'RISES' : 'level'
  const [from, to] = [trend.from.toFixed(0), trend.to.toFixed(0)]
  return `${name.padEnd(12)} ${blocks} ${low.toFixed(0)}–${high.toFixed(0)} ${unit}, ${from} → ${to}: ${verdict}`
}

function panelOf({ name, unit, samples, trend }: Line, top: number): string {
  const { low, high } = rangeOf(samples)
  const end = samples.at(-1)?.at ?? 1
  const x = (at: number) => (LEFT + (at / end) * (WIDTH - LEFT - 12)).toFixed(1)
  const y = (value: number) => (top + 22 + (1 - (value - low) / (high - low)) * (PANEL - 46)).toFixed(1)
  const points = samples.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')
  const colour = trend.rises ? '#c00' : '#06c'
  const rise = `${trend.from.toFixed(0)} → ${trend.to.toFixed(0)} ${unit}${trend.rises ? ', rises' : ''}`
  return `<text x="8" y="${top + 14}">${escaped(name)}: ${escaped(rise)}</text>
<text x="8" y="${top + 30}" fill="#777">${high.toFixed(0)}</text><text x="8" y="${top + PANEL - 20}" fill="#777">${low.toFixed(0)}</text>
<polyline fill="none" stroke="${colour}" points="${points}"/>
<text x="${WIDTH - 60}" y="${top + PANEL - 6}" fill="#777">${end.toFixed(0)} s</text>`
}

/** From zero where the line is near it, else from its lowest value, so that a small rise is seen. */
function rangeOf(samples: readonly Sample[]): { low: number; high: number } {
  const values = samples.map(({ value }) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return high > low ? { low, high } : { low, high: low + 1 }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
