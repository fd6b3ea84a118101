/**
 * One connection of the Wyoming protocol: it tells of voices, and speaks texts, one after the other.
 *
 * A text comes whole (`synthesize`), or in pieces while it is being written (`synthesize-start`, `-chunk`, `-stop`); clients
 * then send the whole text too, for older servers, which is passed over. A refusal is an `error` event and ends the
 * connection: clients that wait for audio would wait for ever.
 */

import { errorBody, toTtsError } from '../../api/error-body.ts'
import { checkText } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { ServerContext } from '../requests/server-context.ts'
import type { WyomingEvent } from './wyoming-events.ts'
import { type VoiceWish, voiceFor, wyomingInfo } from './wyoming-info.ts'
import { type SpeechTarget, WyomingSpeech } from './wyoming-speech.ts'

export interface SessionParts {
  readonly client: string
  readonly owner: string | undefined
  readonly target: SpeechTarget
  /** Ends the connection once what was sent has left. */
  readonly hangUp: () => void
}

/** A text that comes in pieces. */
interface Arriving {
  readonly wish: VoiceWish
  /** Pieces before the voice can be chosen. */
  text: string
  speech: WyomingSpeech | undefined
  ended: Promise<void> | undefined
}

export class WyomingSession {
  readonly #context: ServerContext
  readonly #parts: SessionParts
  #arriving: Arriving | undefined
  /** What is being spoken. */
  #speech: WyomingSpeech | undefined
  #isOver = false

  constructor(context: ServerContext, parts: SessionParts) {
    this.#context = context
    this.#parts = parts
  }

  get isSpeaking(): boolean {
    return this.#speech !== undefined || this.#arriving !== undefined
  }

  /** Resolves when the next event may be handled. Throws nothing: a refusal is told and ends the session. */
  async handle(event: WyomingEvent): Promise<void> {
    if (this.#isOver) return
    try {
      await this.#act(event)
    } catch (error) {
      await this.refuse(error)
    }
  }

  /** Tells the client why, and ends the connection. */
  async refuse(cause: unknown): Promise<void> {
    if (this.#isOver) return
    const error = toTtsError(cause)
    const { message, detail, error_code: code } = errorBody(error)
    if (error.status >= 500 && code !== 'OVERLOADED')
      this.#context.log.error({ err: cause }, 'wyoming: synthesis failed')
    this.cancel()
    await this.#parts.target.send('error', { text: `${message}: ${detail}`, code }).catch(() => {})
    this.#parts.hangUp()
  }

  /** The client has left, or nothing more is wanted of it. */
  cancel(): void {
    this.#isOver = true
    this.#arriving?.speech?.cancel()
    this.#speech?.cancel()
    this.#arriving = undefined
  }

  async #act({ type, data }: WyomingEvent): Promise<void> {
    const { target, owner } = this.#parts
    if (type === 'describe') await target.send('info', wyomingInfo(this.#context, owner))
    else if (type === 'ping') await target.send('pong', { text: data.text ?? null })
    else if (type === 'synthesize' && this.#arriving === undefined) await this.#speakWhole(data)
    else if (type === 'synthesize-start') this.#start(data)
    else if (type === 'synthesize-chunk') this.#append(textOf(data))
    else if (type === 'synthesize-stop') await this.#stop()
  }

  async #speakWhole(data: WyomingEvent['data']): Promise<void> {
    const text = textOf(data)
    checkText('text', text, this.#context.config.limits.max_input_length)
    await this.#run(this.#open(wishOf(data), text, text))
  }

  #start(data: WyomingEvent['data']): void {
    if (this.#arriving !== undefined) throw outOfPlace('synthesize-stop before another synthesize-start')
    this.#arriving = { wish: wishOf(data), text: '', speech: undefined, ended: undefined }
  }

  #append(text: string): void {
    const arriving = this.#arriving
    if (arriving === undefined) throw outOfPlace('synthesize-start before synthesize-chunk')
    if (text === '') return
    if (arriving.speech !== undefined) return arriving.speech.append(text)
    arriving.text += text
    if (arriving.text.trim() === '') return
    // The first words tell the language where the wish names no voice.
    const speech = this.#open(arriving.wish, arriving.text)
    arriving.speech = speech
    speech.append(arriving.text)
    arriving.ended = this.#run(speech)
    // A failure is told at once, whether `stop` waits for it or not.
    arriving.ended.catch((error: unknown) => void this.refuse(error))
  }

  async #stop(): Promise<void> {
    const arriving = this.#arriving
    if (arriving === undefined) throw outOfPlace('synthesize-start before synthesize-stop')
    if (arriving.speech === undefined) throw nothingToSay()
    arriving.speech.finish()
    await arriving.ended
    this.#arriving = undefined
    await this.#parts.target.send('synthesize-stopped', {})
  }

  /** `known` tells the language; `whole` is undefined where more may come. */
  #open({ name, language }: VoiceWish, known: string, whole?: string): WyomingSpeech {
    const { client, owner, target } = this.#parts
    const voice = voiceFor(this.#context, owner, { name, language }, known)
    return new WyomingSpeech(this.#context, { client, owner, voice, language, text: whole, target })
  }

  async #run(speech: WyomingSpeech): Promise<void> {
    this.#speech = speech
    try {
      await speech.speak()
    } finally {
      this.#speech = undefined
    }
  }
}

function textOf({ text }: WyomingEvent['data']): string {
  if (typeof text === 'string') return text
  throw new TtsError('MISSING_PARAMETER', 'Missing parameter', 'text: expected a text, got none')
}

function wishOf({ voice }: WyomingEvent['data']): VoiceWish {
  const { name, language } = (typeof voice === 'object' && voice !== null ? voice : {}) as Record<
    string,
    unknown
  >
  const given = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return { name: given(name), language: given(language) }
}

function outOfPlace(expected: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Event out of place', `expected ${expected}, got none`)
}

function nothingToSay(): TtsError {
  return new TtsError('MISSING_PARAMETER', 'Missing parameter', 'text: expected some text, got none')
}
