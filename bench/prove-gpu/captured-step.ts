/** Captured decoding steps against plain ones, bit for bit; and what they take. */
import { concatFloats } from '../../src/core/float-arrays.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { compare, ids, SAME } from './invented.ts'
import { exactly, type Line, leftOut } from './lines.ts'
import type { Proof } from './proof.ts'

const ROWS = 12
/** Rows of each step: sizes that are captured, and some that take padding rows. */
const STEPS = [1, 2, 3, 5, 8, 9, 11, 12, 7, 10, 4, 6, 12, 1]

export async function* captured(proof: Proof): AsyncGenerator<Line> {
  if (proof.isCpu) return yield leftOut('captured runs', 'a CPU captures none')
  const { runtime, session } = await proof.open()
  for (const family of proof.families) {
    const open = async () =>
      openLlm(runtime, await proof.bundle(family, 'fp16'), { rows: ROWS, capacity: 256 }, session)
    const plain = await open()
    const recorded = await open()
    recorded.capture()
    yield exactly(
      `${family}: sizes of steps that are captured`,
      recorded.capturedSizes.join(' '),
      '1 2 3 4 5 6 7 8 12',
    )
    yield exactly(
      `${family}: logits of captured steps against plain ones`,
      compare(logitsOf(recorded), logitsOf(plain)),
      SAME,
    )
    plain.release()
    recorded.release()
  }
}

function logitsOf(llm: LlmRunner): Float32Array {
  const parts: Float32Array[] = []
  for (let row = 0; row < ROWS; row++) parts.push(llm.prefill(llm.pool.take(), ids(5 + row)).slice())
  for (const [step, rows] of STEPS.entries()) {
    const { logitsOf } = llm.decode(Array.from({ length: rows }, (_, row) => ({ row, id: 1 + step + row })))
    for (let i = 0; i < rows; i++) parts.push(logitsOf(i).slice())
  }
  return concatFloats(parts)
}
