/**
 * The LLM lane's work: rows of the KV pool lent to utterances, and one turn after another of prefill and decode.
 *
 * Knows: which utterance has which row and what each sequence wants next. Does not know: threads, how it is woken, what
 * becomes of the tokens. Which rows take part in a turn is decided by `src/scheduler/llm-policy.ts`.
 *
 * A turn: give free rows to those that wait → plan → prefill a chunk of one prompt → decode one token of many rows →
 * choose tokens, write them to their rings, let go of the rows whose speech has ended.
 */
import assert from 'node:assert/strict'
import type { SamplingHyperParameters } from '../src/core/hyper-parameters.ts'
import type { ParkedRow } from '../src/engine/llm/kv-pool.ts'
import { LiveSequence } from '../src/engine/llm/live-sequence.ts'
import type { LlmRunner } from '../src/engine/llm/llm-runner.ts'
import {
  barIds,
  type LlmSequence,
  PlainSequence,
  type SequenceRules,
} from '../src/engine/llm/llm-sequence.ts'
import { likeliest, sampleRas } from '../src/engine/llm/sampler.ts'
import type { LlmAdmission, ToLlmLane } from '../src/lanes/messages.ts'
import { type LlmLimits, type LlmRow, planLlmTurn, rowToPark } from '../src/scheduler/llm-policy.ts'
import { nextInRank, type Priority } from '../src/scheduler/rank.ts'

/** Where a slot's tokens go. */
export interface TokenSink {
  push(token: number): void
  /** No more tokens will come; `failed` where there should have been more, so that a part never passes for the whole. */
  end(failed: boolean): void
  /** Tokens that the acoustic lane has not taken. */
  readonly unread: number
}

export interface LlmLaneParts {
  readonly runner: LlmRunner
  readonly rules: SequenceRules
  readonly sampling: SamplingHyperParameters
  readonly limits: LlmLimits
  /** The ring of a slot, as its new utterance finds it: empty and open. */
  readonly sinkOf: (slot: number, acousticLane: number) => TokenSink
  /** Tells main that this lane is done with a slot; `failed` where its speech ended early. */
  readonly leave: (slot: number, epoch: number, failed?: string) => void
  /** Puts a model run on the lane's clock. */
  readonly inModel: <T>(rows: number, run: () => T) => T
}

interface Speaker {
  readonly slot: number
  readonly epoch: number
  readonly priority: Priority
  readonly arrivedMs: number
  readonly utterance: LlmAdmission
  readonly sequence: LlmSequence
  readonly sink: TokenSink
  row: number | undefined
  /** What its row held when another utterance needed the row more. */
  parked: ParkedRow | undefined
  /** Of the sequence's pending ids, how many the row has been fed. */
  fed: number
  /** Numbers the draws, so that each has its own place in the request's random stream. */
  draws: number
}

export class LlmLaneTurns {
  readonly #parts: LlmLaneParts
  readonly #speakers = new Map<number, Speaker>()
  #steps = 0
  #rows = 0

  constructor(parts: LlmLaneParts) {
    this.#parts = parts
  }

  /** Utterances here, with or without a row. */
  get size(): number {
    return this.#speakers.size
  }

  /** Rows in use, those waiting for one, and mean rows per step since this was last asked. */
  takeStats(): { used: number; waiting: number; meanBatch: number } {
    const { used } = this.#parts.runner.pool
    const stats = {
      used,
      waiting: this.size - used,
      meanBatch: this.#steps === 0 ? 0 : this.#rows / this.#steps,
    }
    this.#steps = 0
    this.#rows = 0
    return stats
  }

