/**
 * One text of a Wyoming session as speech: admission, synthesis, and its audio as events.
 *
 * A text that comes in pieces may be appended to before the speech has begun. However it ends, it gives back what it
 * holds, once.
 */
import { toTtsError } from '../../api/error-body.ts'
import { checkSpeechSeconds, estimateSpeechSeconds } from '../../api/speech-seconds.ts'
import { checkLength } from '../../api/validate.ts'
import { bytesOf, toInt16 } from '../../audio/pcm.ts'
import { TtsError } from '../../core/errors.ts'
import type { RequestOutcome } from '../../core/metrics.ts'
import type { SpeechOptions, SpeechStream } from '../../core/speech-port.ts'
import { rateKey } from '../requests/client-address.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { admit, prepareVoice, workFor } from '../requests/synthesis.ts'
import { outcomeOf, SynthesisRecord } from '../requests/synthesis-record.ts'
import { LiveFeed } from '../ws/live-feed.ts'

export interface SpeechTarget {
  /** Resolves when there is room for more. Throws CANCELLED where the client left. */
  send(type: string, data: object, payload?: Uint8Array): Promise<void>
}

export interface SpeechParts {
  readonly client: string
  readonly owner: string | undefined
  /** Id of a stored voice. */
  readonly voice: string
  readonly language: string | undefined
  /** All of it; undefined where it comes in pieces. */
  readonly text: string | undefined
  readonly target: SpeechTarget
}

/** Milliseconds of audio in an event at most, so that a client can stop between two. */
const MAX_CHUNK_MS = 100

export class WyomingSpeech {
  readonly #context: ServerContext
  readonly #parts: SpeechParts
  readonly #record: SynthesisRecord
  readonly #left = new AbortController()
  #speech: SpeechStream | undefined
  #feed: LiveFeed | undefined
  #early: string[] = []
  #text: string
  #settling: NodeJS.Timeout | undefined
  #isFinished = false
  #isOver = false
  #refusal: unknown

  /** Counts as a request from here. */
  constructor(context: ServerContext, parts: SpeechParts) {
    this.#context = context
    this.#parts = parts
    this.#text = parts.text ?? ''
    this.#record = new SynthesisRecord(context, 'wyoming')
    this.#record.about({ voice: parts.voice, model: 'default' })
  }

  /** Throws TEXT_TOO_LONG, and INVALID_PARAMETER for text that is no Unicode. */
  append(text: string): void {
    this.#text += text
    this.#checkText()
    if (this.#feed === undefined) this.#early.push(text)
    else this.#feed.append(text)
    this.#settleSoon()
  }

  /** No more text will come. */
  finish(): void {
    this.#isFinished = true
    clearTimeout(this.#settling)
    this.#feed?.finish()
  }

  /** Resolves after the last audio was taken. Throws what refused or ended it. */
  async speak(): Promise<void> {
    const { client, voice: id, owner } = this.#parts
    let releaseSlot = () => {}
    let release = () => {}
    try {
      this.#checkText()
      releaseSlot = await admit(this.#context, { client, key: undefined })
      const work = workFor(this.#context, client, this.#left.signal)
      await this.#countSpeech()
      const voice = await prepareVoice(this.#context, { kind: 'stored', id, owner }, 'default', work)
      release = () => voice.release()
      if (this.#isOver) throw new TtsError('CANCELLED', 'Cancelled', 'the client left')
      this.#record.started()
      this.#speech = this.#open({
        voice,
        client: work.client,
        model: 'default',
        text: { language: this.#parts.language },
        speed: 1,
        seed: undefined,
        priority: 'stream',
        sampling: 'ras',
        timeoutMs: work.timeoutMs,
        limits: this.#limits(),
      })
      await this.#send(this.#speech)
      this.#end('ok')
    } catch (cause) {
      const error = toTtsError(this.#refusal ?? cause)
      this.#end(outcomeOf(error))
      throw error
    } finally {
      this.#speech?.cancel()
      release()
      releaseSlot()
      this.#context.log.info(this.#record.facts(), 'synthesis')
    }
  }

  /** Ends it at once, in any state. */
  cancel(): void {
    this.#left.abort()
    this.#isOver = true
    clearTimeout(this.#settling)
    this.#feed?.stop()
    this.#speech?.cancel()
  }

  #open(options: SpeechOptions): SpeechStream {
    if (this.#parts.text !== undefined) return this.#context.synthesizer.speak(this.#parts.text, options)
    const speech = this.#context.synthesizer.speakLive(options)
    this.#feed = new LiveFeed(speech, (error) => {
      this.#refusal = error
      speech.cancel()
    })
    for (const text of this.#early) this.#feed.append(text)
    this.#early = []
    if (this.#isFinished) this.#feed.finish()
    else this.#settleSoon()
    return speech
  }

  /** A client may wait for audio before it sends more. */
  #settleSoon(): void {
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => this.#feed?.settle(), this.#context.config.server.wsIdleFlushMs)
  }

  /** As `/v1/audio/speech` has them. */
  #limits(): { readonly characters: number; readonly seconds: number } {
    const { max_input_length, max_text_length, max_speech_seconds } = this.#context.config.limits
    const scale = Math.max(1, this.#text.length / max_text_length)
    return { characters: max_input_length, seconds: max_speech_seconds * scale }
  }

  #checkText(): void {
    const { characters, seconds } = this.#limits()
    checkLength('text', this.#text, characters)
    checkSpeechSeconds(this.#text, seconds)
  }

  async #send(speech: SpeechStream): Promise<void> {
    const { target } = this.#parts
    const format = { rate: speech.sampleRate, width: 2, channels: 1 }
    const most = Math.floor((speech.sampleRate * MAX_CHUNK_MS) / 1000)
    let sent = 0
    const timestamp = () => Math.round((sent / speech.sampleRate) * 1000)
    let samples = await speech.next()
    // A failure before the first samples is a refusal without audio.
    await target.send('audio-start', { ...format, timestamp: 0 })
    for (; samples !== undefined; samples = await speech.next()) {
      for (let at = 0; at < samples.length; at += most) {
        const piece = samples.subarray(at, at + most)
        await target.send('audio-chunk', { ...format, timestamp: timestamp() }, bytesOf(toInt16(piece)))
        sent += piece.length
        this.#record.sent(piece.length / speech.sampleRate, false)
      }
    }
    await target.send('audio-stop', { timestamp: timestamp() })
  }

  /** Of the text that is known; the rest of one in pieces is bounded by its limit. */
  async #countSpeech(): Promise<void> {
    const seconds = estimateSpeechSeconds(this.#text)
    await this.#context.rates.consumeSpeech(rateKey(this.#parts.client), seconds, undefined)
  }

  #end(outcome: RequestOutcome): void {
    this.#isOver = true
    clearTimeout(this.#settling)
    this.#feed?.stop()
    this.#record.about({ characters: this.#text.length })
    this.#record.end(outcome)
  }
}
