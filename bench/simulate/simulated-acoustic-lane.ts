/** An acoustic lane on a virtual clock: the lane's own policy, with a cost model in place of models. */

import type { BlockGrid } from '../../src/core/block-grid.ts'
import {
  type AcousticLimits,
  companions,
  type HopView,
  hopGoesOn,
  listenerLeadMs,
  nextHop,
} from '../../src/scheduler/acoustic-policy.ts'
import { blockMs, type CostModel, eulerStepMs, vocodeMs } from '../cost/cost-model.ts'
import { blocksReady } from './reply-blocks.ts'
import { type SolveGroup, tokensThrough, type Utterance } from './simulated-utterance.ts'
import { MS_PER_TOKEN, type SimulatedRequest } from './workload.ts'

const FRAMES_PER_TOKEN = 2

/** One thing that a lane does, and what is so once it has ended. */
interface Run {
  readonly ms: number
  readonly effect: (nowMs: number) => void
}

export interface AcousticLaneLimits {
  readonly acoustic: AcousticLimits
  readonly grid: BlockGrid
  /** Milliseconds of an utterance's audio that the vocoder holds back until it ends. */
  readonly heldBackMs: number
}

export class SimulatedAcousticLane {
  readonly #cost: CostModel
  readonly #limits: AcousticLimits
  readonly #grid: BlockGrid
  readonly #heldBackMs: number
  readonly #solvedVoices: Set<string>

  /** `solvedVoices` are the device's: what one lane has solved the others need not. */
  constructor(
    cost: CostModel,
    { acoustic, grid, heldBackMs }: AcousticLaneLimits,
    solvedVoices: Set<string>,
  ) {
    this.#cost = cost
    this.#limits = acoustic
    this.#grid = grid
    this.#heldBackMs = heldBackMs
    this.#solvedVoices = solvedVoices
  }

  /** The next run for the utterances that are here; undefined where none can be made. */
  next(here: readonly Utterance[], nowMs: number): Run | undefined {
    const hops = here.map((utterance) => this.#hopView(utterance))
    const index = nextHop(hops, this.#limits, nowMs)
    if (index < 0) return undefined
    const utterance = here[index]!
    const join = (fits: (other: Utterance) => boolean) =>
      companions(hops, index, this.#limits, (i) => fits(here[i]!)).map((i) => here[i]!)
    return utterance.hopSolved
      ? this.#vocode([utterance, ...join((other) => this.#sharesVocoder(utterance, other))])
      : this.#solve(utterance, () => join((other) => this.#sharesBlock(utterance, other)))
  }

  #hopView(utterance: Utterance): HopView {
    const { request, firstAudioMs, emittedMs, hopSolved, group } = utterance
    return {
      id: request.id,
      priority: request.priority,
      arrivedMs: request.arrivedMs,
      firstAudioMs,
      emittedMs,
      runnable: hopSolved || group !== undefined || this.#nextIsReady(utterance),
    }
  }

  #ready({ tokens, tokensDone, request }: Utterance): number {
    // Batch work is solved with full attention: nothing can start before its last token.
    if (request.priority === 'batch' && !tokensDone) return 0
    return blocksReady(tokens, tokensDone, request.promptTokens, this.#grid)
  }

  /** Its next block can be solved: neither handed out nor in the hop under way. */
  #nextIsReady(utterance: Utterance): boolean {
    return this.#ready(utterance) > utterance.blocksDone + utterance.hopBlocks
  }

  #sharesVocoder(one: Utterance, other: Utterance): boolean {
    return other.hopSolved && this.#hopTokens(one) === this.#hopTokens(other)
  }

  /** Whether another utterance's next block, not yet begun, is as long as this one's. Batch work is solved whole. */
  #sharesBlock(one: Utterance, other: Utterance): boolean {
    if (other.group !== undefined || other.hopSolved || other.request.priority === 'batch') return false
    if (!this.#solvedVoices.has(other.request.voiceKey)) return false
    return this.#nextBlockTokens(one) === this.#nextBlockTokens(other)
  }

