/**
 * How far int8 and int4 weights move an LLM: greedy tokens and log-probabilities against fp32 on the same prefixes.
 *
 *   node dist/bench/llm/agreement.js CHECKPOINT_DIR [--steps 60] [--out FILE]
 *
 * Every format is fed the tokens that fp32 chose: one different token does not make all later ones differ.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WeightFormat } from '../../src/convert/layers/projection.ts'
import { buildSpeechLm } from '../../src/convert/models/speech-lm.ts'
import { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { likeliest, logSoftmaxInPlace } from '../../src/engine/llm/sampler.ts'
import { openRuntime } from '../../src/engine/runtime/open-runtime.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing, positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { seededRandom } from '../simulate/workload.ts'

const command = benchCommand(
  'how far int8 and int4 weights move an LLM: tokens and log-probabilities against fp32',
)
  .argument('<checkpoint>', 'folder of a CosyVoice2 checkpoint', existing)
  .option('--steps <n>', 'tokens behind each prompt', positive, 60)
  .option('--out <file>', 'store the record')
  .parse()
const [checkpointDir] = command.processedArgs as [string]
const { steps } = command.opts<{ steps: number }>()
const PROMPTS = 8
const PROMPT_LENGTH = 40

const checkpoint = await openCosyVoice2(checkpointDir)
const hyper = checkpoint.parameters.llm
const random = seededRandom(1)
const prompts = Array.from({ length: PROMPTS }, () =>
  Array.from({ length: PROMPT_LENGTH }, () => Math.floor(random() * hyper.textVocab)),
)
const reference = await open('fp32')
const chosen = prompts.map((prompt) => follow(reference, prompt, undefined))
const rows = []
for (const format of ['int8', 'int4'] as const) {
  const runner = await open(format)
  let same = 0
  let distance = 0
  let worst = 0
  for (const [i, prompt] of prompts.entries()) {
    const tokens = chosen[i]!.map(({ token }) => token)
    for (const [step, { token, logProbabilities }] of follow(runner, prompt, tokens).entries()) {
      if (token === tokens[step]) same++
      // Where fp32 expects nothing, a difference means nothing: distance over its likeliest 25.
      const expected = chosen[i]![step]!.logProbabilities
      const likely = [...expected.keys()].sort((a, b) => expected[b]! - expected[a]!).slice(0, 25)
      for (const id of likely) {
        const difference = Math.abs(expected[id]! - logProbabilities[id]!)
        distance += difference / likely.length
        worst = Math.max(worst, difference)
      }
    }
  }
  const total = PROMPTS * steps
  rows.push({
    format,
    greedyAgreement: same / total,
    meanLogProbDistance: distance / total,
    maxLogProbDistance: worst,
  })
  runner.release()
}
await checkpoint.close()
console.error('format   greedy tokens equal   mean |Δ log p|   max |Δ log p|   (likeliest 25 of fp32)')
for (const { format, greedyAgreement, meanLogProbDistance, maxLogProbDistance } of rows) {
  console.error(
    `${format.padEnd(8)} ${(100 * greedyAgreement).toFixed(1).padStart(18)} % ${meanLogProbDistance.toFixed(4).padStart(16)} ${maxLogProbDistance.toFixed(3).padStart(15)}`,
  )
}
report('llm-agreement', { prompts: PROMPTS, steps, rows })

async function open(format: WeightFormat): Promise<LlmRunner> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-bench-'))
  const { graphs, weights, facts } = buildSpeechLm(hyper, checkpoint.llm, folder, format)
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
  const { layers, kvHeads, decoderRows } = hyper
  const runner = await LlmRunner.open(await openRuntime(), graphs[0]!.path, {
    kv: { layers, kvHeads, headDim: facts.headDim, rows: 1, capacity: 512, dtype: facts.kvType },
    vocabulary: decoderRows,
    session: { intraOpThreads: 1 },
  })
  // The file is mapped: its pages stay readable without its name.
  await rm(folder, { recursive: true, force: true })
  return runner
}

/** The likeliest token after each prefix, feeding `given` tokens, or each choice where none are given. */
function follow(runner: LlmRunner, prompt: readonly number[], given: readonly number[] | undefined) {
  const row = runner.pool.take()
  let logits = runner.prefill(row, prompt)
  const out: { token: number; logProbabilities: Float32Array }[] = []
  for (let step = 0; step < steps; step++) {
    const logProbabilities = logSoftmaxInPlace(logits.slice())
    const token = likeliest(logProbabilities.subarray(0, hyper.speechTokenSize))
    out.push({ token, logProbabilities })
    logits = runner.prefill(row, [hyper.textVocab + (given?.[step] ?? token)])
  }
  runner.pool.release(row)
  return out
}
