/** The flow: encoder, whole utterances after all Euler steps, and streams block by block. */
import { transposeFloats } from '../core/float-arrays.ts'
import { openFlow } from '../engine/bundle-models.ts'
import { FlowMemory, PassingCaches } from '../engine/flow/flow-memory.ts'
import { type FlowRunner, finishWork } from '../engine/flow/flow-runner.ts'
import type { FlowVoice } from '../engine/flow/flow-voice.ts'
import { type Check, close, skipped } from './check.ts'
import type { ExpectedFolder } from './expected-folder.ts'
import { isRounded, nearMel } from './rounded-weights.ts'
import type { Stage, VerifyContext } from './stage.ts'

const ENCODER_LIMIT = 2e-4
const MEL_LIMIT = 1e-3
/** Streams against the whole utterance under the same mask. */
const INCREMENTAL_LIMIT = 1e-4
const NOISE_LIMIT = 1e-6

export const encoderStage: Stage = {
  name: 'encoder',
  section: 'flow',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    yield* withFlow(context, async function* (flow, { voice, reply }) {
      const { expected } = context
      const tokens = [...voice.speechTokens, ...reply]
      // The last tokens of these are only looked at.
      const looked = tokens.length - flow.dims.lookahead
      const whole = encodeWhole(flow, voice, tokens, tokens.length)
      // A family whose encoder has no mask stores one mu for both, and its end for fewer tokens.
      const isMasked = expected.has('flow/mu_full_final') || !expected.has('flow/mu_final')
      const cases: [string, () => Float32Array][] = [
        ['spks', () => whole.speaker],
        ...(isMasked
          ? ([
              ['mu_full_final', () => whole.mu],
              ['mu_full_ctx', () => encodeWhole(flow, voice, tokens, looked).mu],
              ['mu_stream_final', () => encodeBlocks(flow, voice, tokens, tokens.length)],
              ['mu_stream_ctx', () => encodeBlocks(flow, voice, tokens, looked)],
            ] as const)
          : ([['mu_final', () => whole.mu]] as const)
        ).map(([name, make]): [string, () => Float32Array] => [name, make]),
      ]
      for (const [name, make] of cases) {
        if (!expected.has(`flow/${name}`)) yield skipped(name, 'values', 'not stored')
        else yield close(name, 'values', make(), (await expected.floats(`flow/${name}`)).data, ENCODER_LIMIT)
      }
      if (!isMasked) {
        const stored = (await expected.floats('flow/mu_final')).data
        const blocks = encodeBlocks(flow, voice, tokens, tokens.length)
        yield close('mu_final', 'values, block by block', blocks, stored, ENCODER_LIMIT)
      }
      for (const [name, count] of expected.matching('flow', /^mu_(\d+)_final$/)) {
        const first = tokens.slice(0, Number(count))
        const { mu } = encodeWhole(flow, voice, first, first.length)
        const { data } = await expected.floats(`flow/${name}`)
        yield close(name, 'values at its end', mu.subarray(-data.length), data, ENCODER_LIMIT)
      }
    })
  },
}

export const estimatorStage: Stage = {
  name: 'estimator',
  section: 'flow',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const { expected } = context
    yield* withFlow(context, async function* (flow, { voice, reply }) {
      const { mels, steps } = flow.dims
      const what = `mel after ${steps} steps`
      const bare = { ...voice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
      const cases: [string, (frames: number) => Float32Array][] = [
        ['mel_a', () => finishWork(flow.whole(voice, reply))],
        ['mel_a_ctx', () => finishWork(flow.whole(voice, reply, true))],
        [
          'mel_noprompt',
          (frames) => finishWork(flow.whole(bare, reply.subarray(0, frames / flow.dims.stride))),
        ],
      ]
      for (const [name, make] of cases) {
        if (!expected.has(`flow/${name}`)) yield skipped(name, what, 'not stored')
        else {
          const stored = await storedMel(expected, name, mels)
          yield melCheck(context, name, what, make(stored.length / mels), stored, MEL_LIMIT)
        }
      }
      for (const [name, frames] of expected.matching('flow', /^rand_noise_(\d+)$/)) {
        const stored = await storedMel(expected, name, mels)
        yield close(name, 'values', flow.noise.subarray(0, Number(frames) * mels), stored, NOISE_LIMIT)
      }
    })
  },
}

export const incrementalStage: Stage = {
  name: 'incremental flow',
  section: 'flow',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const { expected } = context
    if (!expected.has('flow/mel_b')) {
      yield skipped('mel_b', 'mel', 'not stored')
      return
    }
    yield* withFlow(context, async function* (flow, { voice, reply }) {
      const { mels } = flow.dims
      const near = (name: string, what: string, actual: Float32Array, stored: Float32Array) =>
        melCheck(context, name, what, actual, stored, INCREMENTAL_LIMIT)
      const whole = await storedMel(expected, 'mel_b', mels)
      const { cuts, mel } = streamed(flow, voice, reply)
      for (const [tokens, values] of cuts) {
        const name = `cut at ${tokens} tokens`
        yield near(name, 'mel, against the whole', values, whole.subarray(0, values.length))
        if (!expected.has(`flow/mel_c_${tokens}`)) continue
        const stored = await storedMel(expected, `mel_c_${tokens}`, mels)
        yield near(name, 'mel, against all so far', values, stored)
      }
      yield near('mel_b', 'mel', mel, whole)
      for (const [name, tokens] of expected.matching('flow', /^mel_d_(\d+)$/)) {
        const { mel } = streamed(flow, voice, reply.subarray(0, Number(tokens)))
        yield near(name, 'mel, ended in a block', mel, await storedMel(expected, name, mels))
      }
      if (expected.has('flow/mel_noprompt_stream')) {
        const stored = await storedMel(expected, 'mel_noprompt_stream', mels)
        const bare = { ...voice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }
        const { mel } = streamed(flow, bare, reply.subarray(0, stored.length / mels / flow.dims.stride))
        yield near('mel_noprompt_stream', 'mel', mel, stored)
      }
      if (!expected.has('flow/mel_b_f64')) return
      const precise = await storedMel(expected, 'mel_b_f64', mels)
      yield melCheck(context, 'mel_b_f64', 'mel', mel, precise, MEL_LIMIT)
    })
  },
}

