/**
 * One bidirectional WebSocket: messages in, effects out, and everything given back however it ends.
 *
 * What is said is a dialogue (`ws-dialogue.ts`), or several at a time (`ws-contexts.ts`).
 */
import { socketErrorBody, toTtsError } from '../../api/error-body.ts'
import { textOptionsOf, type WsCommand, type WsInit } from '../../api/speech-params.ts'
import { estimateSpeechSeconds } from '../../api/speech-seconds.ts'
import type { TtsError } from '../../core/errors.ts'
import { rateKey } from '../requests/client-address.ts'
import { outputOf, styleOf } from '../requests/prompt-form.ts'
import { fileTooLarge } from '../requests/request-body.ts'
import type { ServerContext } from '../requests/server-context.ts'
import type { WsListener, WsSocket } from '../transport/transport.ts'
import { tellTimes, unitOf } from './time-events.ts'
import { WsAudioSender } from './ws-audio-sender.ts'
import { WsContexts } from './ws-contexts.ts'
import { type OwnerEffect, WsDialogue } from './ws-dialogue.ts'
import { WsIntake } from './ws-intake.ts'
import { WsKeepAlive } from './ws-keep-alive.ts'
import { contextOf, isJson, noContexts, WsMessages } from './ws-messages.ts'
import type { WsPeer } from './ws-peer.ts'
import { INITIAL_WS_STATE, type WsInput, type WsNotice } from './ws-session-state.ts'
import type { UtteranceParts } from './ws-utterance.ts'
import { WsVoice } from './ws-voice.ts'

const FINISH: WsCommand = { finish: true, flush: false, cancel: false }

export class WsSession implements WsListener {
  readonly #context: ServerContext
  readonly #socket: WsSocket
  readonly #peer: WsPeer
  readonly #sender: WsAudioSender
  readonly #intake: WsIntake
  readonly #alive: WsKeepAlive
  readonly #voice: WsVoice
  readonly #messages: WsMessages
  readonly #dialogue: WsDialogue
  readonly #contexts: WsContexts
  #isDraining = false
  #init: WsInit | undefined
  #isReleased = false

