/** The speeches that are under way or wait, of which client; each asks for the slots of its utterances one after the other. */
import { randomInt, randomUUID } from 'node:crypto'
import type { TtsError } from '../core/errors.ts'
import { monotonicMs } from '../core/monotonic.ts'
import type { SpeechOptions } from '../core/speech-port.ts'
import type { Lent } from '../lanes/utterance.ts'
import type { TextWords } from '../text/text-words.ts'
import type { ChainWatch } from './chain-parts.ts'
import { GrowingText } from './growing-text.ts'
import type { LeasedVoice } from './leased-voice.ts'
import { newUtterance } from './new-utterance.ts'
import { SpeechChain } from './speech-chain.ts'
import { SpeechTimes } from './speech-times.ts'
import { expectedTokens, type Part, silenceAbout, textOf, timingOf } from './spoken-parts.ts'
import { promptBefore, type SpokenStyle } from './spoken-style.ts'
import type { SynthesizerParts } from './synthesizer-parts.ts'
import { tracedUtterance } from './traced-utterance.ts'
import { utteranceSeed } from './utterance-seed.ts'

/** Segments in the making beyond the one that is heard. */
const SEGMENTS_AHEAD = 1

type Parts = Pick<
  SynthesizerParts,
  'bundle' | 'tokenizer' | 'devices' | 'scheduler' | 'admission' | 'onQueueWait'
>

type SpeechWatch = Pick<ChainWatch<Part>, 'onDry' | 'cushion'> & {
  /** The text's words, where their times are asked for. */
  readonly words?: TextWords | undefined
}

export class OpenSpeeches {
  readonly #parts: Parts
  readonly #sampleRate: number
  readonly #tokenRate: number
  #active = 0
  /** By client, under way or waiting. */
  readonly #speechesOf = new Map<string, number>()

  constructor(parts: Parts) {
    this.#parts = parts
    const { hift, features } = parts.bundle.manifest.parameters
    this.#sampleRate = hift.sampleRate
    this.#tokenRate = features.tokenRate
  }

  get active(): number {
    return this.#active
  }

  /** Speeches of a client. */
  of(client: string): number {
    return this.#speechesOf.get(client) ?? 0
  }

  /** A speech with nothing to say yet. It counts as active until its chain has let go of everything. */
  open(
    options: SpeechOptions,
    style: () => SpokenStyle,
    { words, ...watch }: SpeechWatch = {},
  ): SpeechChain<Part> {
    const seed = options.seed ?? randomInt(2 ** 32)
    const arrivedMs = monotonicMs()
    this.#active++
    const { client = '' } = options
    this.#count(client, 1)
    let leave = () => {}
    const chain = new SpeechChain<Part>(
      randomUUID(),
      { sampleRate: this.#sampleRate, ahead: SEGMENTS_AHEAD, timeoutMs: options.timeoutMs },
      (part, index, started, refused, isAgain, inSeconds) =>
        this.#ask(
          part,
          { index, isAgain, style: style(), inSeconds },
          { ...options, seed },
          arrivedMs,
          started,
          refused,
        ),
      () => {
        this.#active--
        this.#count(client, -1)
        leave()
      },
      (part) => silenceAbout(part, this.#sampleRate),
      {
        secondsOf: (part) => expectedTokens(part) / this.#tokenRate,
        times:
          words &&
          new SpeechTimes(words, options.timestamps ?? 'word', this.#sampleRate, (part: Part) =>
            timingOf(part, options.speed, this.#tokenRate),
          ),
        ...watch,
      },
    )
    leave =
      this.#parts.admission?.add({ priority: options.priority, client, load: () => chain.load() }) ?? leave
    return chain
  }

  #count(client: string, change: number): void {
    const speeches = (this.#speechesOf.get(client) ?? 0) + change
    if (speeches > 0) this.#speechesOf.set(client, speeches)
    else this.#speechesOf.delete(client)
  }

  /** Queues one utterance; a device that has room takes it. Asked for again, it waits for a device to come back. */
  #ask(
    part: Part,
    {
      index,
      isAgain,
      style,
      inSeconds,
    }: {
      readonly index: number
      readonly isAgain: boolean
      readonly style: SpokenStyle
      readonly inSeconds: number
    },
    options: SpeechOptions & { readonly seed: number },
    arrivedMs: number,
    started: (lent: Lent) => void,
    refused: (error: TtsError) => void,
  ): { withdraw(): void } {
    const { scheduler, devices, onQueueWait } = this.#parts
    const { priority, timeoutMs, client = '' } = options
    const askedMs = monotonicMs()
    const { voice } = options.voice as LeasedVoice
    const tokenRate = this.#tokenRate
    const traced = tracedUtterance(options.trace, index)
    // Later segments have their own randomness, and rank by when the whole was asked for: their listener is waiting.
    // What comes later waits behind what is heard: how long it may is judged where it is read.
    const seed = utteranceSeed(options.seed, index)
    const continues = index > 0 || isAgain
    return scheduler.submit({
      priority,
      arrivedMs,
      askedMs,
      continues,
      client,
      others: () => Math.max(0, this.of(client) - 1),
      ...(continues ? {} : { admission: priority }),
      timeoutMs: continues ? Number.POSITIVE_INFINITY : timeoutMs,
      voiceKey: voice.key,
      voiceSeconds: voice.seconds,
      expectedSeconds: expectedTokens(part) / tokenRate,
      refuse: refused,
      start: (deviceId) => {
        onQueueWait(monotonicMs() - askedMs)
        traced?.queued(askedMs)
        const prompt = promptBefore(textOf(part), style, voice.transcript)
        const utterance = newUtterance(
          part,
          options,
          { seed, arrivedMs, neededMs: askedMs + inSeconds * 1000, tokenRate, traced },
          prompt,
        )
        const lent = devices[deviceId]!.admit(utterance)
        if (part instanceof GrowingText) part.takenBy(lent)
        started(lent)
      },
    })
  }
}