  /** Takes a message in. One for an utterance that has left already is late and without effect. */
  apply(message: ToLlmLane): void {
    if (message.type === 'admit') return this.#admit(message)
    const speaker = this.#speakers.get(message.slot)
    if (speaker === undefined || speaker.epoch !== message.epoch) return
    switch (message.type) {
      case 'append':
        return this.#guarded(speaker, () => this.#live(speaker).append(message.textIds))
      case 'finish':
        return this.#guarded(speaker, () => {
          this.#live(speaker).finish()
          if (speaker.sequence.pending.length === 0 && this.#hasEnded(speaker)) this.#leave(speaker)
        })
      case 'cancel':
        return this.#leave(speaker)
      default:
        message satisfies never
    }
  }

  /** One turn; false when there was nothing to do. */
  turn(): boolean {
    this.#giveRows()
    const plan = planLlmTurn(this.#rowViews(), this.#parts.limits)
    if (plan.prefill !== undefined)
      this.#prefill(this.#speakers.get(plan.prefill.id)!, plan.prefill.positions)
    const decoding = plan.decode.map((slot) => this.#speakers.get(slot)!)
    if (decoding.length > 0) this.#decode(decoding)
    return plan.prefill !== undefined || decoding.length > 0
  }

  #admit({
    slot,
    epoch,
    priority,
    arrivedMs,
    utterance,
    acousticLane,
  }: Extract<ToLlmLane, { type: 'admit' }>): void {
    const { rules, sinkOf, leave } = this.#parts
    assert(!this.#speakers.has(slot), `slot ${slot} is lent twice`)
    const sink = sinkOf(slot, acousticLane)
    try {
      if (utterance.givenTokens !== undefined) {
        for (const token of utterance.givenTokens) sink.push(token)
        sink.end(false)
        return leave(slot, epoch)
      }
      const { promptTextIds, promptSpeechTokens, textIds, live } = utterance
      let sequence: LlmSequence
      if (live) {
        const growing = new LiveSequence(promptTextIds, promptSpeechTokens, rules)
        growing.append(textIds)
        sequence = growing
      } else sequence = new PlainSequence(promptTextIds, promptSpeechTokens, textIds, rules)
      this.#speakers.set(slot, {
        slot,
        epoch,
        priority,
        arrivedMs,
        utterance,
        sequence,
        sink,
        row: undefined,
        parked: undefined,
        fed: 0,
        draws: 0,
      })
    } catch (error) {
      sink.end(true)
      leave(slot, epoch, (error as Error).message)
    }
  }

  #giveRows(): void {
    const { runner, limits } = this.#parts
    for (;;) {
      const waiting = [...this.#speakers.values()].filter((speaker) => this.#wantsRow(speaker))
      const next = waiting[nextInRank(waiting, limits.batchBoundMs)]
      if (next === undefined || !(runner.pool.canTake() || this.#parkOne())) return
      next.row = next.parked === undefined ? runner.pool.take() : runner.pool.unpark(next.parked)
      next.parked = undefined
    }
  }

  /** One that was parked comes back when its listener's lane runs short of tokens. */
  #wantsRow({ row, parked, sequence, priority, sink }: Speaker): boolean {
    if (row !== undefined || sequence.pending.length === 0) return false
    return parked === undefined || priority === 'batch' || sink.unread < this.#parts.limits.minLeadTokens
  }

  /** Frees the row that is needed least; false where every row works. */
  #parkOne(): boolean {
    const { runner, limits } = this.#parts
    const idlest = rowToPark(this.#rowViews(), limits)
    if (idlest === undefined) return false
    const speaker = this.#speakers.get(idlest)!
    speaker.parked = runner.pool.park(speaker.row!)
    this.#releaseRow(speaker)
    return true
  }

  #releaseRow(speaker: Speaker): void {
    const freed = speaker.row!
    speaker.row = undefined
    const moved = this.#parts.runner.pool.release(freed)
    if (moved === undefined) return
    for (const other of this.#speakers.values()) if (other.row === moved) other.row = freed
  }

  #rowViews(): LlmRow[] {
    const views: LlmRow[] = []
    for (const { slot, priority, arrivedMs, sequence, fed, row, sink } of this.#speakers.values()) {
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

  #prefill(speaker: Speaker, positions: number): void {
    const { runner, inModel } = this.#parts
    this.#guarded(speaker, () => {
      const ids = speaker.sequence.pending.slice(speaker.fed, speaker.fed + positions)
      const logits = inModel(0, () => runner.prefill(speaker.row!, ids))
      speaker.fed += ids.length
      if (speaker.fed === speaker.sequence.pending.length) this.#choose(speaker, logits)
    })
  }

  /**
   * One token of each. A step that throws left all rows as they were: the halves are tried by themselves, until those
   * that fail alone are found, and the others have their token, of the same bytes.
   */
  #decode(speakers: readonly Speaker[]): void {
    const { runner, inModel } = this.#parts
    const rows = speakers.map(({ row, sequence, fed }) => ({ row: row!, id: sequence.pending[fed]! }))
    this.#steps++
    this.#rows += rows.length
    let step: ReturnType<LlmRunner['decode']>
    try {
      step = inModel(rows.length, () => runner.decode(rows))
    } catch (error) {
      if (speakers.length === 1) return this.#leave(speakers[0]!, (error as Error).message)
      const half = Math.ceil(speakers.length / 2)
      this.#decode(speakers.slice(0, half))
      this.#decode(speakers.slice(half))
      return
    }
    // Logits belong to rows as they were in the step: all are read before any row moves.
    const logits = speakers.map((_, i) => step.logitsOf(i).slice())
    for (const [i, speaker] of speakers.entries()) {
      speaker.fed++
      this.#guarded(speaker, () => this.#choose(speaker, logits[i]!))
    }
  }

  #choose(speaker: Speaker, logits: Float32Array): void {
    const { sampling, runner } = this.#parts
    const { sequence, utterance, sink } = speaker
    const choice = sequence.choice()
    let token: number
    if (choice.how === 'forced') token = choice.token
    else {
      barIds(logits, choice)
      token =
        utterance.sampling === 'greedy'
          ? likeliest(logits)
          : sampleRas(logits, sequence.chosen, sampling, utterance.seed, speaker.draws)
    }
    speaker.draws++
    speaker.fed = 0
    const outcome = sequence.accept(token)
    if (outcome === 'spoken') sink.push(token)
    const full = runner.pool.length(speaker.row!) + sequence.pending.length > runner.pool.maxLength
    if (outcome === 'ended' || full || this.#hasEnded(speaker)) this.#leave(speaker)
  }

  /** A sequence with nothing pending has ended, unless it only waits for more text. */
  #hasEnded({ sequence }: Speaker): boolean {
    return sequence.pending.length === 0 && !(sequence instanceof LiveSequence && sequence.waiting)
  }

  #live({ sequence, slot }: Speaker): LiveSequence {
    assert(sequence instanceof LiveSequence, `slot ${slot}: text for an utterance that is not live`)
    return sequence
  }

  /** What goes wrong with one utterance ends that one. */
  #guarded(speaker: Speaker, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#leave(speaker, (error as Error).message)
    }
  }

  /** Ends the utterance here: its row, its ring, and main's knowledge of it. */
  #leave(speaker: Speaker, failed?: string): void {
    const { leave } = this.#parts
    if (this.#speakers.get(speaker.slot) !== speaker) return
    this.#speakers.delete(speaker.slot)
    if (speaker.row !== undefined) this.#releaseRow(speaker)
    speaker.sink.end(failed !== undefined)
    leave(speaker.slot, speaker.epoch, failed)
  }
}
