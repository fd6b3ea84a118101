/**
 * One bidirectional WebSocket: carries out what `ws-session-state.ts` decides.
 *
 * Knows: the socket, its timers, the voice and the utterance being spoken, and that all of them are given back however
 * the session ends. Does not know: which message is allowed when.
 */
import type { Logger } from 'pino'
import { socketErrorBody, toTtsError } from '../../api/error-body.ts'
import { textOptionsOf, type WsInit, wsCommandSchema, wsInitSchema } from '../../api/speech-params.ts'
import { checkSpeechSeconds, estimateSpeechSeconds } from '../../api/speech-seconds.ts'
import { checkPieceEncoding, parseJson, parseValues } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { VoiceHandle, VoiceRequest } from '../../core/speech-port.ts'
import { rateKey } from '../requests/client-address.ts'
import type { GrantedKey } from '../requests/key-ring.ts'
import { checkPromptText, outputOf, promptModeOf, styleOf } from '../requests/prompt-form.ts'
import { fileTooLarge } from '../requests/request-body.ts'
import { assertModel, type ServerContext } from '../requests/server-context.ts'
import { admit, prepareVoice, workFor } from '../requests/synthesis.ts'
import type { WsListener, WsSocket } from '../transport/transport.ts'
import { WsAudioSender } from './ws-audio-sender.ts'
import { WsIntake } from './ws-intake.ts'
import { INITIAL_WS_STATE, stepWsSession, type WsEffect, type WsInput } from './ws-session-state.ts'
import { WsUtterance } from './ws-utterance.ts'

/** Bytes of a JSON message beside its text, and bytes that one escaped character may take. */
const JSON_OVERHEAD_BYTES = 16_384
const BYTES_PER_CHARACTER = 12
/** Keep-alive pings without an answer after which the peer counts as gone. */
const MAX_MISSED_PINGS = 2

export interface WsPeer {
  readonly client: string
  /** The key that opened the socket; undefined where no keys are in use. */
  readonly key: GrantedKey | undefined
  readonly log: Logger
  /** Gives the socket's place back. */
  readonly release: () => void
}

/** Waits of `server.wsIdleFlushMs` after which an unfinished word, number or sentence is spoken as it is. */
const UNFINISHED_WAITS = 5

export class WsSession implements WsListener {
  readonly #context: ServerContext
  readonly #socket: WsSocket
  readonly #peer: WsPeer
  readonly #sender: WsAudioSender
  readonly #intake: WsIntake
  readonly #pings: NodeJS.Timeout
  readonly #inbox: WsInput[] = []
  #state = INITIAL_WS_STATE
  #isStepping = false
  #init: WsInit | undefined
  #voice: VoiceHandle | undefined
  #utterance: WsUtterance | undefined
  #flushTimer: NodeJS.Timeout | undefined
  #settleTimer: NodeJS.Timeout | undefined
  #idleTimer: NodeJS.Timeout | undefined
  /** The recording was counted against the client's rate: the first utterance in its voice is not. */
  #isPrepaid = false
  readonly #left = new AbortController()
  #missedPings = 0
  #isReleased = false

