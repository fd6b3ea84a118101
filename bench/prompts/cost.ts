/**
 * `node dist/bench/prompts/cost.js [--format fp32|int8|int4]`: the price of asking the model about a prompt's text at
 * real dimensions. Random weights, one thread, a transcript of 40 tokens, 4 s of speech. The last line is JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Option } from 'commander'
import type { WeightFormat } from '../../src/convert/layers/projection.ts'
import { buildSpeechLm } from '../../src/convert/models/speech-lm.ts'
import { WEIGHT_FORMATS } from '../../src/core/weight-set.ts'
import { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { orderGain, SCORED_TEXTS } from '../../src/engine/llm/transcript-score.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { benchCommand } from '../command-line/command.ts'
import { REAL_LLM, randomLlmWeights } from '../llm/random-weights.ts'
import { wholeUniform } from './uniform.ts'

const ROUNDS = 3
const { format } = benchCommand('the price of asking the model about a prompt’s text at real dimensions')
  .addOption(new Option('--format <format>', 'of the weights').choices(WEIGHT_FORMATS).default('fp32'))
  .parse()
  .opts<{ format: WeightFormat }>()
const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-'))
try {
  const { graphs, weights, facts } = buildSpeechLm(REAL_LLM, randomLlmWeights(REAL_LLM), folder, format)
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
  const { layers, kvHeads, decoderRows, speechTokenSize } = REAL_LLM
  const before = process.memoryUsage().rss
  const started = performance.now()
  const llm = await LlmRunner.open(await openRuntime(), graphs[0]!.path, {
    kv: { layers, kvHeads, headDim: facts.headDim, rows: SCORED_TEXTS, capacity: 1024, dtype: facts.kvType },
    vocabulary: decoderRows,
    session: { intraOpThreads: 1, spin: false },
  })
  const loadSeconds = (performance.now() - started) / 1000
  const ids = { text: 0, speech: 0, sos: 0, task: 1 }
  const drawn = (count: number, seed: number) =>
    Int32Array.from({ length: count }, (_, i) => wholeUniform(seed + i, Math.min(4000, speechTokenSize)))
  const cpuSeconds = Array.from({ length: ROUNDS }, (_, round) => {
    // Of the processor: others use the machine.
    const start = process.cpuUsage()
    orderGain(llm, ids, drawn(40, round), drawn(100, 1000 + round))
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  })
  const megabytes = Math.round((process.memoryUsage().rss - before) / 1e6)
  llm.release()
  console.log(JSON.stringify({ format, loadSeconds, cpuSeconds, megabytes }))
} finally {
  await rm(folder, { recursive: true, force: true })
}
