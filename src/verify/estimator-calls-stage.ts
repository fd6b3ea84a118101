/**
 * Single calls of the estimator at times of their own, which tell its inside apart where whole solves do not: GELU by erf
 * instead of tanh moves one by 9e-4.
 */
import { transposeFloats } from '../core/float-arrays.ts'
import type { DitFlowParameters } from '../core/hyper-parameters.ts'
import type { HostArray, RuntimeTensor } from '../engine/runtime/runtime.ts'
import { type Check, close, skipped } from './check.ts'
import type { Stage, VerifyContext } from './stage.ts'

const CALL_LIMIT = 2e-4
const PARTS = ['x', 'mu', 'cond', 'spks', 't'] as const
const FORMS = [
  ['out_full', false],
  ['out_stream', true],
] as const

export const estimatorCallsStage: Stage = {
  name: 'estimator calls',
  section: 'flow',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const { expected, bundle, probeEstimator } = context
    const sets = expected.matching('flow', /^est(\d+)_x$/).map(([, frames]) => Number(frames))
    const { parameters } = bundle.manifest
    if (sets.length === 0 || parameters.acoustic !== 'dit') {
      yield skipped('', 'velocity', sets.length === 0 ? 'not stored' : 'not of this family')
      return
    }
    if (probeEstimator === undefined) {
      yield skipped('', 'velocity', 'the checkpoint is not there: --checkpoint FOLDER')
      return
    }
    for (const frames of sets) yield* callChecks(context, probeEstimator, parameters.flow, frames)
  },
}

async function* callChecks(
  { expected, runtime, session: options }: VerifyContext,
  probe: NonNullable<VerifyContext['probeEstimator']>,
  flow: DitFlowParameters,
  frames: number,
): AsyncGenerator<Check> {
  const set = `est${frames}`
  const missing = PARTS.filter((part) => !expected.has(`flow/${set}_${part}`))
  if (missing.length > 0) {
    yield skipped(set, 'velocity', `${missing.join(', ')} not stored`)
    return
  }
  const stored = async (part: string) => (await expected.floats(`flow/${set}_${part}`)).data
  const [x, mu, cond, speakers, times] = await Promise.all(PARTS.map(stored))
  const path = await probe([...times!])
  if (path === undefined) return void (yield skipped(set, 'velocity', 'the checkpoint is of another family'))
  const session = await runtime.load(path, options)
  const { mel: mels } = flow
  const device = runtime.memory(options.provider)
  const rowOf = (all: Float32Array, row: number) =>
    transposeFloats(all.subarray(row * mels * frames, (row + 1) * mels * frames), mels, frames)
  try {
    for (const [form, inBlocks] of FORMS) {
      if (!expected.has(`flow/${set}_${form}`)) continue
      const out = await stored(form)
      for (let row = 0; row < times!.length; row++) {
        const speaker = speakers!.subarray(row * mels, (row + 1) * mels)
        const others = besideEachOther(rowOf(cond!, row), rowOf(mu!, row), speaker)
        const made: RuntimeTensor[] = []
        const tensor = (data: HostArray, dims: readonly number[]) => {
          const dtype =
            data instanceof BigInt64Array ? 'int64' : data instanceof Uint8Array ? 'bool' : 'float32'
          made.push(runtime.tensor(dtype, device.place(data), dims))
          return made.at(-1)!
        }
        const zeros = (...dims: number[]) =>
          tensor(new Float32Array(dims.reduce((product, dim) => product * dim)), dims)
        const state = ['keys', 'values'].flatMap((name) =>
          Array.from({ length: flow.blocks }, (_, i) => [
            `${name}.${i}`,
            zeros(1, frames, 2 * flow.heads * flow.headDim),
          ]),
        )
        const block = flow.chunkTokens * flow.tokenMelRatio
        try {
          const { velocity } = session.fetch(
            {
              x: tensor(rowOf(x!, row), [1, frames, mels]),
              others: tensor(others, [1, frames, 3 * mels]),
              step: tensor(BigInt64Array.of(BigInt(row)), []),
              past: tensor(BigInt64Array.of(0n), [1]),
              valid: tensor(BigInt64Array.of(BigInt(frames)), [1]),
              mask: tensor(maskOf(frames, inBlocks ? block : frames), [frames, frames]),
              context: zeros(1, 4 * flow.width, flow.convTaps - 1),
              ...Object.fromEntries(state),
            },
            ['velocity'],
          )
          const ours = velocity!.data as Float32Array
          yield close(`${set}_${form}`, `velocity, row ${row}`, ours, rowOf(out, row), CALL_LIMIT)
        } finally {
          for (const each of made) each.release()
        }
      }
    }
  } finally {
    session.release()
  }
}

/** Condition and mu of each frame, `[frames, mels]`, and the speaker behind them. */
function besideEachOther(cond: Float32Array, mu: Float32Array, speaker: Float32Array): Float32Array {
  const mels = speaker.length
  const out = new Float32Array(3 * cond.length)
  for (let frame = 0; frame < cond.length / mels; frame++) {
    out.set(cond.subarray(frame * mels, (frame + 1) * mels), frame * 3 * mels)
    out.set(mu.subarray(frame * mels, (frame + 1) * mels), frame * 3 * mels + mels)
    out.set(speaker, frame * 3 * mels + 2 * mels)
  }
  return out
}

/** 1 where a frame may attend: everything before the end of its block. */
function maskOf(frames: number, block: number): Uint8Array {
  return Uint8Array.from({ length: frames * frames }, (_, i) => {
    const end = (Math.floor(Math.floor(i / frames) / block) + 1) * block
    return i % frames < end ? 1 : 0
  })
}
