/**
 * What the flow costs per second of audio on one CPU core, and what solving anew at every hop costs.
 *
 *   node dist/bench/flow/main.js [tiny|real] [--kind unet|dit] [--rounds N] [--out FILE]
 *
 * Prints tables for people and one JSON line last. All times are CPU time, least of the rounds; streams and the plain
 * re-solving loop take turns. Positions are seconds of the reply behind a prompt of 3.48 s. The prompt's state is
 * solved beforehand, as a server keeps it per voice. The vocoder's cost, measured before, says what a second takes in
 * all.
 */
import { Console } from 'node:console'
import { flowStateBytes } from '../../src/engine/flow/flow-memory.ts'
import type { FlowPrompt } from '../../src/engine/flow/flow-prompt.ts'
import type { FlowVoice } from '../../src/engine/flow/flow-voice.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { type AcousticKind, kindOption, type ModelSize, sizeArgument } from '../real-dims/acoustic-kind.ts'
import { leastCpuMs } from '../report/cpu-time.ts'
import { report } from '../report/record.ts'
import { inventMel, openVocoderUnderTest, streamTogether } from '../vocoder/vocoder-under-test.ts'
import { openAttentionShare } from './attention-share.ts'
import { type FlowUnderTest, openFlowUnderTest } from './flow-under-test.ts'
import { inventStream, resolveEverything, resolveHops, type SolveCost, solveStream } from './stream-cost.ts'

const LENGTHS = [5, 10, 20, 30] as const
const LONGEST = 30
const TOKENS_PER_SECOND = 25
const BLOCK_FRAMES = 50
/** The benchmark prompt of LightTTS. */
const PROMPT_TOKENS = 87
/** Euler steps of a whole solve, whatever the flow under test was built with. */
const SOLVE_STEPS = 10
/** What a stream's vocoder is given to measure its cost per second, which does not grow with its length. */
const VOCODER_SECONDS = 10
/** Hops of the plain loop, and positions of attention, measured at real dimensions; those between are interpolated. */
const SAMPLES = 6

const command = benchCommand(
  'CPU time of the flow for a second of audio, as streams solve it and solved anew at every hop',
)
  .addArgument(sizeArgument())
  .addOption(kindOption())
  .option('--rounds <n>', 'rounds, of which the least counts; 5 for tiny, 1 for real by default', positive)
  .option('--out <file>', 'store the record')
  .parse()
const [size] = command.processedArgs as [ModelSize]
const { kind, rounds = size === 'tiny' ? 5 : 1 } = command.opts<{ kind: AcousticKind; rounds?: number }>()

const vocoderMs = await vocoderCost()
const flow = await openFlowUnderTest(size, kind)
try {
  const result = await measure(flow)
  printTables(result)
  report(`flow-cost-${size}${kind === 'unet' ? '' : `-${kind}`}`, result)
} finally {
  await flow.close()
}