/** `limit` is for exact weights. */
function melCheck(
  { bundle }: VerifyContext,
  name: string,
  what: string,
  actual: Float32Array,
  stored: Float32Array,
  limit: number,
): Check {
  if (isRounded(bundle.manifest.weights.estimator)) return nearMel(name, what, actual, stored)
  return close(name, what, actual, stored, limit)
}

interface FlowInputs {
  readonly voice: FlowVoice
  readonly reply: Int32Array
}

const INPUTS = ['prompt_token', 'prompt_feat', 'token', 'embedding'] as const

async function* withFlow(
  { runtime, bundle, session, expected }: VerifyContext,
  checks: (flow: FlowRunner, inputs: FlowInputs) => AsyncGenerator<Check>,
): AsyncGenerator<Check> {
  const missing = INPUTS.filter((name) => !expected.has(`flow/${name}`))
  if (missing.length > 0) {
    yield skipped(missing.join(', '), 'mel', 'inputs are not stored')
    return
  }
  const reply = (await expected.ints('flow/token')).data
  const voice = {
    speechTokens: (await expected.ints('flow/prompt_token')).data,
    mel: (await expected.floats('flow/prompt_feat')).data,
    embedding: (await expected.floats('flow/embedding')).data,
  }
  const flow = await openFlow(runtime, bundle, session)
  try {
    yield* checks(flow, { voice, reply })
  } finally {
    flow.release()
  }
}

/** Stored as `[1, mels, frames]`; here `[frames, mels]`. */
async function storedMel(expected: ExpectedFolder, name: string, mels: number): Promise<Float32Array> {
  const { data } = await expected.floats(`flow/${name}`)
  return transposeFloats(data, mels, data.length / mels)
}

/** Encoder outputs of the first `fresh` tokens with full attention; the tokens behind them are only looked at. */
function encodeWhole(
  flow: FlowRunner,
  voice: FlowVoice,
  tokens: readonly number[],
  fresh: number,
): { mu: Float32Array; speaker: Float32Array } {
  return encode(flow, voice, new PassingCaches(flow.device, flow.dims, fresh), tokens, {
    past: 0,
    fresh,
    known: tokens.length,
  })
}

/** mu of the same block by block, each seeing what is before it. */
function encodeBlocks(
  flow: FlowRunner,
  voice: FlowVoice,
  tokens: readonly number[],
  fresh: number,
): Float32Array {
  const { dims, device } = flow
  const memory = FlowMemory.reserve(device, dims, fresh)
  const all = new Float32Array(fresh * dims.stride * dims.mels)
  for (let past = 0; past < fresh; past += dims.blockTokens) {
    const block = Math.min(dims.blockTokens, fresh - past)
    const seen = tokens.slice(past, past + block + dims.lookahead)
    const { mu } = encode(flow, voice, memory, seen, { past, fresh: block, known: seen.length })
    all.set(mu, past * dims.stride * dims.mels)
    memory.turn()
  }
  return all
}

function encode(
  flow: FlowRunner,
  { embedding }: FlowVoice,
  caches: FlowMemory | PassingCaches,
  tokens: readonly number[],
  { past, fresh, known }: { past: number; fresh: number; known: number },
): { mu: Float32Array; speaker: Float32Array } {
  const { device, dims } = flow
  const { mels, stride, lookahead } = dims
  const probe = {
    mu: device.alloc('float32', fresh * stride * mels),
    speaker: device.alloc('float32', mels),
  }
  // What is not known counts as zero, whatever stands there.
  const padded = [...tokens, ...new Array<number>(fresh + lookahead - tokens.length).fill(0)]
  const promptMel = new Float32Array(fresh * stride * mels)
  const row = { tokens: padded, known, past, embedding, promptMel }
  const solve = flow.solve({ rows: [row], caches, probe })
  try {
    solve.step()
  } finally {
    solve.release()
  }
  const [mu, speaker] = [probe.mu, probe.speaker].map((array) => device.read(array) as Float32Array)
  return { mu: mu!, speaker: speaker! }
}

/** The reply solved while its tokens arrive one by one; the frames so far at each block's end, and all of them. */
function streamed(
  flow: FlowRunner,
  voice: FlowVoice,
  reply: Int32Array,
): { cuts: [tokens: number, mel: Float32Array][]; mel: Float32Array } {
  const state = flow.open(voice, voice.speechTokens.length + reply.length)
  const cuts: [number, Float32Array][] = []
  const frames: number[] = []
  const solve = () => {
    for (let work = flow.begin(state); work !== undefined; work = flow.begin(state)) {
      frames.push(...finishWork(work))
      if (frames.length > 0 && !state.ended) cuts.push([state.solvedTokens, Float32Array.from(frames)])
    }
  }
  for (const token of reply) {
    state.push([token])
    solve()
  }
  state.finish()
  solve()
  return { cuts, mel: Float32Array.from(frames) }
}
