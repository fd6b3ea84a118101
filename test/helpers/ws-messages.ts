/** Messages and reports of a dialogue, short to write, and what a row of them does. */
import { type WsCommand, type WsInit, wsCommandSchema, wsInitSchema } from '../../src/api/speech-params.ts'
import { TtsError } from '../../src/core/errors.ts'
import {
  INITIAL_WS_STATE,
  type WsEffect,
  type WsInput,
  type WsState,
} from '../../src/server/ws/ws-session-state.ts'
import { stepWsSession } from '../../src/server/ws/ws-step.ts'

export const LIMITS = { max_text_length: 10, max_session_text_length: 25 }
export const FAULT = new TtsError('LANE_FAILED', 'x', 'x')

export const init = (fields: object = { prompt_text: 'calm' }): WsInput => ({
  type: 'init',
  init: wsInitSchema.parse(fields) as WsInit,
})
export const command = (fields: object): WsInput => ({
  type: 'command',
  command: wsCommandSchema.parse(fields) as WsCommand,
})
export const text = (tts_text: string, finish = false) => command({ tts_text, finish })
export const AUDIO: WsInput = { type: 'audio', bytes: new Uint8Array(4) }
export const FLUSH = command({ flush: true })
export const CANCEL = command({ cancel: true })
export const FINISH = command({ finish: true })
export const VOICE_READY: WsInput = { type: 'voice-ready' }
export const started = (utterance = 1): WsInput => ({ type: 'speech-started', utterance })
export const ended = (utterance = 1): WsInput => ({ type: 'speech-ended', utterance })

export function run(...inputs: WsInput[]): { state: WsState; effects: readonly WsEffect[]; log: string } {
  let state = INITIAL_WS_STATE
  const effects: WsEffect[] = []
  for (const input of inputs) {
    const step = stepWsSession(state, input, LIMITS)
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects, log: effects.map(nameOf).join(' ') }
}

function nameOf(effect: WsEffect): string {
  if (effect.do === 'append') return `append(${effect.text})`
  if (effect.do === 'notify') return `notify(${effect.event})`
  if (effect.do === 'fail') return `fail(${effect.error.code},${effect.code})`
  if (effect.do === 'close') return `close(${effect.code})`
  return effect.do
}

export const SPEAKING = [init(), AUDIO, VOICE_READY, text('a'), started()]