  constructor(context: ServerContext, socket: WsSocket, peer: WsPeer) {
    this.#context = context
    this.#socket = socket
    this.#peer = peer
    const { server } = context.config
    this.#sender = new WsAudioSender(socket, server.writeStallMs, () => this.#armIdle())
    this.#intake = new WsIntake(
      {
        maxTextBytes: this.#maxTextBytes(),
        maxFileBytes: context.config.limits.max_file_size,
        openingMs: server.wsInitTimeoutMs,
        minBytesPerSecond: server.minUploadBytesPerSecond,
      },
      () => context.ledger.openUpload(rateKey(peer.client)),
      () => this.#dispatch({ type: 'idle' }),
    )
    this.#intake.enter(this.#state.phase)
    this.#pings = setInterval(() => this.#ping(), server.wsPingMs)
    this.#armIdle()
  }

  // --- what the transport reports ---

  message(data: Uint8Array, isBinary: boolean): void {
    this.#intake.whole()
    this.#armIdle()
    this.#missedPings = 0
    this.#dispatch(isBinary ? this.#readAudio(data) : this.#readText(data))
  }

  arriving(bytes: number): void {
    if (this.#isReleased) return
    try {
      this.#intake.arriving(bytes, this.#state.phase)
    } catch (error) {
      this.#dispatch({ type: 'malformed', error: toTtsError(error) })
    }
  }

  drained(): void {
    this.#sender.drained()
  }

  pong(): void {
    this.#missedPings = 0
  }

  closed(): void {
    this.#dispatch({ type: 'gone' })
  }

  /** The server will stop: a session that waits for its client is ended, one that speaks may finish. */
  drain(): void {
    this.#dispatch({ type: 'draining' })
  }

  // --- inputs ---

  #readAudio(bytes: Uint8Array): WsInput {
    const { max_file_size } = this.#context.config.limits
    if (bytes.length > max_file_size) return { type: 'malformed', error: fileTooLarge(max_file_size) }
    return { type: 'audio', bytes }
  }

  #readText(data: Uint8Array): WsInput {
    const max = this.#maxTextBytes()
    try {
      if (data.length > max) {
        throw new TtsError('INVALID_REQUEST', 'Message too large', `expected at most ${max} bytes of JSON`, {
          status: 413,
        })
      }
      const value = parseJson(Buffer.from(data.buffer, data.byteOffset, data.length).toString('utf8'))
      // LightTTS ignores fields that it does not know.
      const isCompat = this.#context.config.server.compat === 'lighttts'
      if (this.#state.phase !== 'init') {
        const schema = isCompat ? wsCommandSchema.strip() : wsCommandSchema
        const command = parseValues(schema, value)
        const text = command.tts_text ?? ''
        checkPieceEncoding('tts_text', text)
        checkSpeechSeconds(text, this.#context.config.limits.max_speech_seconds)
        if (text !== '') this.#count(text)
        return { type: 'command', command }
      }
      const init = parseValues(isCompat ? wsInitSchema.strip() : wsInitSchema, value)
      assertModel(this.#context, init.tts_model_name)
      styleOf(this.#context, init.tts_model_name, init)
      outputOf(init, this.#context.config)
      if (init.prompt_text !== undefined) checkPromptText(init.prompt_text, this.#context.config)
      this.#init = init
      return { type: 'init', init }
    } catch (error) {
      return { type: 'malformed', error: toTtsError(error) }
    }
  }

  #maxTextBytes(): number {
    return JSON_OVERHEAD_BYTES + this.#context.config.limits.max_text_length * BYTES_PER_CHARACTER
  }

  /** Inputs that an effect causes are taken after all of its step's effects. */
  #dispatch(input: WsInput): void {
    this.#inbox.push(input)
    if (this.#isStepping) return
    this.#isStepping = true
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
      const step = stepWsSession(this.#state, next, this.#context.config.limits)
      const { phase } = this.#state
      this.#state = step.state
      if (phase !== step.state.phase) this.#intake.enter(step.state.phase)
      for (const effect of step.effects) this.#carryOut(effect)
    }
    this.#isStepping = false
  }

  /** Whole sentences are spoken after one such wait, unfinished ones after several. */
  #armFlush(idleMs: number): void {
    this.#disarmFlush()
    this.#settleTimer = setTimeout(() => this.#utterance?.feed?.settle(), idleMs)
    this.#flushTimer = setTimeout(() => this.#dispatch({ type: 'flush-due' }), UNFINISHED_WAITS * idleMs)
  }

  #disarmFlush(): void {
    clearTimeout(this.#settleTimer)
    clearTimeout(this.#flushTimer)
  }

  // --- effects ---

  #carryOut(effect: WsEffect): void {
    switch (effect.do) {
      case 'prepare':
        void this.#prepare(effect.recording)
        return
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
      case 'notify':
        this.#notify(effect.event)
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
    const { ledger } = this.#context
    const init = this.#init!
    const work = workFor(this.#context, this.#peer.client, this.#left.signal)
    const upload = ledger.openUpload(work.client)
    let releasePlace = () => {}
    try {
      upload.take(recording?.length ?? 0)
      if (recording !== undefined) {
        releasePlace = await admit(this.#context, this.#peer)
        this.#isPrepaid = true
      }
      const voice = await prepareVoice(
        this.#context,
        this.#voiceRequest(init, recording),
        init.tts_model_name,
        work,
      )
      if (this.#isReleased) voice.release()
      else this.#voice = voice
      this.#dispatch({ type: 'voice-ready' })
    } catch (error) {
      this.#dispatch({ type: 'voice-failed', error: this.#logged(error) })
    } finally {
      releasePlace()
      upload.release()
    }
  }

  #voiceRequest(init: WsInit, recording: Uint8Array | undefined): VoiceRequest {
    if (recording === undefined) return { kind: 'stored', id: init.voice!, owner: this.#peer.key?.owner }
    return {
      kind: 'recording',
      owner: this.#peer.key?.owner,
      audio: recording,
      promptText: init.prompt_text ?? '',
      promptMode: promptModeOf(init.prompt_mode, this.#context.config, init.mode),
    }
  }

  #start(number: number): void {
    const init = this.#init!
    const utterance = new WsUtterance(this.#context, {
      caller: this.#peer,
      about: { voice: init.voice ?? 'recording', model: init.tts_model_name },
      log: this.#peer.log,
      sender: this.#sender,
      output: outputOf(init, this.#context.config),
      rate: this.#isPrepaid ? 'prepaid' : 'counted',
      options: {
        voice: this.#voice!,
        client: rateKey(this.#peer.client),
        model: init.tts_model_name,
        text: textOptionsOf(init),
        ...styleOf(this.#context, init.tts_model_name, init),
        speed: init.speed,
        seed: init.seed,
        priority: 'stream',
        sampling: 'ras',
        timeoutMs: this.#context.config.server.requestTimeoutMs,
      },
    })
    this.#isPrepaid = false
    this.#utterance = utterance
    void utterance
      .speak(
        () => this.#dispatch({ type: 'speech-started', utterance: number }),
        // A refusal of the speech, such as too much text, ends it like a failure of its own.
        (error) => this.#dispatch({ type: 'speech-failed', utterance: number, error: toTtsError(error) }),
      )
      .then(
        () => this.#dispatch({ type: 'speech-ended', utterance: number }),
        (error: unknown) =>
          this.#dispatch({ type: 'speech-failed', utterance: number, error: this.#logged(error) }),
      )
  }

  /** Counts a message's text as it comes; a client beyond its rate is told and left. */
  #count(text: string): void {
    const { client, key } = this.#peer
    this.#context.rates
      .consumeSpeech(rateKey(client), estimateSpeechSeconds(text), key)
      .catch((error: unknown) => this.#dispatch({ type: 'malformed', error: toTtsError(error) }))
  }

  #notify(event: string): void {
    if (this.#init?.events !== true) return
    const { format, sampleRate } = outputOf(this.#init, this.#context.config)
    const { utterance } = this.#state
    const { warnings = [] } = this.#voice ?? {}
    const ready = { format, sample_rate: sampleRate, ...(warnings.length > 0 ? { warnings } : {}) }
    const facts = event === 'ready' ? ready : { utterance }
    this.#socket.send(JSON.stringify({ event, ...facts }))
  }

  #release(): void {
    this.#isReleased = true
    this.#left.abort()
    this.#intake.close()
    clearInterval(this.#pings)
    this.#disarmFlush()
    clearTimeout(this.#idleTimer)
    this.#utterance?.cancel()
    this.#sender.stop()
    this.#voice?.release()
    this.#peer.release()
  }

  // --- timers ---

  #armIdle(): void {
    if (this.#isReleased) return
    clearTimeout(this.#idleTimer)
    this.#idleTimer = setTimeout(() => {
      this.#dispatch({ type: 'idle' })
      this.#armIdle()
    }, this.#context.config.server.wsIdleTimeoutMs)
  }

  #ping(): void {
    if (this.#missedPings >= MAX_MISSED_PINGS) {
      this.#socket.terminate()
      return
    }
    this.#missedPings++
    this.#socket.ping()
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
