/** Moves of a dialogue between its phases, each with the effects that it takes. */
import { missingParameter } from '../../api/validate.ts'
import type { TtsError } from '../../core/errors.ts'
import { closeCodeOf, drainingError } from './ws-refusals.ts'
import { NOTHING_WAITS, type WsEffect, type WsPhase, type WsState, type WsStep } from './ws-session-state.ts'

/** No utterance is under way: what waits is begun, a draining server hangs up. */
export function becomeReady(state: WsState, effects: readonly WsEffect[]): WsStep {
  const ready: WsState = { ...state, phase: 'ready' }
  if (ready.isDraining) {
    const failed = fail(ready, drainingError())
    return { state: failed.state, effects: [...effects, ...failed.effects] }
  }
  const next = begin(ready)
  return { state: next.state, effects: [...effects, ...next.effects] }
}

/** Starts an utterance if there is anything to speak; a finish without text is the end, and one after empty text a fault. */
export function begin(state: WsState): WsStep {
  if (state.waiting.text.trim() !== '') {
    const utterance = state.utterance + 1
    return { state: { ...state, phase: 'starting', utterance }, effects: [{ do: 'start', utterance }] }
  }
  if (state.waiting.finish && state.hasText && !state.hasWords) {
    return fail(state, missingParameter(['tts_text']))
  }
  // Where nothing was ever spoken no other event has told the end.
  if (state.waiting.finish)
    return close(state, state.utterance === 0 ? [{ do: 'notify', event: 'done' }] : [])
  return stay({ ...state, waiting: NOTHING_WAITS })
}

export function becomeSpeaking(state: WsState): WsStep {
  const { text, flush, finish } = state.waiting
  const speaking: WsState = { ...state, phase: 'speaking', waiting: NOTHING_WAITS }
  const next = speak(speaking, text, flush, finish)
  return { state: next.state, effects: [{ do: 'notify', event: 'started' }, ...next.effects] }
}

export function speak(state: WsState, text: string, flush: boolean, finish: boolean): WsStep {
  const effects: WsEffect[] = []
  if (text !== '') effects.push({ do: 'append', text })
  if (finish) {
    effects.push({ do: 'disarm-flush' }, { do: 'finish' })
    return { state: { ...state, phase: 'finishing' }, effects }
  }
  if (flush) effects.push({ do: 'disarm-flush' }, { do: 'flush' })
  else if (text !== '') effects.push({ do: 'arm-flush' })
  return stay(state, effects)
}

export function close(state: WsState, effects: readonly WsEffect[]): WsStep {
  return {
    state: { ...state, phase: 'closed' },
    effects: [...effects, { do: 'close', code: 1000, reason: '' }, { do: 'release' }],
  }
}

export function fail(state: WsState, error: TtsError): WsStep {
  return {
    state: { ...state, phase: 'closed' },
    effects: [...leave(state), { do: 'fail', error, code: closeCodeOf(error) }, { do: 'release' }],
  }
}

/** What ending an utterance early takes. */
export function leave(state: WsState): WsEffect[] {
  if (!isUttering(state)) return []
  return state.phase === 'speaking' ? [{ do: 'disarm-flush' }, { do: 'cancel' }] : [{ do: 'cancel' }]
}

export function stay(state: WsState, effects: readonly WsEffect[] = []): WsStep {
  return { state, effects }
}

export function isUttering({ phase }: WsState): boolean {
  return phase === 'starting' || phase === 'speaking' || phase === 'finishing'
}

export function isCurrent(state: WsState, utterance: number, phase: WsPhase): boolean {
  return state.utterance === utterance && state.phase === phase
}

/** While the server works on something the client need not send anything. */
export function canBeIdle({ phase }: WsState): boolean {
  return phase === 'init' || phase === 'voice' || phase === 'ready' || phase === 'speaking'
}
