/**
 * Cores that one stream of a model of the published size keeps busy on a CPU, by the stored records.
 *
 *   node dist/bench/flow/real-time.js [--seconds 10] [--evaluations 7]
 *
 * A second of speech takes 25 steps of the LLM, the estimator's evaluations, and the vocoder. Their CPU times are added
 * up: the count holds where no core waits for another, and is a bound from below.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeError } from '../../src/core/errors.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import type { BenchmarkRecord } from '../report/record.ts'

const RECORDS = fileURLToPath(new URL('../../../docs/benchmarks', import.meta.url))
const TOKENS_PER_SECOND = 25
/** Evaluations in a record of the flow's cost: the reference's solver. */
const RECORDED_EVALUATIONS = 10

interface FlowRecord {
  readonly per_audio_s: readonly {
    readonly seconds: number
    readonly ms: number
    readonly with_vocoder_ms: number
  }[]
}
interface ProductsRecord {
  readonly times_faster: number
}
interface LlmRecord {
  readonly threads: number
  readonly rows: readonly {
    readonly format: string
    readonly batches: readonly { readonly batch: number; readonly medianMs: number }[]
  }[]
}

export interface RealTimeRow {
  readonly family: string
  /** Weights: of the LLM, of the estimator. */
  readonly weights: string
  /** CPU milliseconds for a second of speech. */
  readonly llm_ms: number
  readonly flow_ms: number
  readonly vocoder_ms: number
  /** The sum in seconds: cores that are busy all the time. */
  readonly cores: number
}

/** `seconds` of the reply, one of those in the records; throws where there is none. */
export function realTimeRows(seconds: number, evaluations: number, folder = RECORDS): RealTimeRow[] {
  const read = <T>(name: string) =>
    (JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as BenchmarkRecord).result as T
  const llm = read<LlmRecord>('llm-speed')
  const llmMs = (format: string) => {
    const batch = llm.rows.find((row) => row.format === format)?.batches.find((one) => one.batch === 1)
    if (batch === undefined) throw new Error(`llm-speed: expected a row of ${format}, got none`)
    return batch.medianMs * llm.threads * TOKENS_PER_SECOND
  }
  return [
    { family: 'CosyVoice2', record: 'flow-real', products: 'flow-products-real-unet' },
    { family: 'CosyVoice3', record: 'flow-real-dit', products: 'flow-products-real-dit' },
  ].flatMap(({ family, record, products }) => {
    const all = read<FlowRecord>(record).per_audio_s
    const cost = all.find((one) => one.seconds === seconds)
    if (cost === undefined)
      throw new Error(`${record}: expected ${all.map((one) => one.seconds).join(', ')} s, got ${seconds}`)
    const float = (cost.ms * evaluations) / RECORDED_EVALUATIONS
    const vocoder = cost.with_vocoder_ms - cost.ms
    const row = (weights: string, llm_ms: number, flow_ms: number): RealTimeRow => ({
      family,
      weights,
      llm_ms: Math.round(llm_ms),
      flow_ms: Math.round(flow_ms),
      vocoder_ms: Math.round(vocoder),
      cores: Math.round((llm_ms + flow_ms + vocoder) / 100) / 10,
    })
    return [
      row('int8, fp32', llmMs('int8'), float),
      row('int4, int8 (`cpu`)', llmMs('int4'), float / read<ProductsRecord>(products).times_faster),
    ]
  })
}

/** Rows of the table in docs/tuning.md. */
export function tableOf(rows: readonly RealTimeRow[]): string[] {
  return rows.map(({ family, weights, llm_ms, flow_ms, vocoder_ms, cores }) =>
    [family, weights, llm_ms, flow_ms, vocoder_ms, cores.toFixed(1)].join(' | '),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const command = benchCommand(
    'cores that one stream of a model of the published size keeps busy on a CPU, by the stored records',
  )
    .option('--seconds <n>', 'length of the reply, one of those in the records', positive, 10)
    .option('--evaluations <n>', 'of the flow', positive, 7)
    .parse()
  const { seconds, evaluations } = command.opts<{ seconds: number; evaluations: number }>()
  const rows = orRefuse(() => realTimeRows(seconds, evaluations))
  console.log('Family | Weights of LLM, estimator | LLM, ms | Flow, ms | Vocoder, ms | Cores')
  for (const line of tableOf(rows)) console.log(line)
  console.log(JSON.stringify({ seconds, evaluations, rows }))

  function orRefuse<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      return command.error(`error: ${describeError(error)}`)
    }
  }
}
