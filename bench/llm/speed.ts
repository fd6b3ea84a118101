/**
 * LLM tokens per second at real dimensions (random weights), by weight format and batch, and the cost of a call.
 *
 *   node dist/bench/llm/speed.js [--formats fp32,int8,int4] [--threads 2] [--steps 40] [--out FILE]
 *
 * Formats are loaded one after the other (fp32 alone is 1.5 GB); batches are interleaved within one.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import type { WeightFormat } from '../../src/convert/layers/projection.ts'
import { buildSpeechLm } from '../../src/convert/models/speech-lm.ts'
import { WEIGHT_FORMATS } from '../../src/core/weight-set.ts'
import { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { benchCommand } from '../command-line/command.ts'
import { listOf, oneOf, positive } from '../command-line/values.ts'
import { report, summary } from '../report/record.ts'
import { REAL_LLM, randomLlmWeights } from './random-weights.ts'

const PAST = 300
const BATCHES = [1, 8]
/** Steps that warm up. */
const UNCOUNTED = 3

const { formats, threads, steps } = benchCommand(
  'tokens of the LLM a second at real dimensions, by weight format and batch',
)
  .option('--formats <list>', 'of the weights', listOf(oneOf(WEIGHT_FORMATS)), ['fp32', 'int8', 'int4'])
  .option('--threads <n>', 'of a run', positive, 2)
  .option(
    '--steps <n>',
    'decoding steps of each batch, of which the first three are not counted',
    stepsRead,
    40,
  )
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ formats: WeightFormat[]; threads: number; steps: number }>()

const rows = []
for (const format of formats) rows.push(await measure(format))
console.error('\nformat   batch   ms/step (min)   ms/step (median)   tokens/s (from min)')
for (const { format, batches } of rows) {
  for (const { batch, minMs, medianMs, tokensPerSecond } of batches) {
    console.error(
      `${format.padEnd(8)} ${String(batch).padStart(5)} ${minMs.toFixed(1).padStart(15)} ${medianMs.toFixed(1).padStart(18)} ${tokensPerSecond.toFixed(0).padStart(21)}`,
    )
  }
}
report('llm-speed', { threads, past: PAST, steps, rows })

function stepsRead(text: string): number {
  const count = positive(text)
  if (count > UNCOUNTED) return count
  throw new InvalidArgumentError(`expected more than ${UNCOUNTED} steps, got ${count}`)
}

async function measure(format: WeightFormat) {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-'))
  try {
    console.error(`${format}: writing random weights…`)
    const { graphs, weights, facts } = buildSpeechLm(REAL_LLM, randomLlmWeights(REAL_LLM), folder, format)
    for (const { path, graph } of graphs) await graph.save(path)
    await weights.write()
    const { layers, kvHeads, decoderRows } = REAL_LLM
    const started = performance.now()
    const runner = await LlmRunner.open(await openRuntime(), graphs[0]!.path, {
      kv: {
        layers,
        kvHeads,
        headDim: facts.headDim,
        rows: Math.max(...BATCHES),
        capacity: 1024,
        dtype: facts.kvType,
      },
      vocabulary: decoderRows,
      session: { intraOpThreads: threads, spin: true },
    })
    const loadMs = performance.now() - started
    const all = Array.from({ length: Math.max(...BATCHES) }, () => runner.pool.take())
    const prompt = Array.from({ length: PAST }, (_, i) => (i * 7) % REAL_LLM.textVocab)
    const prefillStarted = performance.now()
    for (const row of all) runner.prefill(row, prompt)
    const prefillMs = (performance.now() - prefillStarted) / all.length
    const times = new Map<number, number[]>(BATCHES.map((batch) => [batch, []]))
    for (let step = 0; step < steps; step++) {
      for (const batch of BATCHES) {
        const before = performance.now()
        runner.decode(all.slice(0, batch).map((row) => ({ row, id: 1 + ((step + row) % 1000) })))
        if (step >= UNCOUNTED) times.get(batch)!.push(performance.now() - before)
      }
    }
    runner.release()
    const batches = BATCHES.map((batch) => {
      const { median, min } = summary(times.get(batch)!)
      return { batch, minMs: min, medianMs: median, tokensPerSecond: (1000 * batch) / min }
    })
    return { format, bytes: weights.size, loadMs, prefillMs, batches }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
