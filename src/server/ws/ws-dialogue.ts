/**
 * One line of speech on a socket: carries out what `ws-step.ts` decides about its text and its utterance, and hands
 * everything else to its owner.
 */
import { toTtsError } from '../../api/error-body.ts'
import type { TtsError } from '../../core/errors.ts'
import type { TimedText } from '../../core/timed-text.ts'
import type { ServerContext } from '../requests/server-context.ts'
import type { WsEffect, WsInput, WsState } from './ws-session-state.ts'
import { stepWsSession } from './ws-step.ts'
import { type UtteranceParts, WsUtterance } from './ws-utterance.ts'

/** Waits of `server.wsIdleFlushMs` after which an unfinished word, number or sentence is spoken as it is. */
const UNFINISHED_WAITS = 5

/** What a dialogue does not do itself. */
export type OwnerEffect = Extract<
  WsEffect,
  { readonly do: 'prepare' | 'notify' | 'fail' | 'close' | 'release' }
>

export interface DialogueOwner {
  /** How the next utterance is spoken. */
  utterance(): UtteranceParts
  /** The phase is another than before. */
  changed(state: WsState): void
  carryOut(effect: OwnerEffect, state: WsState): void
  /** Words or sentences of an utterance, with their times. */
  timed(utterance: number, times: readonly TimedText[]): void
  /** An error as it may leave the server; what is our fault is logged. */
  logged(cause: unknown): TtsError
}

export class WsDialogue {
  readonly #context: ServerContext
  readonly #owner: DialogueOwner
  readonly #inbox: WsInput[] = []
  #state: WsState
  #isStepping = false
  #utterance: WsUtterance | undefined
  #flushTimer: NodeJS.Timeout | undefined
  #settleTimer: NodeJS.Timeout | undefined

  constructor(context: ServerContext, initial: WsState, owner: DialogueOwner) {
    this.#context = context
    this.#state = initial
    this.#owner = owner
  }

  get state(): WsState {
    return this.#state
  }

  /** Inputs that an effect causes are taken after all of its step's effects. */
  dispatch(input: WsInput): void {
    this.#inbox.push(input)
    if (this.#isStepping) return
    this.#isStepping = true
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      const step = stepWsSession(this.#state, next, this.#context.config.limits)
      const { phase } = this.#state
      this.#state = step.state
      if (phase !== step.state.phase) this.#owner.changed(step.state)
      for (const effect of step.effects) this.#carryOut(effect)
    }
    this.#isStepping = false
  }

  /** Frees what is held; to be called when no more inputs will come. */
  stop(): void {
    this.#disarmFlush()
    this.#utterance?.cancel()
  }

  #carryOut(effect: WsEffect): void {
    switch (effect.do) {
      case 'start':
        this.#start(effect.utterance)
        return
      case 'append':
        this.#utterance?.feed?.append(effect.text)
        return
      case 'flush':
        this.#utterance?.feed?.flush()
        return
      case 'finish':
        this.#utterance?.feed?.finish()
        return
      case 'cancel':
        this.#utterance?.cancel()
        this.#utterance = undefined
        return
      case 'arm-flush':
        this.#armFlush(this.#context.config.server.wsIdleFlushMs)
        return
      case 'disarm-flush':
        this.#disarmFlush()
        return
      default:
        this.#owner.carryOut(effect, this.#state)
    }
  }

  /** Whole sentences are spoken after one such wait, unfinished ones after several. */
  #armFlush(idleMs: number): void {
    this.#disarmFlush()
    this.#settleTimer = setTimeout(() => this.#utterance?.feed?.settle(), idleMs)
    this.#flushTimer = setTimeout(() => this.dispatch({ type: 'flush-due' }), UNFINISHED_WAITS * idleMs)
  }

  #disarmFlush(): void {
    clearTimeout(this.#settleTimer)
    clearTimeout(this.#flushTimer)
  }

  #start(number: number): void {
    const utterance = new WsUtterance(this.#context, this.#owner.utterance())
    this.#utterance = utterance
    void utterance
      .speak({
        started: () => this.dispatch({ type: 'speech-started', utterance: number }),
        // A refusal of the speech, such as too much text, ends it like a failure of its own.
        refused: (error) =>
          this.dispatch({ type: 'speech-failed', utterance: number, error: toTtsError(error) }),
        timed: (times) => this.#owner.timed(number, times),
      })
      .then(
        (warnings) => this.dispatch({ type: 'speech-ended', utterance: number, warnings }),
        (error: unknown) =>
          this.dispatch({ type: 'speech-failed', utterance: number, error: this.#owner.logged(error) }),
      )
  }
}
