/**
 * The acoustic lane's work: which utterance's run is made next, and the way of its samples into the audio ring.
 *
 * What a run is belongs to the model behind `src/engine/acoustic/acoustic-model.ts`; the next run, its companions and
 * the size of a hop are decided by `src/scheduler/acoustic-policy.ts`. A turn makes one model run, so an urgent newcomer
 * waits for one run and no longer. Samples wait here while the audio ring is full; then no run is made for them.
 */
import assert from 'node:assert/strict'
import type {
  AcousticModel,
  AcousticUtterance,
  RunResult,
  TokenSource,
} from '../src/engine/acoustic/acoustic-model.ts'
import type { ToAcousticLane } from '../src/lanes/messages.ts'
import {
  type AcousticLimits,
  companions,
  type HopView,
  hopGoesOn,
  listenerLeadMs,
  nextHop,
} from '../src/scheduler/acoustic-policy.ts'
import type { Leave } from './how-left.ts'
import { StateBudget } from './state-budget.ts'

/** A slot's audio as the acoustic lane gives it. */
export interface AudioSink {
  /** Puts in what there is room for; returns how many samples that was. */
  push(samples: Float32Array): number
  end(failed: boolean): void
}

export interface AcousticLaneParts<Made extends AcousticUtterance> {
  readonly model: AcousticModel<Made>
  readonly limits: AcousticLimits
  /** Bytes that the model may take: utterances, prompts and what is kept for later ones. */
  readonly stateBytes: number
  readonly tokensOf: (slot: number) => TokenSource
  readonly audioOf: (slot: number) => AudioSink
  readonly leave: Leave
  readonly nowMs: () => number
  /** Told before each run whether its utterance is the lane's only one. */
  readonly onRun?: (alone: boolean) => void
  /** Told after each run whose it was. */
  readonly onWork?: (slot: number) => void
}

/** One utterance in the lane: what the model makes of it, and what was delivered. */
interface Utterance<Made> {
  readonly slot: number
  readonly epoch: number
  readonly priority: 'stream' | 'batch'
  readonly arrivedMs: number
  readonly neededMs: number | undefined
  readonly made: Made
  readonly audio: AudioSink
  /** Samples for which the ring had no room yet. */
  waiting: Float32Array
  /** All its samples are made. */
  done: boolean
  firstAudioMs: number | undefined
  emittedMs: number
  /** Since when `waiting` finds no room; undefined where it does. */
  fullSinceMs: number | undefined
}

const NOTHING = new Float32Array(0)

export class AcousticLaneTurns<Made extends AcousticUtterance> {
  readonly #parts: AcousticLaneParts<Made>
  /** By slot. */
  readonly #utterances = new Map<number, Utterance<Made>>()
  readonly #budget: StateBudget<Made>

  constructor(parts: AcousticLaneParts<Made>) {
    this.#parts = parts
    const { model, limits, stateBytes, nowMs } = parts
    const stateLimits = { bytes: stateBytes, patienceMs: limits.batchBoundMs }
    this.#budget = new StateBudget(model, this.#utterances, stateLimits, nowMs)
  }

  get size(): number {
    return this.#utterances.size
  }

  /** Takes a message in. A cancel for an utterance that has left already is late and without effect. */
  apply(message: ToAcousticLane): void {
    const { model } = this.#parts
    switch (message.type) {
      case 'voice':
        return model.addVoice(message.key, message)
      case 'prompt':
        return model.adoptPrompt(message.key, message.prompt)
      case 'dropVoice':
        return model.dropVoice(message.key)
      case 'admit':
        return this.#admit(message)
      case 'cancel': {
        const utterance = this.#utterances.get(message.slot)
        if (utterance?.epoch === message.epoch) this.#leave(utterance)
        return
      }
      default:
        message satisfies never
    }
  }

