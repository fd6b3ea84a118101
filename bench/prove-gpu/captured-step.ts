/** Captured decoding steps, evaluations of the flow and hops of the vocoder against plain ones, bit for bit. */
import { concatFloats } from '../../src/core/float-arrays.ts'
import { openFlow, openLlm, openVocoder } from '../../src/engine/bundle-models.ts'
import type { FlowRunner } from '../../src/engine/flow/flow-runner.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import type { VocoderRunner } from '../../src/engine/vocoder/vocoder-runner.ts'
import { compare, ids, inventedMel, SAME, voiceOf } from './invented.ts'
import { atMost, exactly, type Line, leftOut } from './lines.ts'
import type { Proof } from './proof.ts'

const ROWS = 12
/** Streams of flow and vocoder that share runs, and blocks that they do so. */
const TOGETHER = 2
const BLOCKS = 3
const STATE_BYTES = 1e9
/** Tokens of a stream in a bank whose runs are captured. */
const CAPACITY = 400
/** Frames of hops, from a stream's first on. */
const HOPS = [50, 50, 100, 50, 150]
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
    yield* capturedFlow(proof, family)
    yield* capturedVocoder(proof, family)
  }
}

/** Runs of all slots have the same sizes captured or not, so the same kernels. */
async function* capturedFlow(proof: Proof, family: Proof['families'][number]): AsyncGenerator<Line> {
  const { runtime, session } = await proof.open()
  const bundle = await proof.bundle(family, 'fp16')
  const plain = await openFlow(runtime, bundle, session, { together: TOGETHER })
  const recorded = await openFlow(runtime, bundle, session, { together: TOGETHER })
  const streams = recorded.capture(STATE_BYTES, TOGETHER)
  yield exactly(`${family}: streams whose evaluations are captured`, streams, TOGETHER)
  yield exactly(
    `${family}: mel of captured evaluations against plain ones`,
    compare(melOf(recorded), melOf(plain)),
    SAME,
  )
  plain.release()
  recorded.release()
}

/** Hops of as many streams as are recorded together, so of the same sizes. */
async function* capturedVocoder(proof: Proof, family: Proof['families'][number]): AsyncGenerator<Line> {
  const { runtime, session } = await proof.open()
  const bundle = await proof.bundle(family, 'fp16')
  const { mel: mels } = bundle.manifest.parameters.hift
  const plain = await openVocoder(runtime, bundle, session)
  const recorded = await openVocoder(runtime, bundle, session)
  const lengths = [...new Set(HOPS)]
  const runs = recorded.capture(lengths, TOGETHER)
  yield atMost(`${family}: runs of hops that are not captured`, 2 * 2 * (lengths.length + 1) - runs, 0)
  yield exactly(
    `${family}: samples of captured hops against plain ones`,
    compare(samplesOf(recorded, mels), samplesOf(plain, mels)),
    SAME,
  )
  plain.release()
  recorded.release()
}

function samplesOf(vocoder: VocoderRunner, mels: number): Float32Array {
  const streams = Array.from({ length: TOGETHER }, (_, i) => vocoder.open(vocoder.noise(i)))
  return concatFloats(
    HOPS.flatMap((frames) =>
      vocoder.pushTogether(
        streams.map((stream, i) => ({ stream, mel: inventedMel(frames, mels, i), ended: false })),
      ),
    ),
  )
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

function melOf(flow: FlowRunner): Float32Array {
  const { blockTokens } = flow.dims
  const states = Array.from({ length: TOGETHER }, (_, i) => {
    const state = flow.open(voiceOf(flow, blockTokens), CAPACITY)
    state.push(voiceOf(flow, BLOCKS * blockTokens + i).speechTokens)
    return state
  })
  const parts: Float32Array[] = []
  for (let block = 0; block < BLOCKS; block++) {
    const work = flow.beginTogether(states)
    while (work.runsLeft > 0) work.step()
    parts.push(...work.commit())
  }
  for (const state of states) state.release()
  return concatFloats(parts)
}
