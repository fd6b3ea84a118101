/** The cost model of a CPU device: each kind of model run timed alone, and both lanes timed together. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Bundle } from '../../src/core/bundle.ts'
import type { LaneDevice } from '../../src/lanes/messages.ts'
import { type CompanionStart, END, PAUSE, RUN } from './companion.ts'
import { type CostModel, costModelSchema } from './cost-model.ts'
import { fitLine, type Line, mean, type Point, spreadOf } from './fit.ts'
import { AcousticUnderTest, type FlowTimes } from './measure-acoustic.ts'
import { LlmUnderTest } from './measure-llm.ts'

const SPREAD_BINS = 20

export interface MeasuredCost {
  readonly cost: CostModel
  /** ms of sound that the vocoder holds back. */
  readonly heldBackMs: number
  /** What the lines were fitted to, and how far the worst point is off. */
  readonly points: Readonly<Record<'decode' | 'prefill' | 'euler' | 'vocoder', readonly Point[]>>
  readonly worst: Readonly<Record<'decode' | 'prefill' | 'euler' | 'vocoder', number>>
}

export interface MeasureOptions {
  readonly device: LaneDevice
  /** Rows of the largest decoding step. */
  readonly rows: number
  /** 1: a few seconds; more: steadier. */
  readonly effort: number
}

export async function measureCost(bundle: Bundle, options: MeasureOptions): Promise<MeasuredCost> {
  const { device, rows, effort } = options
  const llm = await LlmUnderTest.open(bundle, device.llmThreads, rows)
  const acoustic = await AcousticUnderTest.open(bundle, device.acousticThreads)
  try {
    const decode = llm.decode(4 + 16 * effort)
    const prefill = llm.prefill(2 + 4 * effort)
    const flow = await acoustic.flow(1 + 2 * effort)
    const vocoder = acoustic.vocode(2 + 4 * effort)
    const fits = {
      decode: fitLine(decode),
      prefill: fitLine(prefill),
      euler: fitLine(flow.steps),
      vocoder: fitLine(vocoder),
    }
    const overlapSlowdown = await measureOverlap(bundle, options, acoustic, llm)
    const worst = (line: Line) => round(line.worst)
    return {
      heldBackMs: round(acoustic.heldBackMs()),
      cost: costModelSchema.parse({
        origin: 'measured',
        llmStepMs: round(fits.decode.fixedMs),
        llmStepPerRowMs: round(fits.decode.perUnitMs),
        prefillChunkMs: round(fits.prefill.fixedMs),
        prefillPerTokenMs: round(fits.prefill.perUnitMs),
        flowStepMs: round(fits.euler.fixedMs),
        flowStepPerFrameMs: round(fits.euler.perUnitMs),
        flowBlockMs: round(flow.blockMs),
        eulerSteps: flow.eulerSteps,
        utteranceMs: round(flow.utteranceMs),
        vocoderChunkMs: round(fits.vocoder.fixedMs),
        vocoderPerFrameMs: round(fits.vocoder.perUnitMs),
        overlapSlowdown: round(overlapSlowdown),
        spread: spreadOf(flow.groups, SPREAD_BINS).map(round),
      }),
      points: { decode, prefill, euler: flow.steps, vocoder },
      worst: {
        decode: worst(fits.decode),
        prefill: worst(fits.prefill),
        euler: worst(fits.euler),
        vocoder: worst(fits.vocoder),
      },
    }
  } finally {
    llm.release()
    acoustic.release()
  }
}

/**
 * How much longer runs of the two lanes take while both run than while one does: geometric mean of both lanes. Rounds
 * alone and together alternate, so that other load on the machine disturbs both alike.
 */
async function measureOverlap(
  bundle: Bundle,
  { device, rows, effort }: MeasureOptions,
  acoustic: AcousticUnderTest,
  llm: LlmUnderTest,
): Promise<number> {
  const batch = Math.min(4, rows)
  const state = new Int32Array(new SharedArrayBuffer(4))
  const start: CompanionStart = {
    bundleDir: bundle.folder,
    threads: device.llmThreads,
    rows: batch,
    flag: state.buffer as SharedArrayBuffer,
  }
  const worker = new Worker(new URL('./companion.js', import.meta.url), { workerData: start })
  await once(worker, 'message')
  const set = (value: number) => {
    Atomics.store(state, 0, value)
    Atomics.notify(state, 0)
  }
  const alone: number[] = []
  const together: number[] = []
  const decodeAlone: number[] = []
  const sum = ({ steps }: FlowTimes) => steps.reduce((all, { ms }) => all + ms, 0)
  for (let i = 0; i < 1 + effort; i++) {
    alone.push(sum(await acoustic.flow(2)))
    decodeAlone.push(llm.decode(8).find(({ x }) => x === batch)!.ms)
    set(RUN)
    together.push(sum(await acoustic.flow(2)))
    set(PAUSE)
  }
  set(END)
  const [decodeTogether] = (await once(worker, 'message')) as [number[]]
  const flowRatio = mean(together) / mean(alone)
  const llmRatio = mean(decodeTogether) / mean(decodeAlone)
  return Math.max(1, Math.sqrt(Math.max(1, flowRatio) * Math.max(1, llmRatio)))
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