  /** One Euler step; the first of a block also pays its encoder, a new utterance its state, a new voice its prompt. */
  #solve(utterance: Utterance, join: () => Utterance[]): Run {
    const cost = this.#cost
    let ms = 0
    if (utterance.group === undefined) {
      ms += this.#promptMs(utterance.request)
      const members = [utterance, ...join()]
      const group = { members, stepsLeft: cost.eulerSteps }
      for (const member of members) {
        if (member.blocksDone + member.hopBlocks === 0) ms += cost.utteranceMs
        member.group = group
      }
      ms += blockMs(cost, members.length)
    }
    const group = utterance.group!
    ms += eulerStepMs(
      cost,
      group.members.map((member) => this.#contextFrames(member)),
    )
    return { ms, effect: (nowMs) => this.#endStep(group, nowMs) }
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

  /** Once per voice and device: the lane that needs it first solves it, the others take it over. */
  #promptMs({ voiceKey, promptTokens }: SimulatedRequest): number {
    if (this.#solvedVoices.has(voiceKey)) return 0
    this.#solvedVoices.add(voiceKey)
    const { blockTokens } = this.#grid
    let ms = 0
    for (let block = 1; block <= Math.floor(promptTokens / blockTokens); block++) {
      const frames = block * blockTokens * FRAMES_PER_TOKEN
      ms += blockMs(this.#cost, 1) + this.#cost.eulerSteps * eulerStepMs(this.#cost, [frames])
    }
    return ms
  }

  /** Frames that its next block attends to, itself included. */
  #contextFrames(utterance: Utterance): number {
    return (this.#blocksBefore(utterance) + 1) * this.#grid.blockTokens * FRAMES_PER_TOKEN
  }

  /** Tokens of its next block, the prompt's end included: a whole block but for the last. */
  #nextBlockTokens(utterance: Utterance): number {
    const { promptTokens, speechTokens } = utterance.request
    const { blockTokens } = this.#grid
    return Math.min(blockTokens, promptTokens + speechTokens - this.#blocksBefore(utterance) * blockTokens)
  }

  /** Blocks before its next one, on the grid that counts from the prompt's first token. */
  #blocksBefore({ request, blocksDone, hopBlocks }: Utterance): number {
    return Math.floor(request.promptTokens / this.#grid.blockTokens) + blocksDone + hopBlocks
  }

  #hopTokens({ request, blocksDone, hopBlocks }: Utterance): number {
    const until = (blocks: number) => tokensThrough(request, blocks, this.#grid)
    return until(blocksDone + hopBlocks) - until(blocksDone)
  }

  #endStep(group: SolveGroup, nowMs: number): void {
    group.stepsLeft--
    if (group.stepsLeft > 0) return
    for (const member of group.members) {
      member.group = undefined
      member.hopBlocks++
      const goesOn = hopGoesOn(listenerLeadMs(this.#hopView(member), nowMs), member.hopBlocks, this.#limits)
      member.hopSolved = !goesOn || !this.#nextIsReady(member)
    }
  }

  #emit(utterance: Utterance, nowMs: number): void {
    const { request } = utterance
    utterance.blocksDone += utterance.hopBlocks
    utterance.hopBlocks = 0
    utterance.hopSolved = false
    const total = blocksReady(request.speechTokens, true, request.promptTokens, this.#grid)
    const ended = utterance.tokensDone && utterance.blocksDone >= total
    const voicedMs = tokensThrough(request, utterance.blocksDone, this.#grid) * MS_PER_TOKEN
    const audioMs = voicedMs - (ended ? 0 : this.#heldBackMs) - utterance.emittedMs
    if (audioMs > 0) {
      utterance.firstAudioMs ??= nowMs
      utterance.emittedMs += audioMs
      utterance.chunks.push({ atMs: nowMs, audioMs })
    }
    if (ended) utterance.finishedMs = nowMs
  }
}
