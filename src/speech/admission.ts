/**
 * The gate in front of the scheduler: which speeches are under way, what the devices make, which may begin.
 *
 * The decisions are pure functions of `../scheduler/admission.ts`.
 */
import {
  fits,
  leastLead,
  listenersAt,
  type StreamLoad,
  secondsUntilFit,
  wholeAnswersBeside,
} from '../scheduler/admission.ts'
import { isCrowded } from '../scheduler/fair-share.ts'
import type { AdmissionGate, Waiting } from '../scheduler/scheduler.ts'
import type { Cushion } from './held-start.ts'

/** A speech under way; `load` is undefined while it has no slot or nothing is left of it. */
export interface Loaded {
  readonly priority: 'stream' | 'batch'
  readonly client?: string | undefined
  load(): StreamLoad | undefined
}

export interface AdmissionOptions {
  /** Seconds of audio that the devices make per second, as of now. */
  readonly rate: () => number
  /** Streams at once; undefined: as many as can be heard. */
  readonly listeners: number | undefined
  readonly maxWaitMs: number
  /** Where a stream is made more slowly than it is heard: whether it begins only once the rest can follow without a gap. */
  readonly startWhenSafe?: boolean
  readonly rules?: AdmissionRules
}

export interface AdmissionRules {
  /** Share of the measured rate that is promised at first: less where listeners run dry, down to the least, and slowly more. */
  readonly margin: number
  readonly leastMargin: number
  readonly mostMargin: number
  /** What the margin is multiplied by with each listener that ran dry. */
  readonly miss: number
  /** What is made before a listener hears the first, on a full device, s; more where listeners run dry. */
  readonly cushionSeconds: number
  readonly mostCushionSeconds: number
  /** On a full device another begins only while the listener that is worst off has so many seconds in hand. */
  readonly levelSeconds: number
}

/** Chosen with `node dist/bench/simulate/crowd.js`. */
export const ADMISSION_RULES: AdmissionRules = {
  margin: 0.68,
  leastMargin: 0.45,
  mostMargin: 0.9,
  miss: 0.96,
  cushionSeconds: 2,
  mostCushionSeconds: 3,
  levelSeconds: 1.5,
}

const GAIN = 0.001
const CUSHION_STEP = 0.1

/** Share of the measured rate that listeners in real time get: they pause between speeches, and margins even out. */
const HEARD_SHARE = 0.85
/** Shares of the others beside it, from which a device counts as partly full, and as full. */
const FULL_FROM = 0.4
const FULL_AT = 0.8
/** Expected lengths are guesses, and a stream's share of the devices is not even. */
const SAFE = 1.15
/** What a speech can be ahead of its listener: the rings of a part and of the next one. */
const MOST_AHEAD_SECONDS = 14
/** Of audio, in a run of the vocoder on a slow device. */
const BLOCK_SECONDS = 1
/** ms that first samples are held back at most on a loaded device; and for each second beyond two. */
const MAX_HOLD_MS = 3000
const HOLD_MS_PER_SECOND = 4000
/** On a slow device: so many times as long as its cushion should take. */
const HOLD_TIMES = 2