  /** One turn; false when there was nothing to do. */
  turn(): boolean {
    const { model, limits, nowMs } = this.#parts
    for (const utterance of this.#utterances.values()) this.#deliver(utterance)
    const utterances = [...this.#utterances.values()]
    const views = utterances.map((utterance) => this.#view(utterance))
    const next = nextHop(views, limits, nowMs())
    if (next < 0) return false
    const of = new Map(utterances.map((utterance) => [utterance.made, utterance]))
    this.#parts.onRun?.(utterances.length === 1)
    const results = model.run(utterances[next]!.made, {
      mayGrow: (made) => this.#budget.mayGrow(made),
      makeRoom: (made) => this.#budget.makeRoom(made),
      join: (fits) =>
        companions(views, next, limits, (i) => fits(utterances[i]!.made)).map((i) => utterances[i]!.made),
      hopGoesOn: (made, blocks) => hopGoesOn(listenerLeadMs(of.get(made)!, nowMs()), blocks, limits),
    })
    this.#parts.onWork?.(utterances[next]!.slot)
    for (const result of results) this.#settle(of.get(result.utterance)!, result)
    return true
  }

  #admit(message: Extract<ToAcousticLane, { type: 'admit' }>): void {
    const { slot, epoch, priority, arrivedMs, neededMs, utterance } = message
    const { model, tokensOf, audioOf } = this.#parts
    assert(!this.#utterances.has(slot), `slot ${slot} is lent twice`)
    this.#utterances.set(slot, {
      slot,
      epoch,
      priority,
      arrivedMs,
      neededMs,
      made: model.open(utterance, tokensOf(slot)),
      audio: audioOf(slot),
      waiting: NOTHING,
      done: false,
      firstAudioMs: undefined,
      emittedMs: 0,
      fullSinceMs: undefined,
    })
  }

  #view(utterance: Utterance<Made>): HopView {
    const { slot, priority, arrivedMs, neededMs, firstAudioMs, emittedMs } = utterance
    const runnable = this.#runnable(utterance)
    return { id: slot, priority, arrivedMs, neededMs, firstAudioMs, emittedMs, runnable }
  }

  /** Whether a run for this utterance can be made now. */
  #runnable({ made, waiting }: Utterance<Made>): boolean {
    if (waiting.length > 0) return false
    const { next } = made
    return next === 'block' || next === 'whole' ? this.#budget.mayGrow(made) : next !== undefined
  }

  #settle(utterance: Utterance<Made>, result: RunResult<Made>): void {
    if ('failed' in result) return this.#leave(utterance, result.failed)
    utterance.waiting = result.samples
    utterance.done = result.last
    this.#deliver(utterance)
  }

  /** Puts waiting samples into the ring as far as there is room; ends the ring after the last. */
  #deliver(utterance: Utterance<Made>): void {
    const { nowMs, model } = this.#parts
    if (utterance.waiting.length > 0) {
      const moved = utterance.audio.push(utterance.waiting)
      if (moved > 0) {
        utterance.waiting = utterance.waiting.subarray(moved)
        const now = nowMs()
        // A listener that did not read used up nothing meanwhile: it is not more urgent than others for that.
        utterance.firstAudioMs = (utterance.firstAudioMs ?? now) + now - (utterance.fullSinceMs ?? now)
        utterance.emittedMs += (moved / model.sampleRate) * 1000
        utterance.fullSinceMs = undefined
      }
      if (utterance.waiting.length > 0) utterance.fullSinceMs ??= nowMs()
    }
    if (utterance.done && utterance.waiting.length === 0) this.#leave(utterance)
  }

  /** Ends the utterance here: what the model holds of it, its ring, and main's knowledge of it. */
  #leave(utterance: Utterance<Made>, failed?: string): void {
    this.#utterances.delete(utterance.slot)
    this.#parts.model.close(utterance.made)
    const complete = utterance.done && utterance.waiting.length === 0 && failed === undefined
    utterance.audio.end(!complete)
    this.#parts.leave(utterance.slot, utterance.epoch, failed, utterance.made.clock?.stages)
  }
}
