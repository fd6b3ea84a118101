/** What one run of the encoder reads and writes; the graph's own inputs say which of it there is. */
import type { RowTensors } from '../runtime/row-tensors.ts'
import type { RuntimeTensor } from '../runtime/runtime.ts'
import type { FlowEngine, SolveInputs } from './solve-inputs.ts'
import type { SolveRows } from './solve-rows.ts'

export interface EncoderFeeds {
  readonly inputs: Readonly<Record<string, RuntimeTensor>>
  readonly outputs: Readonly<Record<string, RuntimeTensor>>
}

/** Everything but the guides, which the caller keeps. */
export function encoderFeeds(
  engine: FlowEngine,
  { caches, probe }: SolveInputs,
  rows: SolveRows,
  tensors: RowTensors,
): EncoderFeeds {
  const { dims } = engine
  const { fresh } = rows
  const frames = fresh * dims.stride
  const tokens = BigInt64Array.from(rows.rows.flatMap(({ tokens: each }) => each.map(BigInt)))
  const inputs: Record<string, RuntimeTensor> = {
    tokens: tensors.placed(tokens, [fresh + dims.lookahead]),
    known: tensors.placed(
      rows.counts(({ known }) => known),
      [],
    ),
    embedding: tensors.placed(
      rows.sideBySide(({ embedding }) => embedding),
      [dims.speaker],
    ),
    prompt: tensors.placed(
      rows.sideBySide(({ promptMel }) => promptMel),
      [frames, dims.mels],
    ),
  }
  const outputs: Record<string, RuntimeTensor> = probe
    ? {
        mu: tensors.of('float32', probe.mu, [frames, dims.mels]),
        speaker: tensors.of('float32', probe.speaker, [dims.mels]),
      }
    : {}
  for (const { name, dims: shape } of dims.encoderContexts) {
    inputs[name] = tensors.of(dims.stateType, caches.context(name, false), shape)
    outputs[`${name}_next`] = tensors.of(dims.stateType, caches.context(name, true), shape)
  }
  attentionFeeds(engine, caches, rows, tensors, { inputs, outputs })
  return { inputs, outputs }
}

/** Positions, tables of distances and caches of an encoder that attends. */
function attentionFeeds(
  { dims, device, distances, encoder }: FlowEngine,
  caches: SolveInputs['caches'],
  rows: SolveRows,
  tensors: RowTensors,
  { inputs, outputs }: { inputs: Record<string, RuntimeTensor>; outputs: Record<string, RuntimeTensor> },
): void {
  if (distances === undefined) return
  const { stride } = dims
  const { fresh, span } = rows
  for (const [level, rate] of [
    ['token', 1],
    ['frame', stride],
  ] as const) {
    const table =
      level === 'token' ? distances.tokens(fresh, span) : distances.frames(fresh * rate, span * rate)
    inputs[`${level}_past`] = tensors.placed(rows.pasts(rate), [])
    inputs[`${level}_valid`] = tensors.placed(rows.valid(rate), [])
    if (encoder.inputs.some(({ name }) => name === `${level}_zero`)) inputs[`${level}_zero`] = table.zeroRow
    else {
      // The largest distance is that of the last new position to the first key.
      const firstRow = (past: number) => table.zero - (past + fresh) * rate + 1
      inputs[`${level}_first`] = tensors.placed(
        rows.counts(({ past }) => firstRow(past)),
        [],
      )
      const last = BigInt64Array.of(BigInt(table.last))
      inputs[`${level}_last`] = tensors.shared('int64', device.place(last), [1])
    }
    Object.assign(inputs, Object.fromEntries(table.tensors))
  }
  for (let block = 0; block < dims.tokenBlocks + dims.frameBlocks; block++) {
    const shown = block < dims.tokenBlocks ? span : span * stride
    for (const [part, name] of ['keys', 'values'].entries()) {
      const rowsOf = caches.encoderCache(block, part as 0 | 1, shown)
      const cache = tensors.of(dims.stateType, rowsOf, [shown, dims.width])
      inputs[`${name}.${block}`] = cache
      outputs[`${name}_next.${block}`] = cache
    }
  }
}
