/**
 * The LLM lane's work: rows of the KV pool lent to utterances, and one turn after another of prefill and decode.
 *
 * Which rows take part in a turn is decided by `src/scheduler/llm-policy.ts`.
 *
 * A turn: give free rows to those that wait → plan → prefill a chunk of one prompt → decode one token of many rows.
 * Then choose tokens, write them to their rings, and let go of the rows whose speech has ended.
 */
import assert from 'node:assert/strict'
import { faultOf } from '../src/core/device-fault.ts'
import type { SamplingHyperParameters } from '../src/core/hyper-parameters.ts'
import { clocked, StageClock } from '../src/core/stage-clock.ts'
import { LiveSequence } from '../src/engine/llm/live-sequence.ts'
import type { DecodeStep, LlmRunner } from '../src/engine/llm/llm-runner.ts'
import {
  barIds,
  type LlmSequence,
  PlainSequence,
  type SequenceRules,
} from '../src/engine/llm/llm-sequence.ts'
import { likeliest, sampleRas } from '../src/engine/llm/sampler.ts'
import { placesOf } from '../src/engine/llm/spoken-places.ts'
import type { AlignmentFacts } from '../src/engine/llm/text-alignment.ts'
import type { ToLlmLane } from '../src/lanes/messages.ts'
import { type LlmLimits, type LlmRow, planLlmTurn, rowToPark } from '../src/scheduler/llm-policy.ts'
import { nextInRank } from '../src/scheduler/rank.ts'
import type { Leave } from './how-left.ts'
import type { LlmUtterance, TokenSink } from './llm-utterance.ts'

export interface LlmLaneParts {
  readonly runner: LlmRunner
  readonly rules: SequenceRules
  /** Undefined where the model does not tell which text token is said. */
  readonly alignment?: AlignmentFacts | undefined
  readonly sampling: SamplingHyperParameters
  readonly limits: LlmLimits
  /** The ring of a slot, as its new utterance finds it: empty and open. */
  readonly sinkOf: (slot: number, acousticLane: number) => TokenSink
  /** Tells main that this lane is done with a slot; `failed` where its speech ended early. */
  readonly leave: Leave
  /** Puts a model run on the lane's clock. */
  readonly inModel: <T>(rows: number, run: () => T) => T
  /** Told after each run whose it was. */
  readonly onWork?: (slot: number) => void
}

export class LlmLaneTurns {
  readonly #parts: LlmLaneParts
  readonly #utterances = new Map<number, LlmUtterance>()
  #steps = 0
  #rows = 0

  constructor(parts: LlmLaneParts) {
    this.#parts = parts
  }

  /** Utterances here, with or without a row. */
  get size(): number {
    return this.#utterances.size
  }

  /** Rows in use, those waiting for one, and mean rows per step since this was last asked. */
  takeStats(): { used: number; waiting: number; meanBatch: number } {
    const { used } = this.#parts.runner.pool
    const meanBatch = this.#steps === 0 ? 0 : this.#rows / this.#steps
    this.#steps = 0
    this.#rows = 0
    return { used, waiting: this.size - used, meanBatch }
  }

