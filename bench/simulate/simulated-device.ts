/**
 * A device's lanes on a virtual clock: the lanes' own policies, with a cost model in place of models.
 *
 * Each lane does one thing at a time; the real ones plan anew after every model run, and so do these.
 */

import type { WorkTotals } from '../../src/scheduler/capacity-meter.ts'
import { type LlmLimits, planLlmTurn } from '../../src/scheduler/llm-policy.ts'
import { nextInRank } from '../../src/scheduler/rank.ts'
import { decodeMs, type Machine, prefillMs } from '../cost/cost-model.ts'
import { tokensInBlocks } from './reply-blocks.ts'
import { SharedThreads } from './shared-threads.ts'
import { type AcousticLaneLimits, SimulatedAcousticLane } from './simulated-acoustic-lane.ts'
import { newUtterance, tokensThrough, type Utterance } from './simulated-utterance.ts'
import { MS_PER_TOKEN, type SimulatedRequest, seededRandom } from './workload.ts'

export interface DeviceLimits extends AcousticLaneLimits {
  readonly slots: number
  readonly llmSlots: number
  readonly llm: LlmLimits
}

export interface DeviceTotals {
  llmSteps: number
  llmRows: number
  llmBusyMs: number
  acousticBusyMs: number
  audioMs: number
}

export class SimulatedDevice {
  readonly totals: DeviceTotals = { llmSteps: 0, llmRows: 0, llmBusyMs: 0, acousticBusyMs: 0, audioMs: 0 }
  readonly #machine: Machine
  readonly #limits: DeviceLimits
  readonly #active: Utterance[] = []
  readonly #random = seededRandom(1)
  readonly #solvedVoices = new Set<string>()
  readonly #threads: SharedThreads
  readonly #acoustic: readonly SimulatedAcousticLane[]
  /** Lanes that run something now. */
  readonly #busy = new Set<SimulatedAcousticLane>()
  #llmBusy = false

  constructor(machine: Machine, limits: DeviceLimits) {
    this.#machine = machine
    this.#limits = limits
    this.#threads = new SharedThreads(machine)
    this.#acoustic = Array.from(
      { length: machine.acousticLanes },
      () => new SimulatedAcousticLane(machine.cost, limits, this.#solvedVoices),
    )
  }

  get freeSlots(): number {
    return this.#limits.slots - this.#active.length
  }

  hasVoice(key: string): boolean {
    return this.#solvedVoices.has(key)
  }

  backlogSeconds(): number {
    return this.#active.reduce((sum, { request, blocksDone }) => {
      const left = request.speechTokens - tokensThrough(request, blocksDone, this.#limits.grid)
      return sum + left * (MS_PER_TOKEN / 1000)
    }, 0)
  }

  /** What its lanes have done, as their counters and the process's clock have it. */
  work(nowMs: number): WorkTotals {
    const { audioMs, acousticBusyMs, llmBusyMs } = this.totals
    return {
      audioSeconds: audioMs / 1000,
      acousticBusySeconds: acousticBusyMs / 1000,
      busySeconds: (acousticBusyMs + llmBusyMs) / 1000,
      cpuSeconds: this.#threads.cpuMs / 1000,
      elapsedSeconds: nowMs / 1000,
    }
  }

  /** Something else takes `ms` of a thread, Infinity for ever, and goes before the acoustic lanes. */
  beside(nowMs: number, ms: number, end: () => void = () => {}): void {
    this.#threads.start(nowMs, ms, true, end)
  }

  admit(request: SimulatedRequest): Utterance {
    const utterance = newUtterance(request, this.#soonestDone())
    this.#active.push(utterance)
    return utterance
  }

  /** When the next thing here ends; Infinity while idle. */
  nextEventMs(): number {
    return this.#threads.nextEndMs()
  }

  /** Lets what has ended by `nowMs` take effect and starts what can be started; returns utterances that ended. */
  advance(nowMs: number): Utterance[] {
    this.#threads.advance(nowMs)
    if (!this.#llmBusy) this.#startLlm(nowMs)
    for (const lane of this.#acoustic) if (!this.#busy.has(lane)) this.#startAcoustic(lane, nowMs)
    const ended = this.#active.filter(({ finishedMs }) => finishedMs !== undefined)
    for (const utterance of ended) this.#active.splice(this.#active.indexOf(utterance), 1)
    return ended
  }

  /** The acoustic lane with the least to do, as the device does. A prompt to be solved would be so in any of them. */
  #soonestDone(): number {
    const work = (lane: number) =>
      this.#active.reduce((sum, { lane: its, request }) => sum + (its === lane ? request.speechTokens : 0), 0)
    return [...this.#acoustic.keys()].reduce((best, lane) => (work(lane) < work(best) ? lane : best))
  }

  /** No two runs take the same. */
  #luck(): number {
    const { spread } = this.#machine.cost
    return spread[Math.floor(this.#random() * spread.length)]!
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
    if (plan.decode.length > 0) {
      this.totals.llmSteps++
      this.totals.llmRows += plan.decode.length
    }
    this.#llmBusy = true
    this.#threads.start(nowMs, ms, true, (_endMs, tookMs) => {
      this.#llmBusy = false
      this.totals.llmBusyMs += tookMs
      if (plan.prefill) find(plan.prefill.id).prefillLeft -= plan.prefill.positions
      for (const id of plan.decode) {
        const utterance = find(id)
        utterance.tokens++
        if (utterance.tokens >= utterance.request.speechTokens) utterance.tokensDone = true
      }
    })
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

  #startAcoustic(lane: SimulatedAcousticLane, nowMs: number): void {
    const here = this.#active.filter((utterance) => this.#acoustic[utterance.lane] === lane)
    const run = lane.next(here, nowMs)
    if (run === undefined) return
    this.#busy.add(lane)
    this.#threads.start(nowMs, run.ms * this.#luck(), false, (endMs, tookMs) => {
      this.#busy.delete(lane)
      this.totals.acousticBusyMs += tookMs
      const before = here.reduce((sum, { emittedMs }) => sum + emittedMs, 0)
      run.effect(endMs)
      this.totals.audioMs += here.reduce((sum, { emittedMs }) => sum + emittedMs, 0) - before
    })
  }
}