  constructor(context: ServerContext, socket: WsSocket, peer: WsPeer) {
    this.#context = context
    this.#socket = socket
    this.#peer = peer
    const { server } = context.config
    this.#messages = new WsMessages(context)
    this.#voice = new WsVoice(context, peer)
    this.#sender = new WsAudioSender(socket, server.writeStallMs, () => this.#alive.sent())
    this.#intake = new WsIntake(
      {
        maxTextBytes: this.#messages.maxBytes,
        maxFileBytes: context.config.limits.max_file_size,
        openingMs: server.wsInitTimeoutMs,
        minBytesPerSecond: server.minUploadBytesPerSecond,
      },
      () => context.ledger.openUpload(rateKey(peer.client)),
      () => this.#dialogue.dispatch({ type: 'idle' }),
    )
    const logged = (cause: unknown) => this.#logged(cause)
    this.#dialogue = new WsDialogue(context, INITIAL_WS_STATE, {
      utterance: () => this.#utterance(this.#sender),
      changed: ({ phase }) => this.#intake.enter(phase),
      carryOut: (effect) => this.#carryOut(effect),
      timed: (...told) => tellTimes((event) => socket.send(JSON.stringify(event)), this.#init, ...told),
      logged,
    })
    this.#contexts = new WsContexts(context, {
      socket,
      isVoiceReady: () => this.#voice.handle !== undefined,
      utterance: (sender) => this.#utterance(sender),
      init: () => this.#init,
      logged,
      onSent: () => this.#alive.sent(),
      onEmpty: () => this.#closeIfOver(),
    })
    this.#intake.enter(this.#dialogue.state.phase)
    const silence = { pingMs: server.wsPingMs, idleMs: server.wsIdleTimeoutMs }
    this.#alive = new WsKeepAlive(socket, silence, () => this.#dialogue.dispatch({ type: 'idle' }))
  }

  // --- what the transport reports ---

  message(data: Uint8Array, isBinary: boolean): void {
    this.#intake.whole()
    this.#alive.heard()
    if (isBinary && !isJson(data)) this.#dialogue.dispatch(this.#readAudio(data))
    else this.#takeText(data)
  }

  arriving(bytes: number): void {
    if (this.#isReleased) return
    try {
      this.#intake.arriving(bytes, this.#dialogue.state.phase)
    } catch (error) {
      this.#dialogue.dispatch({ type: 'malformed', error: toTtsError(error) })
    }
  }

  drained(): void {
    this.#sender.drained()
    this.#contexts.drained()
  }

  pong(): void {
    this.#alive.pong()
  }

  closed(): void {
    this.#dialogue.dispatch({ type: 'gone' })
  }

  /** The server will stop: a session that waits for its client is ended, one that speaks may finish. */
  drain(): void {
    this.#isDraining = true
    this.#contexts.drain()
    this.#closeIfOver()
  }

  // --- inputs ---

  #readAudio(bytes: Uint8Array): WsInput {
    const { max_file_size } = this.#context.config.limits
    if (bytes.length > max_file_size) return { type: 'malformed', error: fileTooLarge(max_file_size) }
    return { type: 'audio', bytes }
  }

  #takeText(data: Uint8Array): void {
    let id: string | undefined
    try {
      const value = this.#messages.parse(data)
      this.#peer.checkKey()
      if (this.#dialogue.state.phase === 'init') {
        const init = this.#messages.init(value)
        this.#init = init
        return this.#dialogue.dispatch({ type: 'init', init })
      }
      id = contextOf(value)
      if (id !== undefined && this.#init?.contexts !== true) throw noContexts()
      const command = this.#messages.command(value)
      this.#count(command.tts_text ?? '')
      if (this.#init?.contexts !== true) this.#dialogue.dispatch({ type: 'command', command })
      else this.#takeForContexts(id, command)
    } catch (cause) {
      const error = toTtsError(cause)
      if (id === undefined || this.#init?.contexts !== true)
        this.#dialogue.dispatch({ type: 'malformed', error })
      else this.#contexts.refuse(id, error)
    }
  }

  #takeForContexts(id: string | undefined, command: WsCommand): void {
    // The recording comes first.
    if (this.#dialogue.state.phase === 'voice') return this.#dialogue.dispatch({ type: 'command', command })
    this.#contexts.take(id, command)
    this.#closeIfOver()
  }

  /** The last context has ended, and no more come; or the server stops, and nothing is under way. */
  #closeIfOver(): void {
    if (this.#contexts.size > 0 || this.#isReleased) return
    if (this.#contexts.isFinished) this.#dialogue.dispatch({ type: 'command', command: FINISH })
    else if (this.#isDraining) this.#dialogue.dispatch({ type: 'draining' })
  }

  // --- effects ---

  #carryOut(effect: OwnerEffect): void {
    switch (effect.do) {
      case 'prepare':
        void this.#prepare(effect.recording)
        return
      case 'notify':
        this.#notify(effect)
        return
      case 'fail':
        this.#peer.log.info(
          { error_code: effect.error.code, close: effect.code },
          'websocket ends with an error',
        )
        this.#socket.send(JSON.stringify(socketErrorBody(effect.error)))
        this.#socket.end(effect.code, effect.error.code)
        return
      case 'close':
        this.#socket.end(effect.code, effect.reason)
        return
      case 'release':
        this.#release()
        return
      default:
        effect satisfies never
    }
  }

  async #prepare(recording: Uint8Array | undefined): Promise<void> {
    try {
      await this.#voice.prepare(this.#init!, recording)
      this.#dialogue.dispatch({ type: 'voice-ready' })
      this.#contexts.voiceReady()
    } catch (error) {
      this.#dialogue.dispatch({ type: 'voice-failed', error: this.#logged(error) })
    }
  }

  #utterance(sender: WsAudioSender): UtteranceParts {
    const init = this.#init!
    return {
      caller: this.#peer,
      trace: this.#peer.beginTrace(),
      about: { voice: init.voice ?? 'recording', model: init.tts_model_name },
      log: this.#peer.log,
      sender,
      output: outputOf(init, this.#context.config),
      rate: this.#voice.takeRate(),
      options: {
        voice: this.#voice.handle!,
        client: rateKey(this.#peer.client),
        model: init.tts_model_name,
        text: textOptionsOf(init),
        ...styleOf(this.#context, init.tts_model_name, init),
        speed: init.speed,
        seed: init.seed,
        priority: 'stream',
        sampling: 'ras',
        timeoutMs: this.#context.config.server.requestTimeoutMs,
        timestamps: unitOf(init),
      },
    }
  }

  /** Counts a message's text as it comes; a client beyond its rate is told and left. */
  #count(text: string): void {
    if (text === '') return
    const { client, key } = this.#peer
    this.#context.rates
      .consumeSpeech(rateKey(client), estimateSpeechSeconds(text), key)
      .catch((error: unknown) => this.#dialogue.dispatch({ type: 'malformed', error: toTtsError(error) }))
  }

  #notify({ event, warnings: ofText }: WsNotice): void {
    // What else happens with contexts is told of each by its id.
    const init = this.#init
    if (init === undefined || (init.contexts ? event !== 'ready' : !init.events)) return
    const { format, sampleRate } = outputOf(init, this.#context.config)
    const { utterance } = this.#dialogue.state
    const { warnings = [] } = this.#voice.handle ?? {}
    const ready = { format, sample_rate: sampleRate, ...(warnings.length > 0 ? { warnings } : {}) }
    const facts = event === 'ready' ? ready : { utterance, warnings: ofText }
    this.#socket.send(JSON.stringify({ event, ...facts }))
  }

  #release(): void {
    this.#isReleased = true
    this.#intake.close()
    this.#alive.stop()
    this.#dialogue.stop()
    this.#contexts.stop()
    this.#sender.stop()
    this.#voice.release()
    this.#peer.release()
  }

  #logged(cause: unknown): TtsError {
    const error = toTtsError(cause)
    if (error.status >= 500 && error.code !== 'CANCELLED') {
      this.#peer.log.error(
        { error_code: error.code, detail: error.detail, err: error.cause },
        'websocket synthesis failed',
      )
    }
    return error
  }
}
