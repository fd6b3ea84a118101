/**
 * A device's lanes on a virtual clock: the lanes' own policies, with a cost model in place of models.
 *
 * Knows: what each lane would do next and how long it would take. Does not know: arrivals, queues, other devices.
 * Each lane does one thing at a time; the real ones plan anew after every model run, and so do these.
 */
import {
  type AcousticLimits,
  type HopView,
  hopBlocks,
  listenerLeadMs,
  nextHop,
} from '../scheduler/acoustic-policy.ts'
import { type BlockGrid, blocksReady, tokensInBlocks } from '../scheduler/block-grid.ts'
import { type LlmLimits, planLlmTurn } from '../scheduler/llm-policy.ts'
import { nextInRank } from '../scheduler/rank.ts'
import { decodeMs, eulerStepMs, type Machine, prefillMs, slowdown, vocodeMs } from './cost-model.ts'
import { type SimulatedRequest, seededRandom } from './workload.ts'

const FRAMES_PER_TOKEN = 2
const MS_PER_TOKEN = 40

export interface DeviceLimits {
  readonly slots: number
  readonly llmSlots: number
  readonly llm: LlmLimits
  readonly acoustic: AcousticLimits
  readonly grid: BlockGrid
}

/** One request on its way through the device. */
export interface Utterance {
  readonly request: SimulatedRequest
  /** The acoustic lane that it stays with. */
  readonly lane: AcousticLane
  hasRow: boolean
  prefillLeft: number
  tokens: number
  tokensDone: boolean
  /** Blocks handed out, and the hop under way. */
  blocksDone: number
  hopSize: number
  hopBlock: number
  hopStep: number
  firstAudioMs: number | undefined
  emittedMs: number
  /** When each hop's audio came out, and how much it was: what the listener's buffer is judged by. */
  readonly chunks: { readonly atMs: number; readonly audioMs: number }[]
  finishedMs: number | undefined
}

/** What an acoustic lane does now, and the voices whose prompts it has solved. */
interface AcousticLane {
  freeAt: number
  effect: (() => void) | undefined
  readonly solvedVoices: Set<string>
}

export interface DeviceTotals {
  llmSteps: number
  llmRows: number
  llmBusyMs: number
  acousticBusyMs: number
}

export class SimulatedDevice {
  readonly totals: DeviceTotals = { llmSteps: 0, llmRows: 0, llmBusyMs: 0, acousticBusyMs: 0 }
  readonly #machine: Machine
  readonly #limits: DeviceLimits
  readonly #active: Utterance[] = []
  readonly #random = seededRandom(1)
  readonly #lanes: readonly AcousticLane[]
  #llmFreeAt = 0
  #llmEffect: (() => void) | undefined