  /** Takes a message in. One for an utterance that has left already is late and without effect. */
  apply(message: ToLlmLane): void {
    if (message.type === 'admit') return this.#admit(message)
    const utterance = this.#utterances.get(message.slot)
    if (utterance === undefined || utterance.epoch !== message.epoch) return
    switch (message.type) {
      case 'append':
        return this.#guarded(utterance, () => this.#live(utterance).append(message.textIds))
      case 'finish':
        return this.#guarded(utterance, () => {
          this.#live(utterance).finish()
          if (utterance.sequence.pending.length === 0 && this.#hasEnded(utterance)) this.#leave(utterance)
        })
      case 'cancel':
        return this.#leave(utterance)
      default:
        message satisfies never
    }
  }

  /** One turn; false when there was nothing to do. */
  turn(): boolean {
    this.#giveRows()
    const plan = planLlmTurn(this.#rowViews(), this.#parts.limits)
    if (plan.prefill !== undefined)
      this.#prefill(this.#utterances.get(plan.prefill.id)!, plan.prefill.positions)
    const decoding = plan.decode.map((slot) => this.#utterances.get(slot)!)
    if (decoding.length > 0) this.#decode(decoding)
    return plan.prefill !== undefined || decoding.length > 0
  }

  #admit({
    slot,
    epoch,
    priority,
    arrivedMs,
    utterance: asked,
    acousticLane,
  }: Extract<ToLlmLane, { type: 'admit' }>): void {
    const { rules, alignment, sinkOf, leave } = this.#parts
    assert(!this.#utterances.has(slot), `slot ${slot} is lent twice`)
    const sink = sinkOf(slot, acousticLane)
    try {
      if (asked.givenTokens !== undefined) {
        for (const token of asked.givenTokens) sink.push(token)
        sink.end(false)
        return leave(slot, epoch)
      }
      const { promptTextIds, promptSpeechTokens, textIds, live } = asked
      let sequence: LlmSequence
      if (live) {
        const growing = new LiveSequence(promptTextIds, promptSpeechTokens, rules)
        growing.append(textIds)
        sequence = growing
      } else sequence = new PlainSequence(promptTextIds, promptSpeechTokens, textIds, rules)
      this.#utterances.set(slot, {
        slot,
        epoch,
        priority,
        arrivedMs,
        asked,
        sequence,
        sink,
        clock: asked.isTraced === true ? new StageClock() : undefined,
        places: placesOf(asked, alignment, rules.ids),
        row: undefined,
        parked: undefined,
        fed: 0,
        draws: 0,
      })
    } catch (error) {
      sink.end(true)
      leave(slot, epoch, faultOf(error))
    }
  }

  #giveRows(): void {
    const { runner, limits } = this.#parts
    for (;;) {
      const waiting = [...this.#utterances.values()].filter((utterance) => this.#wantsRow(utterance))
      const next = waiting[nextInRank(waiting, limits.batchBoundMs)]
      if (next === undefined || !(runner.pool.canTake() || this.#parkOne())) return
      next.row = next.parked === undefined ? runner.pool.take() : runner.pool.unpark(next.parked)
      next.parked = undefined
    }
  }

  /** One that was parked comes back when its listener's lane runs short of tokens. */
  #wantsRow({ row, parked, sequence, priority, sink }: LlmUtterance): boolean {
    if (row !== undefined || sequence.pending.length === 0) return false
    return parked === undefined || priority === 'batch' || sink.unread < this.#parts.limits.minLeadTokens
  }

  /** Frees the row that is needed least; false where every row works. */
  #parkOne(): boolean {
    const { runner, limits } = this.#parts
    const idlest = rowToPark(this.#rowViews(), limits)
    if (idlest === undefined) return false
    const utterance = this.#utterances.get(idlest)!
    utterance.parked = runner.pool.park(utterance.row!)
    this.#releaseRow(utterance)
    return true
  }

  #releaseRow(utterance: LlmUtterance): void {
    const freed = utterance.row!
    utterance.row = undefined
    const moved = this.#parts.runner.pool.release(freed)
    if (moved === undefined) return
    for (const other of this.#utterances.values()) if (other.row === moved) other.row = freed
  }

  #rowViews(): LlmRow[] {
    const views: LlmRow[] = []
    for (const { slot, priority, arrivedMs, sequence, fed, row, sink } of this.#utterances.values()) {
      if (row === undefined) continue
      const left = sequence.pending.length - fed
      const leadTokens = sink.unread
      views.push({
        id: slot,
        priority,
        arrivedMs,
        prefillLeft: left > 1 ? left : 0,
        starved: left === 0,
        leadTokens,
      })
    }
    return views
  }

  #prefill(utterance: LlmUtterance, positions: number): void {
    const { runner, inModel } = this.#parts
    this.#guarded(utterance, () => {
      const ids = utterance.sequence.pending.slice(utterance.fed, utterance.fed + positions)
      const logits = clocked('prefill', [utterance], () =>
        inModel(0, () => runner.prefill(utterance.row!, ids)),
      )
      this.#parts.onWork?.(utterance.slot)
      utterance.places?.feed(runner, utterance, ids)
      utterance.fed += ids.length
      if (utterance.fed === utterance.sequence.pending.length)
        this.#choose(utterance, logits, runner.prefillQuery)
    })
  }

  /**
   * One token of each. A step that throws left all rows as they were: the halves are tried by themselves, until those
   * that fail alone are found. The others have their token, of the same bytes.
   */
  #decode(utterances: readonly LlmUtterance[]): void {
    const { runner, inModel } = this.#parts
    const rows = utterances.map(({ row, sequence, fed }) => ({ row: row!, id: sequence.pending[fed]! }))
    this.#steps++
    this.#rows += rows.length
    let step: DecodeStep
    try {
      step = clocked('decode', utterances, () => inModel(rows.length, () => runner.decode(rows)))
    } catch (error) {
      const fault = faultOf(error)
      if (utterances.length === 1) return this.#leave(utterances[0]!, fault)
      const half = Math.ceil(utterances.length / 2)
      this.#decode(utterances.slice(0, half))
      this.#decode(utterances.slice(half))
      return
    }
    // Logits belong to rows as they were in the step: all are read before any row moves.
    const given = utterances.map((_, i) => [step.logitsOf(i).slice(), step.queryOf(i)?.slice()] as const)
    for (const [i, utterance] of utterances.entries()) {
      this.#parts.onWork?.(utterance.slot)
      this.#guarded(utterance, () => {
        utterance.places?.feed(runner, utterance, [rows[i]!.id])
        utterance.fed++
        this.#choose(utterance, ...given[i]!)
      })
    }
  }

  #choose(utterance: LlmUtterance, logits: Float32Array, query: Float32Array | undefined): void {
    const { sampling, runner } = this.#parts
    const { sequence, asked, sink, places } = utterance
    const place = places?.next(query, runner.pool.length(utterance.row!) - 1)
    const choice = sequence.choice()
    let token: number
    if (choice.how === 'forced') token = choice.token
    else {
      barIds(logits, choice)
      token =
        asked.sampling === 'greedy'
          ? likeliest(logits)
          : sampleRas(logits, sequence.chosen, sampling, asked.seed, utterance.draws)
    }
    utterance.draws++
    utterance.fed = 0
    const outcome = sequence.accept(token)
    if (outcome === 'spoken') sink.push(token, place)
    const full = runner.pool.length(utterance.row!) + sequence.pending.length > runner.pool.maxLength
    if (outcome === 'ended' || full || this.#hasEnded(utterance)) this.#leave(utterance)
  }

  /** A sequence with nothing pending has ended, unless it only waits for more text. */
  #hasEnded({ sequence }: LlmUtterance): boolean {
    return sequence.pending.length === 0 && !(sequence instanceof LiveSequence && sequence.waiting)
  }

  #live({ sequence, slot }: LlmUtterance): LiveSequence {
    assert(sequence instanceof LiveSequence, `slot ${slot}: text for an utterance that is not live`)
    return sequence
  }

  /** What goes wrong with one utterance ends that one. */
  #guarded(utterance: LlmUtterance, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#leave(utterance, faultOf(error))
    }
  }

  /** Ends the utterance here: its row, its ring, and main's knowledge of it. */
  #leave(utterance: LlmUtterance, failed?: string): void {
    const { leave } = this.#parts
    if (this.#utterances.get(utterance.slot) !== utterance) return
    this.#utterances.delete(utterance.slot)
    if (utterance.row !== undefined) this.#releaseRow(utterance)
    utterance.sink.end(failed !== undefined)
    leave(utterance.slot, utterance.epoch, failed, utterance.clock?.stages)
  }
}