export class Admission implements AdmissionGate {
  readonly maxWaitMs: number
  readonly #options: AdmissionOptions
  readonly #speeches = new Set<Loaded>()
  readonly #rules: AdmissionRules
  #margin: number
  #fullCushion: number

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.maxWaitMs = options.maxWaitMs
    this.#rules = options.rules ?? ADMISSION_RULES
    this.#margin = this.#rules.margin
    this.#fullCushion = this.#rules.cushionSeconds
  }

  /** A speech counts from when it has a slot until it is taken out by what this returns. */
  add(speech: Loaded): () => void {
    this.#speeches.add(speech)
    return () => {
      this.#speeches.delete(speech)
      if (speech.priority === 'stream') this.#clean()
    }
  }

  /** A stream's listener ran dry. */
  missed(): void {
    const { leastMargin, miss, mostCushionSeconds } = this.#rules
    this.#margin = Math.max(leastMargin, this.#margin * miss)
    this.#fullCushion = Math.min(mostCushionSeconds, this.#fullCushion + CUSHION_STEP)
  }

  /**
   * What should be made of a speech of `expectedSeconds` before it is heard: nothing while there is room
   * for all, some on a full device. Where audio is made more slowly than it is heard: all that it will fall behind.
   */
  cushion(expectedSeconds: number): Cushion {
    const streams = Math.max(1, this.#loads('stream').length)
    const share = this.#fullness(streams)
    const own = this.#options.rate() / streams / SAFE
    // What comes behind comes in blocks: one of them is under way when the first samples are heard.
    const isSlow = this.#options.startWhenSafe === true && own < 1
    const behind = isSlow ? expectedSeconds * (1 - own) + BLOCK_SECONDS * own : 0
    const seconds = Math.min(MOST_AHEAD_SECONDS, Math.max(this.#fullCushion * share, behind))
    const evenly = MAX_HOLD_MS + HOLD_MS_PER_SECOND * Math.max(0, seconds - 2)
    return { seconds, mostMs: behind > 0 ? Math.max(evenly, (HOLD_TIMES * 1000 * seconds) / own) : evenly }
  }

  /** What this device cannot do, for people; undefined where streams are made in real time. */
  get warning(): string | undefined {
    const rate = this.#options.rate()
    return rate < 1 ? `whole answers only: RTF ${(1 / rate).toFixed(1)}` : undefined
  }

  #clean(): void {
    this.#margin = Math.min(this.#rules.mostMargin, this.#margin + GAIN)
    this.#fullCushion = Math.max(this.#rules.cushionSeconds, this.#fullCushion - CUSHION_STEP / 20)
  }

  /** Seconds of audio per second that are promised to streams. */
  get promised(): number {
    return this.#options.rate() * this.#margin
  }

  /** Seconds of audio that the devices make per second. */
  get rate(): number {
    return this.#options.rate()
  }

  get listeners(): number {
    return this.#options.listeners ?? listenersAt(HEARD_SHARE * this.#options.rate())
  }

  /** Streams under way, as a share of those that can be. */
  get load(): number {
    return this.#loads('stream').length / this.listeners
  }

  admits({
    admission,
    expectedSeconds,
    client,
  }: Pick<Waiting, 'admission' | 'expectedSeconds' | 'client'>): boolean {
    if (admission === undefined) return true
    const streams = this.#loads('stream')
    if (admission === 'batch') return this.#admitsWhole(streams.length, client)
    return this.#admitsBeside(streams, expectedSeconds, client)
  }

  #admitsBeside(
    streams: readonly StreamLoad[],
    expectedSeconds: number,
    client: string | undefined,
  ): boolean {
    if (streams.length === 0) return true
    const { listeners } = this.#options
    if (listeners !== undefined) return streams.length < listeners
    if (this.#lackingSeconds(streams) > 0) return false
    return fits([...streams, newcomer(expectedSeconds)], this.#rateFor(client))
  }

  /** Where no stream is heard, one client's long answer does not keep another client waiting. */
  #admitsWhole(streams: number, client: string | undefined): boolean {
    const clients: (string | undefined)[] = []
    for (const speech of this.#speeches)
      if (speech.priority === 'batch' && isUnderWay(speech.load())) clients.push(speech.client)
    if (clients.length < wholeAnswersBeside(streams, this.promised)) return true
    return streams === 0 && clients.length === 1 && client !== undefined && clients[0] !== client
  }

  secondsUntil(
    { admission, expectedSeconds, client }: Pick<Waiting, 'admission' | 'expectedSeconds' | 'client'>,
    before: readonly Pick<Waiting, 'admission' | 'expectedSeconds'>[],
  ): number {
    if (admission !== 'stream') return 0
    const ahead = before.filter((other) => other.admission === 'stream')
    const streams = this.#loads('stream')
    if (ahead.length === 0 && this.#admitsBeside(streams, expectedSeconds, client)) return 0
    const { listeners } = this.#options
    if (listeners !== undefined && streams.length + ahead.length >= listeners) {
      const ends = streams.map((stream) => stream.leftSeconds).sort((a, b) => a - b)
      return ends[ahead.length] ?? 0
    }
    const others = ahead.map((other) => newcomer(other.expectedSeconds))
    const fitting = secondsUntilFit(streams, others, newcomer(expectedSeconds), this.#rateFor(client))
    return Math.max(fitting, this.#lackingSeconds(streams))
  }

  /** 0 where there is room for all, 1 on a full device: the `streams` that are there, and those that could be. */
  #fullness(streams: number): number {
    const others = (streams - 1) / Math.max(1, this.listeners - 1)
    return Math.min(1, Math.max(0, (others - FULL_FROM) / (FULL_AT - FULL_FROM)))
  }

  /** What the listener worst off has too little of in hand for another to begin, whatever rate is believed. */
  #lackingSeconds(streams: readonly StreamLoad[]): number {
    const level = this.#rules.levelSeconds * this.#fullness(streams.length + 1)
    return Math.max(0, level - leastLead(streams))
  }

  /** What is not promised is for clients with nothing under way, where one other has most of what there is. */
  #rateFor(client: string | undefined): number {
    if (client === undefined || client === '') return this.promised
    const streamsOf = new Map<string, number>()
    for (const speech of this.#speeches) {
      if (speech.priority !== 'stream' || !isUnderWay(speech.load())) continue
      const other = speech.client ?? ''
      streamsOf.set(other, (streamsOf.get(other) ?? 0) + 1)
    }
    return !streamsOf.has(client) && isCrowded(streamsOf, client) ? this.#options.rate() : this.promised
  }

  #loads(priority: 'stream' | 'batch'): StreamLoad[] {
    const loads: StreamLoad[] = []
    for (const speech of this.#speeches) {
      const load = speech.priority === priority ? speech.load() : undefined
      if (isUnderWay(load)) loads.push(load)
    }
    return loads
  }
}

function isUnderWay(load: StreamLoad | undefined): load is StreamLoad {
  return load !== undefined && load.leftSeconds > 0
}

function newcomer(leftSeconds: number): StreamLoad {
  return { heard: false, leadSeconds: 0, leftSeconds }
}
