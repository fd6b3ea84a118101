/** The reference checkpoint's LLM, converted once for a test file, and what its tests share. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WeightFormat } from '../../src/convert/layers/projection.ts'
import { buildSpeechLm } from '../../src/convert/models/speech-lm.ts'
import type { HyperParameters } from '../../src/core/hyper-parameters.ts'
import type { Company } from '../../src/engine/llm/batch-company.ts'
import { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import type { SequenceRules } from '../../src/engine/llm/llm-sequence.ts'
import { openCosyVoice2 } from '../../src/families/cosyvoice2/checkpoint.ts'
import { goldenDir } from './paths.ts'
import { openStrictRuntime } from './strict-runtime.ts'

export interface TinyLlm {
  readonly parameters: HyperParameters
  readonly rules: SequenceRules
  /** A runner with its own pool over the converted model. */
  open(rows: number, company?: Company | 'ask'): Promise<LlmRunner>
  remove(): Promise<void>
}

const CAPACITY = 512

export async function convertTinyLlm(format: WeightFormat = 'fp32'): Promise<TinyLlm> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-llm-'))
  const checkpoint = await openCosyVoice2(goldenDir)
  const { parameters } = checkpoint
  const { graphs, weights, facts } = buildSpeechLm(parameters.llm, checkpoint.llm, folder, format)
  for (const { path, graph } of graphs) await graph.save(path)
  await weights.write()
  await checkpoint.close()
  const { layers, kvHeads, decoderRows, speechTokenSize, mixRatio } = parameters.llm
  return {
    parameters,
    rules: {
      ids: facts.ids,
      speechTokenSize,
      barred: [speechTokenSize],
      fill: speechTokenSize + 2,
      silence: { tokens: [], longest: 1 },
      mixRatio,
      maxPositions: CAPACITY - 1,
    },
    open: async (rows, company = 'alike') =>
      LlmRunner.open(await openStrictRuntime(), join(folder, 'llm.onnx'), {
        kv: { layers, kvHeads, headDim: facts.headDim, rows, capacity: CAPACITY, dtype: facts.kvType },
        vocabulary: decoderRows,
        session: { intraOpThreads: 1 },
        company,
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export interface GoldenLlmCase {
  readonly case: string
  readonly text_ids: number[]
  readonly prompt_text_ids: number[]
  readonly prompt_speech: number[]
  readonly tokens: number[]
  readonly ended_by: string
  readonly ratios: { readonly max_token_text_ratio?: number; readonly min_token_text_ratio?: number }
  readonly lm_input_len: number
}

export async function goldenJson<T>(path: string, checkpoint = goldenDir): Promise<T> {
  return JSON.parse(await readFile(join(checkpoint, 'expected', path), 'utf8')) as T
}
