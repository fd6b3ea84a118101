/**
 * Several speeches at a time on one socket, told apart by ids: each is a dialogue of its own that begins with the socket's
 * voice. Its audio leaves as text events with its id, and its failure leaves the others alone.
 */
import { socketErrorBody, textTooLong } from '../../api/error-body.ts'
import type { WsCommand, WsInit } from '../../api/speech-params.ts'
import { missingParameter } from '../../api/validate.ts'
import { countCharacters } from '../../core/characters.ts'
import { TtsError } from '../../core/errors.ts'
import { draining, type ServerContext } from '../requests/server-context.ts'
import type { WsSocket } from '../transport/transport.ts'
import { tellTimes } from './time-events.ts'
import { WsAudioSender } from './ws-audio-sender.ts'
import { type DialogueOwner, WsDialogue } from './ws-dialogue.ts'
import { cancelNotAlone } from './ws-refusals.ts'
import { INITIAL_WS_STATE, type WsState } from './ws-session-state.ts'
import type { UtteranceParts } from './ws-utterance.ts'

/** Contexts of one socket at a time. */
export const MAX_CONTEXTS = 16

export interface ContextsOwner {
  readonly socket: WsSocket
  readonly isVoiceReady: () => boolean
  readonly utterance: (sender: WsAudioSender) => UtteranceParts
  readonly logged: DialogueOwner['logged']
  /** The socket's first message. */
  readonly init: () => WsInit | undefined
  /** Audio was sent. */
  readonly onSent: () => void
  /** The last context has ended. */
  readonly onEmpty: () => void
}

interface Context {
  readonly dialogue: WsDialogue
  readonly sender: WsAudioSender
}

export class WsContexts {
  readonly #context: ServerContext
  readonly #owner: ContextsOwner
  readonly #open = new Map<string, Context>()
  #isDraining = false
  /** Characters of all contexts. */
  #characters = 0
  #isFinished = false

  constructor(context: ServerContext, owner: ContextsOwner) {
    this.#context = context
    this.#owner = owner
  }

  get size(): number {
    return this.#open.size
  }

  /** The client has said that it opens no more. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  /**
   * Text or a sign for one context, which the first of them opens. Without an id `finish` means that no more contexts are
   * opened, `cancel` all of them. Throws TEXT_TOO_LONG, MISSING_PARAMETER, INVALID_REQUEST for `cancel` with something else.
   */
  take(id: string | undefined, command: WsCommand): void {
    const { tts_text = '', flush, cancel, finish } = command
    if (cancel && (tts_text !== '' || flush || finish)) throw cancelNotAlone()
    const { max_session_text_length: max } = this.#context.config.limits
    this.#characters += countCharacters(tts_text)
    if (this.#characters > max) throw textTooLong(max)
    if (id !== undefined) return this.#takeFor(id, command)
    if (tts_text !== '' || flush) throw missingParameter(['context_id'])
    if (cancel) for (const open of [...this.#open.keys()]) this.#cancel(open)
    if (finish) this.#isFinished = true
  }

  #takeFor(id: string, command: WsCommand): void {
    if (command.cancel) return this.#cancel(id)
    const { dialogue } = this.#open.get(id) ?? this.#openContext(id) ?? {}
    dialogue?.dispatch({ type: 'command', command })
  }

  /** A message about one context that is wrong; it ends this one only. */
  refuse(id: string, error: TtsError): void {
    const context = this.#open.get(id)
    if (context === undefined) this.#tell(id, socketErrorBody(error))
    else context.dialogue.dispatch({ type: 'malformed', error })
  }

  voiceReady(): void {
    for (const { dialogue } of [...this.#open.values()]) dialogue.dispatch({ type: 'voice-ready' })
  }

  /** Those that speak may end; no new ones are opened. */
  drain(): void {
    this.#isDraining = true
    for (const { dialogue } of [...this.#open.values()]) dialogue.dispatch({ type: 'draining' })
  }

  drained(): void {
    for (const { sender } of this.#open.values()) sender.drained()
  }

  /** Frees everything; nothing is told any more. */
  stop(): void {
    for (const { dialogue } of [...this.#open.values()]) dialogue.dispatch({ type: 'gone' })
  }

  #openContext(id: string): Context | undefined {
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      this.#tell(id, socketErrorBody(refusal))
      return undefined
    }
    const { socket, onSent, isVoiceReady } = this.#owner
    const sender = new WsAudioSender(socket, this.#context.config.server.writeStallMs, onSent, (bytes) =>
      JSON.stringify({ event: 'audio', context_id: id, audio: Buffer.from(bytes).toString('base64') }),
    )
    const initial: WsState = { ...INITIAL_WS_STATE, phase: isVoiceReady() ? 'ready' : 'preparing' }
    const dialogue = new WsDialogue(this.#context, initial, {
      utterance: () => this.#owner.utterance(sender),
      changed: () => {},
      timed: (...told) => tellTimes((event) => this.#tell(id, event), this.#owner.init(), ...told),
      logged: this.#owner.logged,
      carryOut: (effect) => {
        // The voice is the socket's, which tells that it is ready.
        if (effect.do === 'notify' && effect.event !== 'ready')
          this.#tell(id, { event: effect.event, warnings: effect.warnings })
        if (effect.do === 'fail') this.#tell(id, socketErrorBody(effect.error))
        if (effect.do === 'release') this.#end(id)
      },
    })
    const context = { dialogue, sender }
    this.#open.set(id, context)
    return context
  }

  #refusal(): TtsError | undefined {
    if (this.#isDraining) return draining()
    if (this.#isFinished) {
      const detail = 'expected no new context after finish, got one'
      return new TtsError('INVALID_REQUEST', 'Unexpected message', detail)
    }
    if (this.#open.size < MAX_CONTEXTS) return undefined
    const detail = `expected at most ${MAX_CONTEXTS} contexts at a time, got one more`
    return new TtsError('OVERLOADED', 'Too many contexts', detail, { retryAfterSeconds: 1 })
  }

  /** A context that has ended is cancelled, too: the message may have been on its way. */
  #cancel(id: string): void {
    this.#open.get(id)?.dialogue.dispatch({ type: 'gone' })
    this.#tell(id, { event: 'cancelled' })
  }

  #end(id: string): void {
    const context = this.#open.get(id)
    if (context === undefined) return
    this.#open.delete(id)
    context.dialogue.stop()
    context.sender.stop()
    if (this.#open.size === 0) this.#owner.onEmpty()
  }

  #tell(id: string, body: object): void {
    this.#owner.socket.send(JSON.stringify({ ...body, context_id: id }))
  }
}