async function measure(flow: FlowUnderTest) {
  const { runner } = flow
  const { voice, reply } = inventStream(flow, PROMPT_TOKENS, LONGEST * TOKENS_PER_SECOND)
  const prompt = runner.solvePrompt(voice)
  const hops = resolveHops(flow, PROMPT_TOKENS, reply.length)
  const measuredHops = sampled(hops.length)
  const prompts: SolveCost[][] = []
  const streams: SolveCost[][] = []
  const loops: SolveCost[][] = []
  const attentions: number[][] = []
  const share = await openAttentionShare(flow)
  // A server's utterances follow each other in the same memory; the very first is another matter, see `fresh_ms`.
  const fresh = solveReply(prompt, voice, reply)
  for (let round = 0; round < rounds; round++) {
    const alone = runner.open(voice, PROMPT_TOKENS)
    prompts.push(solveStream(flow, alone))
    alone.release()
    const blocks = solveReply(prompt, voice, reply)
    streams.push(blocks)
    attentions.push(
      sampled(blocks.length).map((i) => {
        const { encoder, step } = share.cost(blocks[i]!.past, blocks[i]!.fresh)
        return encoder + SOLVE_STEPS * step
      }),
    )
    loops.push(resolveEverything(flow, voice, reply, (hop) => measuredHops.includes(hop)))
  }
  const blocks = least(streams)
  const promptMs = sum(least(prompts).map(totalMs))
  const hopMs = interpolated(hops.length, measuredHops, least(loops).map(totalMs))
  const positions = sampled(blocks.length)
  const attention = interpolated(
    blocks.length,
    positions,
    positions.map((_, i) => Math.min(...attentions.map((attending) => attending[i]!))),
  )
  share.release()
  const fit = fitBlocks(blocks)
  const perSecond = LENGTHS.map((seconds) => perAudioSecond(blocks, fresh, attention, seconds, fit.perFrame))
  const growth = (pick: (row: (typeof perSecond)[0]) => number) =>
    round(pick(perSecond.at(-1)!) / pick(perSecond[0]!))
  return {
    rounds,
    growth_5_to_30_s: {
      outside_attention: growth(({ other_ms }) => other_ms),
      flow: growth(({ ms }) => ms),
      flow_and_vocoder: growth(({ with_vocoder_ms }) => with_vocoder_ms),
    },
    weight_mb: round(flow.weightBytes / 1e6),
    convert_s: round(flow.seconds.convert),
    load_s: round(flow.seconds.load),
    state_mb_per_audio_s: round(stateBytesPerSecond(flow) / 1e6),
    prompt_solve_ms: round(promptMs),
    prompt_fork_ms: round(leastCpuMs(rounds + 2, () => runner.fork(prompt, PROMPT_TOKENS).release())),
    block_fit: fit.figures,
    euler_steps_measured: runner.dims.steps,
    per_audio_s: perSecond,
    against_resolving: LENGTHS.map((seconds) => {
      const tokens = seconds * TOKENS_PER_SECOND
      const stream = sum(blocks.filter(({ past }) => past < PROMPT_TOKENS + tokens).map(totalMs))
      const loop = sum(hopMs.filter((_, hop) => hop === 0 || hops[hop - 1]! < tokens))
      return {
        seconds,
        stream_ms: round(stream),
        loop_ms: round(loop),
        stream_ms_per_audio_s: round(stream / seconds),
        times_less: round(loop / stream),
        times_less_with_prompt: round(loop / (stream + promptMs)),
      }
    }),
    loop_hops: hops.length,
    loop_hops_measured: measuredHops.length,
  }
}

/** CPU milliseconds per second of audio of a stream whose hops are blocks. */
async function vocoderCost(): Promise<number> {
  const opened = await openVocoderUnderTest(size, kind)
  const mel = inventMel(opened, VOCODER_SECONDS)
  const ms = leastCpuMs(rounds + 2, () => streamTogether(opened, mel, BLOCK_FRAMES))
  await opened.close()
  return ms / VOCODER_SECONDS
}

function solveReply(prompt: FlowPrompt, voice: FlowVoice, reply: Int32Array): SolveCost[] {
  const state = flow.runner.fork(prompt, voice.speechTokens.length + reply.length)
  state.push(reply)
  state.finish()
  try {
    return solveStream(flow, state)
  } finally {
    state.release()
  }
}

/**
 * Means over the blocks of the first `seconds` of the reply, per second of audio that these blocks solve. `fresh_ms` is
 * what they cost an utterance in fresh memory: the system makes it pay for each page.
 */
function perAudioSecond(
  blocks: readonly SolveCost[],
  fresh: readonly SolveCost[],
  attention: readonly number[],
  seconds: number,
  perFrame: number,
) {
  const end = PROMPT_TOKENS + seconds * TOKENS_PER_SECOND
  const counted = blocks.filter(({ past }) => past < end)
  const solved = sum(counted.map(({ fresh }) => fresh)) / TOKENS_PER_SECOND
  const all = sum(counted.map(totalMs)) / solved
  const { stride } = flow.runner.dims
  const growing = sum(counted.map(({ past, fresh }) => perFrame * (past + fresh) * stride)) / solved
  return {
    seconds,
    ms: round(all),
    fresh_ms: round(sum(fresh.slice(0, counted.length).map(totalMs)) / solved),
    encoder_ms: round(sum(counted.map(({ encoder }) => encoder)) / solved),
    attention_alone_ms: round(sum(attention.slice(0, counted.length)) / solved),
    grows_with_past_ms: round(growing),
    other_ms: round(all - growing),
    with_vocoder_ms: round(all + vocoderMs),
  }
}

