/**
 * A report as one HTML file with charts, which works without a network.
 *
 * uPlot is put into the file.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Circumstances } from '../report/record.ts'
import type { Capacity } from './capacity.ts'
import type { LoadResult } from './load-test.ts'
import { audioSeconds, firstAudioMs } from './outcome.ts'
import { gapsOf } from './playback.ts'
import { circumstancesLine, table } from './table.ts'

/** Rows of the raster of arrivals: more cannot be told apart. */
const MAX_ROWS = 120

export function htmlReport(
  { figures, outcomes }: LoadResult,
  { asked, circumstances }: { readonly asked: object; readonly circumstances: Circumstances },
  capacity: Capacity | undefined,
): string {
  const zero = Math.min(...outcomes.map(({ startMs }) => startMs))
  const sorted = [...outcomes].sort((a, b) => a.startMs - b.startMs)
  const data = {
    limitMs: figures.goodput_limits.firstAudioMs,
    starts: sorted.map(({ startMs }) => (startMs - zero) / 1000),
    first: sorted.map((outcome) => firstAudioMs(outcome) ?? null),
    e2e: sorted.map(({ endMs, t0Ms, error }) => (error === undefined ? endMs - t0Ms : null)),
    firstSorted: ascending(sorted.flatMap((outcome) => firstAudioMs(outcome) ?? [])),
    gapsSorted: ascending(sorted.flatMap(({ arrivals }) => gapsOf(arrivals))),
    raster: sorted.slice(0, MAX_ROWS).map((outcome) => ({
      start: (outcome.startMs - zero) / 1000,
      end: (outcome.endMs - zero) / 1000,
      chunks: outcome.arrivals.map(({ atMs }) => (atMs - zero) / 1000),
      audio: audioSeconds(outcome),
      failed: outcome.error !== undefined,
    })),
    capacity: capacity?.trials.map(({ listeners, figures: each, kept }) => ({
      listeners,
      kept,
      p95: each.ttfa_audible_ms.p95,
      free: 100 * each.stutter_free[String(each.goodput_limits.bufferMs)]!,
    })),
  }
  const uplot = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test</title>
<style>${readFileSync(join(uplot, 'uPlot.min.css'), 'utf8')}${STYLE}</style></head>
<body><h1>Load test</h1><p class="asked">${escaped(JSON.stringify(asked))}</p>
<p class="asked">${escaped(circumstancesLine(circumstances))}</p>
<pre>${escaped(table(figures))}${capacity === undefined ? '' : `capacity: ${capacity.listeners} listeners\n`}</pre>
<h2>Latency over time</h2><div id="over-time"></div>
<h2>First audio, share of requests</h2><div id="first-cdf"></div>
<h2>Gaps between chunks, share of gaps</h2><div id="gap-cdf"></div>
<h2>Arrivals</h2><p>One row a request: from its start to its end, with a mark for each chunk that came.</p><canvas id="raster"></canvas>
<div id="capacity-part"${capacity === undefined ? ' hidden' : ''}><h2>Capacity</h2><p>One point a run; three seeds for each number of listeners.</p><div id="capacity-first"></div><div id="capacity-free"></div></div>
<script>${readFileSync(join(uplot, 'uPlot.iife.min.js'), 'utf8')}</script>
<script>const data = ${JSON.stringify(data).replaceAll('<', '\\u003c')};${SCRIPT}</script>
</body></html>
`
}

const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
pre{background:light-dark(#f3f4f6,#1f2329);padding:1rem;border-radius:8px;overflow-x:auto}
.asked{color:light-dark(#5b6270,#9aa2b1);font-size:.85rem;overflow-wrap:anywhere}
canvas#raster{width:100%}`

const SCRIPT = `
const dark = matchMedia('(prefers-color-scheme: dark)').matches
const ink = dark ? '#d5d9e0' : '#30343c', grid = dark ? '#333843' : '#e3e6ea'
const blue = dark ? '#6aa9ff' : '#0b63ce', orange = dark ? '#f0a35e' : '#b4560b'
const axis = (label) => ({ label, stroke: ink, grid: { stroke: grid }, ticks: { stroke: grid } })
const width = Math.min(1000, document.body.clientWidth)
const chart = (id, x, y, series, values, height = 280) => new uPlot({ width, height, scales: { x: { time: false } },
  axes: [axis(x), axis(y)], series: [{ label: x }, ...series] }, values, document.getElementById(id))
const points = (label, stroke) => ({ label, stroke, paths: () => null, points: { show: true, size: 5, fill: stroke } })
const limit = { label: 'limit of first audio', stroke: ink, width: 1, dash: [6, 4], points: { show: false } }
chart('over-time', 'seconds', 'ms', [points('first audio', blue), points('end to end', orange), limit],
  [data.starts, data.first, data.e2e, data.starts.map(() => data.limitMs)])
const cdf = (id, label, sorted) => chart(id, 'ms', '%', [{ label, stroke: blue, width: 2 }],
  [sorted, sorted.map((_, i) => 100 * (i + 1) / sorted.length)], 240)
cdf('first-cdf', 'share with first audio by then', data.firstSorted)
cdf('gap-cdf', 'share of gaps that are shorter', data.gapsSorted)
const raster = document.getElementById('raster'), scale = devicePixelRatio || 1, row = 8
raster.width = width * scale; raster.height = (data.raster.length * row + 24) * scale; raster.style.width = width + 'px'
const paint = raster.getContext('2d'); paint.scale(scale, scale)
const end = Math.max(1e-3, ...data.raster.map((one) => one.end)), at = (s) => s / end * (width - 10) + 5
for (const [i, one] of data.raster.entries()) {
  paint.fillStyle = one.failed ? '#c22' : grid; paint.fillRect(at(one.start), i * row + 2, Math.max(1, at(one.end) - at(one.start)), row - 4)
  paint.fillStyle = blue; for (const chunk of one.chunks) paint.fillRect(at(chunk), i * row + 1, 1.5, row - 2)
}
paint.fillStyle = ink; paint.font = '12px system-ui'; paint.fillText('0 s', 5, data.raster.length * row + 18)
paint.textAlign = 'right'; paint.fillText(end.toFixed(1) + ' s', width - 5, data.raster.length * row + 18)
if (data.capacity) {
  const trials = [...data.capacity].sort((a, b) => a.listeners - b.listeners)
  chart('capacity-first', 'listeners', 'ms', [points('first sound p95', blue)], [trials.map((t) => t.listeners), trials.map((t) => t.p95)], 240)
  chart('capacity-free', 'listeners', '%', [points('free of stutter', orange)], [trials.map((t) => t.listeners), trials.map((t) => t.free)], 240)
}`

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
