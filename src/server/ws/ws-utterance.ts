/**
 * One synthesis of a WebSocket session: admission, live speech, and its audio on the socket.
 *
 * However it ends, it gives back what it holds, once.
 */
import type { Logger } from 'pino'
import { toTtsError } from '../../api/error-body.ts'
import { nothingToSpeak, TtsError } from '../../core/errors.ts'
import type { RequestOutcome } from '../../core/metrics.ts'
import type { LiveSpeechStream, SpeechOptions } from '../../core/speech-port.ts'
import type { TimedText } from '../../core/timed-text.ts'
import type { Trace } from '../../core/trace.ts'
import { type AudioSink, encodeTo, type OutputFormat, specOf } from '../requests/audio-output.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { admit, type Caller } from '../requests/synthesis.ts'
import { outcomeOf, SynthesisRecord } from '../requests/synthesis-record.ts'
import { LiveFeed } from './live-feed.ts'
import type { WsAudioSender } from './ws-audio-sender.ts'

export interface UtteranceParts {
  readonly caller: Caller
  /** For the log. */
  readonly about: { readonly voice: string; readonly model: string }
  /** Whether it counts against the client's rate; `prepaid` where its recording has. */
  readonly rate: 'counted' | 'prepaid'
  readonly log: Logger
  readonly trace: Trace | undefined
  readonly sender: WsAudioSender
  readonly output: OutputFormat
  readonly options: SpeechOptions
}

export interface UtteranceEvents {
  readonly started: () => void
  /** Text is not taken. */
  readonly refused: (error: unknown) => void
  /** Words or sentences, before the audio that they are in is sent. */
  readonly timed: (times: readonly TimedText[]) => void
}

export class WsUtterance {
  readonly #context: ServerContext
  readonly #parts: UtteranceParts
  readonly #record: SynthesisRecord
  #speech: LiveSpeechStream | undefined
  #feed: LiveFeed | undefined
  #releaseSlot: () => void = () => {}
  #isOver = false

  /** Counts as a request from here. */
  constructor(context: ServerContext, parts: UtteranceParts) {
    this.#context = context
    this.#parts = parts
    this.#record = new SynthesisRecord(context, 'ws', parts.caller.key?.name)
    this.#record.about(parts.about)
    this.#record.follow(parts.trace)
  }

  /** Where text goes; undefined before `started` was called. */
  get feed(): LiveFeed | undefined {
    return this.#feed
  }

  /**
   * Resolves after the last audio was sent, with what was not said as written. Throws what refused or ended it,
   * INVALID_PARAMETER where no text had a sound, CANCELLED after `cancel`.
   */
  async speak({ started, refused, timed }: UtteranceEvents): Promise<readonly string[]> {
    const { caller, rate, sender, output, options, trace } = this.#parts
    try {
      this.#hold(await admit(this.#context, caller, rate))
      const speech = this.#context.synthesizer.speakLive({ ...options, trace })
      this.#speech = speech
      this.#feed = new LiveFeed(speech, refused)
      started()
      let isHeard = false
      const sink: AudioSink = {
        send: (bytes) => sender.send(bytes),
        // How fast text comes is up to the client, so no underrun can be told from a pause.
        sent: (seconds) => this.#record.sent(seconds, false),
      }
      const spec = specOf(output, speech.sampleRate)
      await encodeTo(sink, spec, async () => {
        const samples = await speech.next()
        isHeard ||= samples !== undefined && samples.length > 0
        const times = speech.takeTimes?.() ?? []
        if (times.length > 0) timed(times)
        return samples
      })
      const { warnings = [] } = speech
      if (!isHeard && !this.#isOver) throw nothingToSpeak(warnings)
      this.#end('ok')
      return warnings
    } catch (error) {
      this.#end(outcomeOf(toTtsError(error)))
      throw error
    }
  }

  /** Frees everything at once, in any state. */
  cancel(): void {
    this.#end('cancelled')
  }

  #hold(releaseSlot: () => void): void {
    this.#releaseSlot = releaseSlot
    if (!this.#isOver) return
    releaseSlot()
    throw new TtsError('CANCELLED', 'Cancelled', 'the utterance was given up')
  }

  #end(outcome: RequestOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#feed?.stop()
    this.#record.about({ characters: this.#feed?.characters ?? 0 })
    this.#speech?.cancel()
    this.#releaseSlot()
    this.#record.end(outcome)
    this.#parts.trace?.end(outcome === 'failed')
    this.#parts.log.info(this.#record.facts(), 'synthesis')
  }
}
