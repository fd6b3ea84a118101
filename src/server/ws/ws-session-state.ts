/**
 * The vocabulary of a dialogue over one bidirectional WebSocket: its phases, what comes in, and what is to be done.
 *
 *   init ──► voice ──► preparing ──► ready ──► starting ──► speaking ──► finishing ──► closed
 *     └── voice by id ──▲              ▲───────── cancel ───────┘
 */
import type { WsCommand, WsInit } from '../../api/speech-params.ts'
import type { TtsError } from '../../core/errors.ts'

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
  /** Text was sent, if only an empty one. */
  readonly hasText: boolean
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
  /** `warnings`: what of its text was not said as written. */
  | {
      readonly type: 'speech-ended'
      readonly utterance: number
      readonly warnings?: readonly string[]
    }
  | { readonly type: 'speech-failed'; readonly utterance: number; readonly error: TtsError }
  /** Text has waited long enough for more. */
  | { readonly type: 'flush-due' }
  /** Neither side has sent anything for long. */
  | { readonly type: 'idle' }
  | { readonly type: 'draining' }
  /** The socket has closed. */
  | { readonly type: 'gone' }

/** An event that the client is told. */
export interface WsNotice {
  readonly do: 'notify'
  readonly event: 'ready' | 'started' | 'done' | 'cancelled'
  /** With `done`: what of the text was not said as written. */
  readonly warnings?: readonly string[]
}

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
  | WsNotice
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

export const NOTHING_WAITS = { text: '', flush: false, finish: false }

export const INITIAL_WS_STATE: WsState = {
  phase: 'init',
  utterance: 0,
  waiting: NOTHING_WAITS,
  characters: 0,
  hasText: false,
  hasWords: false,
  isDraining: false,
}