  constructor(machine: Machine, limits: DeviceLimits) {
    this.#machine = machine
    this.#limits = limits
    this.#lanes = Array.from({ length: machine.acousticLanes }, () => ({
      freeAt: 0,
      effect: undefined,
      solvedVoices: new Set<string>(),
    }))
  }

  get freeSlots(): number {
    return this.#limits.slots - this.#active.length
  }

  hasVoice(key: string): boolean {
    return this.#lanes.some(({ solvedVoices }) => solvedVoices.has(key))
  }

  backlogSeconds(): number {
    return this.#active.reduce((sum, { request, blocksDone }) => {
      const done = Math.min(
        request.speechTokens,
        tokensInBlocks(blocksDone, request.promptTokens, this.#limits.grid),
      )
      return sum + (request.speechTokens - done) * (MS_PER_TOKEN / 1000)
    }, 0)
  }

  admit(request: SimulatedRequest): Utterance {
    const utterance: Utterance = {
      request,
      lane: this.#soonestDone(request),
      hasRow: false,
      prefillLeft: request.prefillTokens,
      tokens: 0,
      tokensDone: false,
      blocksDone: 0,
      hopSize: 0,
      hopBlock: 0,
      hopStep: 0,
      firstAudioMs: undefined,
      emittedMs: 0,
      chunks: [],
      finishedMs: undefined,
    }
    this.#active.push(utterance)
    return utterance
  }

  /** When the next thing here ends; Infinity while idle. */
  nextEventMs(): number {
    return Math.min(
      this.#llmEffect ? this.#llmFreeAt : Infinity,
      ...this.#lanes.map(({ effect, freeAt }) => (effect ? freeAt : Infinity)),
    )
  }

  /** Lets what has ended by `nowMs` take effect and starts what can be started; returns utterances that ended. */
  advance(nowMs: number): Utterance[] {
    if (this.#llmEffect && this.#llmFreeAt <= nowMs) {
      this.#llmEffect()
      this.#llmEffect = undefined
    }
    for (const lane of this.#lanes) {
      if (!lane.effect || lane.freeAt > nowMs) continue
      lane.effect()
      lane.effect = undefined
    }
    if (!this.#llmEffect) this.#startLlm(nowMs)
    for (const lane of this.#lanes) if (!lane.effect) this.#startAcoustic(lane, nowMs)
    const ended = this.#active.filter(({ finishedMs }) => finishedMs !== undefined)
    for (const utterance of ended) this.#active.splice(this.#active.indexOf(utterance), 1)
    return ended
  }

  /** The acoustic lane with the least to do, counting a prompt that it would have to solve first, as the device does. */
  #soonestDone({ voiceKey, promptTokens }: SimulatedRequest): AcousticLane {
    const work = (lane: AcousticLane) =>
      this.#active.reduce(
        (sum, { lane: its, request }) => sum + (its === lane ? request.speechTokens : 0),
        lane.solvedVoices.has(voiceKey) ? 0 : promptTokens,
      )
    return this.#lanes.reduce((best, lane) => (work(lane) < work(best) ? lane : best))
  }

  /** A run that begins while others run takes longer, and no two runs take the same. */
  #luck(): number {
    const { spread } = this.#machine.cost
    const running = (this.#llmEffect ? 1 : 0) + this.#lanes.filter(({ effect }) => effect).length
    return spread[Math.floor(this.#random() * spread.length)]! * slowdown(this.#machine, running + 1)
  }

  #startLlm(nowMs: number): void {
    this.#giveRows()
    const rows = this.#active.filter(({ hasRow, tokensDone }) => hasRow && !tokensDone)
    const plan = planLlmTurn(
      rows.map((utterance) => ({
        id: utterance.request.id,
        priority: utterance.request.priority,
        arrivedMs: utterance.request.arrivedMs,
        prefillLeft: utterance.prefillLeft,
        starved: false,
        leadTokens:
          utterance.tokens -
          tokensInBlocks(utterance.blocksDone, utterance.request.promptTokens, this.#limits.grid),
      })),
      this.#limits.llm,
    )
    const ms =
      (decodeMs(this.#machine.cost, plan.decode.length) +
        prefillMs(this.#machine.cost, plan.prefill?.positions ?? 0)) *
      this.#luck()
    if (ms === 0) return
    const find = (id: number) => rows.find(({ request }) => request.id === id)!
    this.#llmFreeAt = nowMs + ms
    this.totals.llmBusyMs += ms
    if (plan.decode.length > 0) {
      this.totals.llmSteps++
      this.totals.llmRows += plan.decode.length
    }
    this.#llmEffect = () => {
      if (plan.prefill) find(plan.prefill.id).prefillLeft -= plan.prefill.positions
      for (const id of plan.decode) {
        const utterance = find(id)
        utterance.tokens++
        if (utterance.tokens >= utterance.request.speechTokens) utterance.tokensDone = true
      }
    }
  }

  #giveRows(): void {
    const inUse = this.#active.filter(({ hasRow, tokensDone }) => hasRow && !tokensDone).length
    for (let free = this.#limits.llmSlots - inUse; free > 0; free--) {
      const waiting = this.#active.filter(({ hasRow }) => !hasRow)
      const next =
        waiting[
          nextInRank(
            waiting.map(({ request }) => request),
            this.#limits.llm.batchBoundMs,
          )
        ]
      if (next === undefined) return
      next.hasRow = true
    }
  }

  #startAcoustic(lane: AcousticLane, nowMs: number): void {
    const here = this.#active.filter((utterance) => utterance.lane === lane)
    const hops = here.map((utterance) => this.#hopView(utterance))
    const index = nextHop(hops, this.#limits.acoustic)
    if (index < 0) return
    const utterance = here[index]!
    const begin = utterance.hopSize === 0
    if (begin) {
      const ready = this.#ready(utterance) - utterance.blocksDone
      utterance.hopSize = hopBlocks(listenerLeadMs(hops[index]!, nowMs), ready, this.#limits.acoustic)
    }
    const ms = this.#quantumMs(utterance) * this.#luck()
    lane.freeAt = nowMs + ms
    this.totals.acousticBusyMs += ms
    lane.effect = () => this.#endQuantum(utterance, lane.freeAt)
  }

  #hopView(utterance: Utterance): HopView {
    const { request, firstAudioMs, emittedMs, hopSize } = utterance
    return {
      id: request.id,
      priority: request.priority,
      arrivedMs: request.arrivedMs,
      firstAudioMs,
      emittedMs,
      runnable: hopSize > 0 || this.#ready(utterance) > utterance.blocksDone,
    }
  }

  #ready({ tokens, tokensDone, request }: Utterance): number {
    // Batch work is solved with full attention: nothing can start before its last token.
    if (request.priority === 'batch' && !tokensDone) return 0
    return blocksReady(tokens, tokensDone, request.promptTokens, this.#limits.grid)
  }

  /** One Euler step; the first of a block also pays its encoder, the last of a hop its vocoder, a new voice its prompt. */
  #quantumMs(utterance: Utterance): number {
    const { request, lane, blocksDone, hopBlock, hopSize, hopStep } = utterance
    const { cost } = this.#machine
    const promptBlocks = Math.floor(request.promptTokens / this.#limits.grid.chunkTokens)
    const blockFrames = this.#limits.grid.chunkTokens * FRAMES_PER_TOKEN
    const context = (promptBlocks + blocksDone + hopBlock + 1) * blockFrames
    let ms = eulerStepMs(cost, context)
    if (hopStep === 0) ms += cost.flowBlockMs
    if (hopStep === 0 && hopBlock === 0 && blocksDone === 0) ms += cost.utteranceMs
    if (hopStep === cost.eulerSteps - 1 && hopBlock === hopSize - 1) {
      ms += vocodeMs(cost, this.#hopTokens(utterance) * FRAMES_PER_TOKEN)
    }
    if (!lane.solvedVoices.has(request.voiceKey)) {
      lane.solvedVoices.add(request.voiceKey)
      for (let block = 1; block <= promptBlocks; block++) {
        ms += cost.flowBlockMs + cost.eulerSteps * eulerStepMs(cost, block * blockFrames)
      }
    }
    return ms
  }

  #hopTokens({ request, blocksDone, hopSize }: Utterance): number {
    const { grid } = this.#limits
    const end = Math.min(
      request.speechTokens,
      tokensInBlocks(blocksDone + hopSize, request.promptTokens, grid),
    )
    return end - Math.min(end, tokensInBlocks(blocksDone, request.promptTokens, grid))
  }

  #endQuantum(utterance: Utterance, nowMs: number): void {
    utterance.hopStep++
    if (utterance.hopStep < this.#machine.cost.eulerSteps) return
    utterance.hopStep = 0
    utterance.hopBlock++
    if (utterance.hopBlock < utterance.hopSize) return
    const audioMs = this.#hopTokens(utterance) * MS_PER_TOKEN
    utterance.blocksDone += utterance.hopSize
    utterance.hopSize = 0
    utterance.hopBlock = 0
    utterance.firstAudioMs ??= nowMs
    utterance.emittedMs += audioMs
    utterance.chunks.push({ atMs: nowMs, audioMs })
    const { request } = utterance
    const total = blocksReady(request.speechTokens, true, request.promptTokens, this.#limits.grid)
    if (utterance.tokensDone && utterance.blocksDone >= total) utterance.finishedMs = nowMs
  }
}
