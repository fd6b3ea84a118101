/**
 * The dialogue of one bidirectional WebSocket as a pure function: what came in → what to do.
 *
 * `ws-dialogue.ts` carries the effects out and reports back with further inputs.
 */
import { textTooLong } from '../../api/error-body.ts'
import type { WsCommand, WsInit } from '../../api/speech-params.ts'
import { missingParameter } from '../../api/validate.ts'
import { countCharacters } from '../../core/characters.ts'
import {
  becomeReady,
  becomeSpeaking,
  begin,
  canBeIdle,
  close,
  fail,
  isCurrent,
  isUttering,
  leave,
  speak,
  stay,
} from './ws-moves.ts'
import { afterFinish, cancelNotAlone, drainingError, idleTooLong, unexpected } from './ws-refusals.ts'
import {
  NOTHING_WAITS,
  type WsInput,
  type WsNotice,
  type WsState,
  type WsStep,
  type WsTextLimits,
} from './ws-session-state.ts'

export function stepWsSession(state: WsState, input: WsInput, limits: WsTextLimits): WsStep {
  if (state.phase === 'closed') return { state, effects: [] }
  switch (input.type) {
    case 'init':
      return takeInit(state, input.init)
    case 'audio':
      return takeAudio(state, input.bytes)
    case 'command':
      return takeCommand(state, input.command, limits)
    case 'malformed':
    case 'voice-failed':
      return fail(state, input.error)
    case 'voice-ready':
      return state.phase === 'preparing'
        ? becomeReady(state, [{ do: 'notify', event: 'ready' }])
        : stay(state)
    case 'speech-started':
      return isCurrent(state, input.utterance, 'starting') ? becomeSpeaking(state) : stay(state)
    case 'speech-ended':
      return takeEnd(state, input)
    case 'speech-failed':
      return input.utterance === state.utterance && isUttering(state) ? fail(state, input.error) : stay(state)
    case 'flush-due':
      return state.phase === 'speaking' ? stay(state, [{ do: 'flush' }]) : stay(state)
    case 'idle':
      return canBeIdle(state) ? fail(state, idleTooLong()) : stay(state)
    case 'draining':
      return takeDraining(state)
    case 'gone':
      return { state: { ...state, phase: 'closed' }, effects: [...leave(state), { do: 'release' }] }
    default:
      return input satisfies never
  }
}

function takeInit(state: WsState, init: WsInit): WsStep {
  if (state.phase !== 'init') return fail(state, unexpected('text or a command', 'a second init message'))
  if (init.voice !== undefined) {
    return { state: { ...state, phase: 'preparing' }, effects: [{ do: 'prepare', recording: undefined }] }
  }
  if (init.prompt_text === undefined && init.mode !== 'instruct' && init.mode !== 'cross_lingual')
    return fail(state, missingParameter(['prompt_text']))
  return { state: { ...state, phase: 'voice' }, effects: [] }
}

function takeAudio(state: WsState, bytes: Uint8Array): WsStep {
  if (state.phase === 'voice') {
    return { state: { ...state, phase: 'preparing' }, effects: [{ do: 'prepare', recording: bytes }] }
  }
  const expected = state.phase === 'init' ? 'an init message' : 'text or a command'
  return fail(state, unexpected(expected, 'a binary message'))
}

function takeCommand(state: WsState, command: WsCommand, limits: WsTextLimits): WsStep {
  if (state.phase === 'init' || state.phase === 'voice') {
    const expected = state.phase === 'init' ? 'an init message' : 'the recording as a binary message'
    return fail(state, unexpected(expected, 'a text message'))
  }
  const text = command.tts_text ?? ''
  if (command.cancel) {
    if (text !== '' || command.finish || command.flush) {
      return fail(state, cancelNotAlone())
    }
    return takeCancel(state)
  }
  const length = countCharacters(text)
  if (length > limits.max_text_length) return fail(state, textTooLong(limits.max_text_length))
  const characters = state.characters + length
  if (characters > limits.max_session_text_length) {
    return fail(state, textTooLong(limits.max_session_text_length))
  }
  const hasText = state.hasText || command.tts_text !== undefined
  const hasWords = state.hasWords || text.trim() !== ''
  return takeText({ ...state, characters, hasText, hasWords }, text, command.flush, command.finish)
}

function takeText(state: WsState, text: string, flush: boolean, finish: boolean): WsStep {
  switch (state.phase) {
    case 'preparing':
    case 'starting':
      if (state.waiting.finish && text !== '') return fail(state, afterFinish())
      return stay({
        ...state,
        waiting: {
          text: state.waiting.text + text,
          flush: state.waiting.flush || flush,
          finish: state.waiting.finish || finish,
        },
      })
    case 'ready':
      return begin({ ...state, waiting: { text, flush, finish } })
    case 'speaking':
      return speak(state, text, flush, finish)
    case 'finishing':
      return text === '' ? stay(state) : fail(state, afterFinish())
    default:
      return stay(state)
  }
}

function takeCancel(state: WsState): WsStep {
  switch (state.phase) {
    case 'preparing':
    case 'ready':
      return stay({ ...state, waiting: NOTHING_WAITS }, [{ do: 'notify', event: 'cancelled' }])
    case 'starting':
    case 'speaking':
      return becomeReady({ ...state, waiting: NOTHING_WAITS }, [
        ...leave(state),
        { do: 'notify', event: 'cancelled' },
      ])
    case 'finishing':
      return close(state, [...leave(state), { do: 'notify', event: 'cancelled' }])
    default:
      return stay(state)
  }
}

function takeEnd(
  state: WsState,
  { utterance, warnings = [] }: Extract<WsInput, { type: 'speech-ended' }>,
): WsStep {
  const done: WsNotice = { do: 'notify', event: 'done', ...(warnings.length > 0 ? { warnings } : {}) }
  if (isCurrent(state, utterance, 'finishing')) return close(state, [done])
  if (!isCurrent(state, utterance, 'speaking')) return stay(state)
  return becomeReady(state, [{ do: 'disarm-flush' }, done])
}

function takeDraining(state: WsState): WsStep {
  const draining = { ...state, isDraining: true }
  const isWaitingForClient = state.phase === 'init' || state.phase === 'voice' || state.phase === 'ready'
  return isWaitingForClient ? fail(draining, drainingError()) : stay(draining)
}
