/**
 * The dialogue of one bidirectional WebSocket as a pure function: what came in → what to do.
 *
 * `ws-session.ts` carries the effects out and reports back with further inputs.
 *
 *   init ──► voice ──► preparing ──► ready ──► starting ──► speaking ──► finishing ──► closed
 *     └── voice by id ──▲              ▲───────── cancel ───────┘
 */
import { textTooLong } from '../../api/error-body.ts'
import type { WsCommand, WsInit } from '../../api/speech-params.ts'
import { missingParameter } from '../../api/validate.ts'
import { countCharacters } from '../../core/characters.ts'
import { TtsError } from '../../core/errors.ts'

export type WsPhase =
  /** Waiting for the init message. */
  | 'init'
  /** Waiting for the recording. */
  | 'voice'
  /** The voice is being prepared; text is kept. */
  | 'preparing'
  /** No utterance under way. */
  | 'ready'
  /** Waiting to be admitted; text is kept. */
  | 'starting'
  /** Text goes in, audio comes out. */
  | 'speaking'
  /** No more text; audio comes out. */
  | 'finishing'
  | 'closed'

export interface WsState {
  readonly phase: WsPhase
  /** Number of the utterance that is, or was last, spoken; reports about other ones are late and ignored. */
  readonly utterance: number
  /** Kept while the voice or a slot is awaited. */
  readonly waiting: { readonly text: string; readonly flush: boolean; readonly finish: boolean }
  /** Characters of the whole session. */
  readonly characters: number
  /** Some text of the session was more than blanks. */
  readonly hasWords: boolean
  readonly isDraining: boolean
}

export type WsInput =
  | { readonly type: 'init'; readonly init: WsInit }
  | { readonly type: 'audio'; readonly bytes: Uint8Array }
  | { readonly type: 'command'; readonly command: WsCommand }
  | { readonly type: 'malformed'; readonly error: TtsError }
  | { readonly type: 'voice-ready' }
  | { readonly type: 'voice-failed'; readonly error: TtsError }
  | { readonly type: 'speech-started'; readonly utterance: number }
  | { readonly type: 'speech-ended'; readonly utterance: number }
  | { readonly type: 'speech-failed'; readonly utterance: number; readonly error: TtsError }
  /** Text has waited long enough for more. */
  | { readonly type: 'flush-due' }
  /** Neither side has sent anything for long. */
  | { readonly type: 'idle' }
  | { readonly type: 'draining' }
  /** The socket has closed. */
  | { readonly type: 'gone' }

export type WsEffect =
  /** Prepare the voice: from this recording, or the one that the init message named. */
  | { readonly do: 'prepare'; readonly recording: Uint8Array | undefined }
  /** Ask for admission and open live speech. */
  | { readonly do: 'start'; readonly utterance: number }
  | { readonly do: 'append'; readonly text: string }
  | { readonly do: 'flush' }
  | { readonly do: 'finish' }
  /** Drop the utterance: whatever it holds is freed. */
  | { readonly do: 'cancel' }
  | { readonly do: 'arm-flush' }
  | { readonly do: 'disarm-flush' }
  | { readonly do: 'notify'; readonly event: 'ready' | 'started' | 'done' | 'cancelled' }
  /** Send one error frame, then close with the code. */
  | { readonly do: 'fail'; readonly error: TtsError; readonly code: number }
  | { readonly do: 'close'; readonly code: number; readonly reason: string }
  /** Give everything back; the last effect of every session. */
  | { readonly do: 'release' }

export interface WsTextLimits {
  readonly max_text_length: number
  readonly max_session_text_length: number
}

export interface WsStep {
  readonly state: WsState
  readonly effects: readonly WsEffect[]
}

const NOTHING_WAITS = { text: '', flush: false, finish: false }

export const INITIAL_WS_STATE: WsState = {
  phase: 'init',
  utterance: 0,
  waiting: NOTHING_WAITS,
  characters: 0,
  hasWords: false,
  isDraining: false,
}

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
      return takeEnd(state, input.utterance)
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

/** How an error ends the socket: our fault, try again later, too big, or the client's fault. */
export function closeCodeOf(error: TtsError): number {
  if (error.status === 413) return 1009
  if (error.code === 'DRAINING') return 1001
  if (error.status === 503 || error.status === 429) return 1013
  return error.status >= 500 ? 1011 : 1008
}

