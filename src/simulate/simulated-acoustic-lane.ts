/**
 * An acoustic lane on a virtual clock: the lane's own policy, with a cost model in place of models.
 *
 * Knows: what it would run next for whom, how long that takes, what is so once it has ended. Does not know: when it
 * runs, the LLM, other lanes but for the prompts that they share.
 */
import {
  type AcousticLimits,
  companions,
  type HopView,
  hopBlocks,
  listenerLeadMs,
  nextHop,
} from '../scheduler/acoustic-policy.ts'
import { type BlockGrid, blocksReady, tokensInBlocks } from '../scheduler/block-grid.ts'
import { blockMs, type CostModel, eulerStepMs, vocodeMs } from './cost-model.ts'
import type { SolveGroup, Utterance } from './simulated-utterance.ts'
import type { SimulatedRequest } from './workload.ts'

const FRAMES_PER_TOKEN = 2
const MS_PER_TOKEN = 40

/** One thing that a lane does, and what is so once it has ended. */
interface Run {
  readonly ms: number
  readonly effect: (nowMs: number) => void
}

export class SimulatedAcousticLane {
  readonly #cost: CostModel
  readonly #limits: AcousticLimits
  readonly #grid: BlockGrid
  readonly #solvedVoices: Set<string>

  /** `solvedVoices` are the device's: what one lane has solved the others need not. */
  constructor(cost: CostModel, limits: AcousticLimits, grid: BlockGrid, solvedVoices: Set<string>) {
    this.#cost = cost
    this.#limits = limits
    this.#grid = grid
    this.#solvedVoices = solvedVoices
  }

  /** The next run for the utterances that are here; undefined where none can be made. */
  next(here: readonly Utterance[], nowMs: number): Run | undefined {
    const hops = here.map((utterance) => this.#hopView(utterance))
    const index = nextHop(hops, this.#limits)
    if (index < 0) return undefined
    const utterance = here[index]!
    const join = (fits: (other: Utterance) => boolean) =>
      companions(hops, index, this.#limits, (i) => fits(here[i]!)).map((i) => here[i]!)
    return this.#isSolved(utterance)
      ? this.#vocode([utterance, ...join((other) => this.#sharesVocoder(utterance, other))])
      : this.#solve(utterance, () => join((other) => this.#sharesBlock(utterance, other)), nowMs)
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
    return blocksReady(tokens, tokensDone, request.promptTokens, this.#grid)
  }

  /** All blocks of its hop are: the vocoder is next. */
  #isSolved({ hopSize, hopBlock }: Utterance): boolean {
    return hopSize > 0 && hopBlock === hopSize
  }

  #sharesVocoder(one: Utterance, other: Utterance): boolean {
    return this.#isSolved(other) && this.#hopTokens(one) === this.#hopTokens(other)
  }

  /** Whether another utterance's next block, not yet begun, is as long as this one's. */
  #sharesBlock(one: Utterance, other: Utterance): boolean {
    if (other.group !== undefined || this.#isSolved(other)) return false
    if (!this.#solvedVoices.has(other.request.voiceKey)) return false
    return this.#nextBlockTokens(one) === this.#nextBlockTokens(other)
  }

  /** One Euler step; the first of a block also pays its encoder, a new utterance its state, a new voice its prompt. */
  #solve(utterance: Utterance, join: () => Utterance[], nowMs: number): Run {
    const cost = this.#cost
    let ms = 0
    if (utterance.group === undefined) {
      ms += this.#promptMs(utterance.request)
      const members = [utterance, ...join()]
      const group = { members, stepsLeft: cost.eulerSteps }
      for (const member of members) {
        if (member.blocksDone + member.hopBlock === 0) ms += cost.utteranceMs
        if (member.hopSize === 0) member.hopSize = this.#hopSize(member, nowMs)
        member.group = group
      }
      ms += blockMs(cost, members.length)
    }
    const group = utterance.group!
    ms += eulerStepMs(
      cost,
      group.members.map((member) => this.#contextFrames(member)),
    )
    return { ms, effect: () => this.#endStep(group) }
  }

  #vocode(utterances: readonly Utterance[]): Run {
    const frames = utterances.map((utterance) => this.#hopTokens(utterance) * FRAMES_PER_TOKEN)
    return {
      ms: vocodeMs(this.#cost, frames),
      effect: (nowMs) => {
        for (const utterance of utterances) this.#emit(utterance, nowMs)
      },
    }
  }

  #hopSize(utterance: Utterance, nowMs: number): number {
    const ready = this.#ready(utterance) - utterance.blocksDone
    return hopBlocks(listenerLeadMs(this.#hopView(utterance), nowMs), ready, this.#limits)
  }

  /** Once per voice and device: the lane that needs it first solves it, the others take it over. */
  #promptMs({ voiceKey, promptTokens }: SimulatedRequest): number {
    if (this.#solvedVoices.has(voiceKey)) return 0
    this.#solvedVoices.add(voiceKey)
    const { chunkTokens } = this.#grid
    let ms = 0
    for (let block = 1; block <= Math.floor(promptTokens / chunkTokens); block++) {
      const frames = block * chunkTokens * FRAMES_PER_TOKEN
      ms += blockMs(this.#cost, 1) + this.#cost.eulerSteps * eulerStepMs(this.#cost, [frames])
    }
    return ms
  }

  /** Frames that its next block attends to, itself included. */
  #contextFrames({ request, blocksDone, hopBlock }: Utterance): number {
    const { chunkTokens } = this.#grid
    const promptBlocks = Math.floor(request.promptTokens / chunkTokens)
    return (promptBlocks + blocksDone + hopBlock + 1) * chunkTokens * FRAMES_PER_TOKEN
  }

  #nextBlockTokens({ request, blocksDone, hopBlock }: Utterance): number {
    return this.#tokensBetween(request, blocksDone + hopBlock, blocksDone + hopBlock + 1)
  }

  #hopTokens({ request, blocksDone, hopSize }: Utterance): number {
    return this.#tokensBetween(request, blocksDone, blocksDone + hopSize)
  }

  /** Reply tokens of blocks `from` to `to`. */
  #tokensBetween({ speechTokens, promptTokens }: SimulatedRequest, from: number, to: number): number {
    const until = (blocks: number) => Math.min(speechTokens, tokensInBlocks(blocks, promptTokens, this.#grid))
    return until(to) - until(from)
  }

  #endStep(group: SolveGroup): void {
    group.stepsLeft--
    if (group.stepsLeft > 0) return
    for (const member of group.members) {
      member.group = undefined
      member.hopBlock++
    }
  }

  #emit(utterance: Utterance, nowMs: number): void {
    const audioMs = this.#hopTokens(utterance) * MS_PER_TOKEN
    utterance.blocksDone += utterance.hopSize
    utterance.hopSize = 0
    utterance.hopBlock = 0
    utterance.firstAudioMs ??= nowMs
    utterance.emittedMs += audioMs
    utterance.chunks.push({ atMs: nowMs, audioMs })
    const { request } = utterance
    const total = blocksReady(request.speechTokens, true, request.promptTokens, this.#grid)
    if (utterance.tokensDone && utterance.blocksDone >= total) utterance.finishedMs = nowMs
  }
}