/**
 * Cost of a whole block as a straight line over the frames it attends to. It has what a block costs anywhere, what each
 * thousand frames of past add, and how far blocks stray.
 */
function fitBlocks(blocks: readonly SolveCost[]) {
  const { blockTokens, stride } = flow.runner.dims
  const whole = blocks.filter(({ fresh }) => fresh === blockTokens)
  const points = whole.map((cost) => ({ x: (cost.past + cost.fresh) * stride, y: totalMs(cost) }))
  const [meanX, meanY] = [
    sum(points.map(({ x }) => x)) / points.length,
    sum(points.map(({ y }) => y)) / points.length,
  ]
  const slope =
    sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / sum(points.map(({ x }) => (x - meanX) ** 2))
  const fixed = meanY - slope * meanX
  const strays = points.map(({ x, y }) => Math.abs(y / (fixed + slope * x) - 1))
  return {
    perFrame: slope,
    figures: {
      fixed_ms: round(fixed),
      ms_per_1000_frames: round(1000 * slope),
      mean_deviation: round(sum(strays) / strays.length),
      worst_deviation: round(Math.max(...strays)),
    },
  }
}

/** A whole solve: the encoder and all Euler steps, where the flow under test was built with fewer. */
function totalMs({ encoder, steps }: SolveCost): number {
  return encoder + (steps * SOLVE_STEPS) / flow.runner.dims.steps
}

/** The least of each solve over all rounds. */
function least(allRounds: readonly SolveCost[][]): SolveCost[] {
  return allRounds[0]!.map((cost, i) => ({
    ...cost,
    encoder: Math.min(...allRounds.map((costs) => costs[i]!.encoder)),
    steps: Math.min(...allRounds.map((costs) => costs[i]!.steps)),
  }))
}

/** All of `count`, or a few of them from first to last. */
function sampled(count: number): number[] {
  if (size === 'tiny') return Array.from({ length: count }, (_, i) => i)
  const last = count - 1
  return Array.from({ length: SAMPLES }, (_, i) => Math.round((i * last) / (SAMPLES - 1)))
}

/** Costs of all `count`, straight lines between those measured: each is a second longer than the one before. */
function interpolated(count: number, measured: readonly number[], ms: readonly number[]): number[] {
  return Array.from({ length: count }, (_, hop) => {
    const upper = measured.findIndex((one) => one >= hop)
    if (measured[upper] === hop) return ms[upper]!
    const [from, to] = [measured[upper - 1]!, measured[upper]!]
    const part = (hop - from) / (to - from)
    return ms[upper - 1]! * (1 - part) + ms[upper]! * part
  })
}

function stateBytesPerSecond(flow: FlowUnderTest): number {
  const dims = { ...flow.runner.dims, steps: SOLVE_STEPS }
  return flowStateBytes(dims, TOKENS_PER_SECOND) - flowStateBytes(dims, 0)
}

function printTables(result: Awaited<ReturnType<typeof measure>>): void {
  const people = new Console(process.stderr)
  people.log(
    `flow (${kind}), ${size} dimensions: ${result.weight_mb} MB of weights, loaded in ${result.load_s} s;`,
  )
  people.log(`${result.state_mb_per_audio_s} MB of state per second; a prompt of 3.48 s is solved in`)
  people.log(`${result.prompt_solve_ms} ms and copied for a request in ${result.prompt_fork_ms} ms.\n`)
  const { fixed_ms, ms_per_1000_frames, mean_deviation } = result.block_fit
  people.log(`A block costs ${fixed_ms} ms and ${ms_per_1000_frames} ms for each 1000 frames it attends to;`)
  people.log(`blocks stray from that by ${(100 * mean_deviation).toFixed(1)} % on average.\n`)
  const { outside_attention, flow: inFlow, flow_and_vocoder } = result.growth_5_to_30_s
  people.log(`A second of audio costs so many times more in a reply of 30 s than in one of 5 s:`)
  people.log(
    `outside attention ${outside_attention}, flow ${inFlow}, flow and vocoder ${flow_and_vocoder}.\n`,
  )
  people.log('CPU ms per second of audio, by length of the reply')
  people.table(result.per_audio_s)
  people.log('CPU ms per reply, against solving everything anew every 25 tokens')
  people.table(result.against_resolving)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