// --- inputs ---

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
      return fail(state, unexpected('cancel alone', 'cancel with something else'))
    }
    return takeCancel(state)
  }
  const length = countCharacters(text)
  if (length > limits.max_text_length) return fail(state, textTooLong(limits.max_text_length))
  const characters = state.characters + length
  if (characters > limits.max_session_text_length) {
    return fail(state, textTooLong(limits.max_session_text_length))
  }
  const hasWords = state.hasWords || text.trim() !== ''
  return takeText({ ...state, characters, hasWords }, text, command.flush, command.finish)
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
      return stay({ ...state, waiting: NOTHING_WAITS })
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

function takeEnd(state: WsState, utterance: number): WsStep {
  if (isCurrent(state, utterance, 'finishing')) return close(state, [{ do: 'notify', event: 'done' }])
  if (!isCurrent(state, utterance, 'speaking')) return stay(state)
  return becomeReady(state, [{ do: 'disarm-flush' }, { do: 'notify', event: 'done' }])
}

function takeDraining(state: WsState): WsStep {
  const draining = { ...state, isDraining: true }
  const isWaitingForClient = state.phase === 'init' || state.phase === 'voice' || state.phase === 'ready'
  return isWaitingForClient ? fail(draining, drainingError()) : stay(draining)
}

// --- moves ---

/** No utterance is under way: what waits is begun, a draining server hangs up. */
function becomeReady(state: WsState, effects: readonly WsEffect[]): WsStep {
  const ready: WsState = { ...state, phase: 'ready' }
  if (ready.isDraining) {
    const failed = fail(ready, drainingError())
    return { state: failed.state, effects: [...effects, ...failed.effects] }
  }
  const next = begin(ready)
  return { state: next.state, effects: [...effects, ...next.effects] }
}

/** Starts an utterance if there is anything to speak; a finish without text is the end, and one after blanks alone a fault. */
function begin(state: WsState): WsStep {
  if (state.waiting.text.trim() !== '') {
    const utterance = state.utterance + 1
    return { state: { ...state, phase: 'starting', utterance }, effects: [{ do: 'start', utterance }] }
  }
  if (state.waiting.finish && state.characters > 0 && !state.hasWords) {
    return fail(state, missingParameter(['tts_text']))
  }
  if (state.waiting.finish) return close(state, [])
  return stay({ ...state, waiting: NOTHING_WAITS })
}

function becomeSpeaking(state: WsState): WsStep {
  const { text, flush, finish } = state.waiting
  const speaking: WsState = { ...state, phase: 'speaking', waiting: NOTHING_WAITS }
  const next = speak(speaking, text, flush, finish)
  return { state: next.state, effects: [{ do: 'notify', event: 'started' }, ...next.effects] }
}

function speak(state: WsState, text: string, flush: boolean, finish: boolean): WsStep {
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

function close(state: WsState, effects: readonly WsEffect[]): WsStep {
  return {
    state: { ...state, phase: 'closed' },
    effects: [...effects, { do: 'close', code: 1000, reason: '' }, { do: 'release' }],
  }
}

function fail(state: WsState, error: TtsError): WsStep {
  return {
    state: { ...state, phase: 'closed' },
    effects: [...leave(state), { do: 'fail', error, code: closeCodeOf(error) }, { do: 'release' }],
  }
}

/** What ending an utterance early takes. */
function leave(state: WsState): WsEffect[] {
  if (!isUttering(state)) return []
  return state.phase === 'speaking' ? [{ do: 'disarm-flush' }, { do: 'cancel' }] : [{ do: 'cancel' }]
}

function stay(state: WsState, effects: readonly WsEffect[] = []): WsStep {
  return { state, effects }
}

// --- questions ---

function isUttering({ phase }: WsState): boolean {
  return phase === 'starting' || phase === 'speaking' || phase === 'finishing'
}

function isCurrent(state: WsState, utterance: number, phase: WsPhase): boolean {
  return state.utterance === utterance && state.phase === phase
}

/** While the server works on something the client need not send anything. */
function canBeIdle({ phase }: WsState): boolean {
  return phase === 'init' || phase === 'voice' || phase === 'ready' || phase === 'speaking'
}

// --- refusals ---

function unexpected(expected: string, got: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Unexpected message', `expected ${expected}, got ${got}`)
}

function afterFinish(): TtsError {
  return unexpected('nothing after finish', 'more text')
}

function idleTooLong(): TtsError {
  return new TtsError('INVALID_REQUEST', 'Idle timeout', 'expected a message, got none for too long', {
    status: 408,
  })
}

function drainingError(): TtsError {
  return new TtsError(
    'DRAINING',
    'Server draining',
    'expected a server that takes new work, got one that stops',
  )
}
