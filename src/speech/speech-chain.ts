/**
 * One speech made of several utterances: said one after the other, made ahead, read in order.
 *
 * Utterances go through waiting here → asked for → started (with a slot) → read to the end → closed. At most `ahead`
 * beyond the one being read are asked for. Cancelling or failing closes all that are asked for, in whatever state.
 */
import { TtsError } from '../core/errors.ts'
import type { SpeechStream } from '../core/speech-port.ts'
import type { TimedText } from '../core/timed-text.ts'
import { PARK_AFTER_MS } from '../lanes/parking.ts'
import type { Lent } from '../lanes/utterance.ts'
import type { StreamLoad } from '../scheduler/admission.ts'
import type { Ask, ChainOptions, ChainPart, ChainWatch } from './chain-parts.ts'
import { failureOf, silent } from './chain-parts.ts'
import { HELD_LOOK_MS, HeldStart, NO_CUSHION } from './held-start.ts'
import { ListenerClock } from './listener-clock.ts'
import type { Piece, Silence } from './speech-piece.ts'
import { aheadOf, loadOf, newPiece, nextSilence, secondsOfAll, workedFor } from './speech-piece.ts'
import type { SpeechTimes } from './speech-times.ts'
import { WaitingTime } from './waiting-time.ts'

/** Samples handed out at once: a fifth of a second at 24 kHz. Small enough to leave in time, large enough to be cheap. */
const READ_SAMPLES = 4800
/** Only a bound on how late a missed bell could be. */
const WAIT_MS = 1000

export class SpeechChain<Part extends ChainPart> implements SpeechStream {
  readonly id: string
  readonly sampleRate: number
  /** Of the text, as its owner has found them. */
  warnings: readonly string[] = []
  tokens: SpeechStream['tokens']
  readonly #times: SpeechTimes<Part> | undefined
  readonly #ask: Ask<Part>
  readonly #options: ChainOptions
  readonly #onEnd: () => void
  readonly #silenceAbout: (part: Part) => Silence
  readonly #secondsOf: (part: Part) => number
  readonly #clock: ListenerClock
  readonly #start: HeldStart
  readonly #waiting: Part[] = []
  readonly #asked: Piece<Part>[] = []
  #isAsking = false
  #answeredMs = performance.now()
  #numAsked = 0
  #complete = false
  #failure: TtsError | undefined
  #over = false
  #wake: () => void = () => {}

  /** `onEnd` is called once, when nothing of the speech is left: read to the end, failed or cancelled. */
  constructor(
    id: string,
    options: ChainOptions,
    ask: Ask<Part>,
    onEnd: () => void,
    silenceAbout: (part: Part) => Silence = () => ({ before: 0, behind: 0 }),
    { secondsOf = () => 0, onDry = () => {}, cushion = () => NO_CUSHION, times }: ChainWatch<Part> = {},
  ) {
    this.#start = new HeldStart(cushion)
    this.#secondsOf = secondsOf
    this.#times = times
    this.#clock = new ListenerClock(onDry)
    this.#silenceAbout = silenceAbout
    this.id = id
    this.sampleRate = options.sampleRate
    this.#options = options
    this.#ask = ask
    this.#onEnd = onEnd
  }

  /** More to say. Throws the refusal where not even the first part could be asked for. */
  add(parts: readonly Part[]): void {
    this.#waiting.push(...parts)
    const first = this.#numAsked === 0
    try {
      this.#advance()
    } catch (error) {
      if (first) this.#finish()
      throw error
    }
  }

  /** Nothing more will be added. */
  complete(): void {
    this.#complete = true
    this.#wake()
  }

  /** Parts that were added and not yet read to their end. */
  get left(): number {
    return this.#waiting.length + this.#asked.length
  }

  /** What the devices still owe its listener; undefined before it has a slot, and once it is over. */
  load(): StreamLoad | undefined {
    if (this.#over || !this.#asked.some(({ lent }) => lent !== undefined)) return undefined
    // A listener that does not read is owed nothing until it does.
    if (!this.#isAsking && performance.now() - this.#answeredMs >= PARK_AFTER_MS) return undefined
    const toCome = this.#waiting.reduce((sum, part) => sum + this.#secondsOf(part), 0)
    return loadOf(this.#asked, toCome, this.#clock, this.sampleRate)
  }

  async next(): Promise<Float32Array | undefined> {
    this.#isAsking = true
    try {
      return await this.#next()
    } finally {
      this.#isAsking = false
      this.#answeredMs = performance.now()
    }
  }

  async #next(): Promise<Float32Array | undefined> {
    // While text is missing its sender is late, not the engine. The engine has its full time from the text's end on.
    const time = new WaitingTime(this.#options.timeoutMs, performance.now())
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const piece = this.#asked[0]
      const isOwed = piece?.part.complete === true
      const { inAll, idle } = time.look(isOwed, workedFor(this.#asked), performance.now())
      if (idle >= 1) this.#fail(silent(this.#options.timeoutMs))
      else if (piece === undefined) {
        if (this.#complete || this.#over) return this.#finish()
        await this.#woken()
      } else if (piece.lent === undefined) await this.#woken()
      else {
        const samples = await this.#read(piece, piece.lent, inAll)
        if (samples !== undefined) return samples
      }
    }
  }

  takeTimes(): readonly TimedText[] {
    return this.#times?.take() ?? []
  }

  cancel(): void {
    if (this.#over) return
    this.#fail(new TtsError('CANCELLED', 'Request cancelled', 'the listener left'))
  }

  /** Samples of the piece being read; undefined at its end, or when something else must be looked at. `waited`: of the time-out. */
  async #read(piece: Piece<Part>, lent: Lent, waited: number): Promise<Float32Array | undefined> {
    const { audio } = lent
    const heard = audio.dataBell.count
    // The state before the samples: see ring.ts. What came before a failure is still given out.
    const { state } = audio
    // Text that is still being written is not waited for.
    const mayHold = piece.part.complete && !this.#clock.hasBegun && state !== 'failed' && audio.available > 0
    if (mayHold && this.#start.holds(aheadOf(this.#asked, this.sampleRate), waited)) {
      await Promise.race([audio.dataBell.signalled(heard, HELD_LOOK_MS), this.#woken()])
      this.#wake()
      return undefined
    }
    // Not before there is sound: what fails until then is a refusal.
    if (piece.silence.before > 0 && audio.available > 0)
      return this.#give(nextSilence(piece.silence, 'before', READ_SAMPLES))
    const placed = lent.places.dataBell.count
    const room = this.#times?.room(lent, piece.part, piece.taken) ?? READ_SAMPLES
    const samples = audio.take(Math.min(READ_SAMPLES, room))
    if (samples.length > 0) {
      piece.taken += samples.length
      lent.roomMade()
      return this.#give(samples, lent)
    }
    if (state === 'open') {
      // What waits for the times of its words has been made.
      if (audio.available === 0) this.#clock.waits()
      const bells = [audio.dataBell.signalled(heard, this.#waitMs), this.#woken()]
      if (this.#times !== undefined) bells.push(lent.places.dataBell.signalled(placed, this.#waitMs))
      await Promise.race(bells)
      // Ends the loser's timer.
      this.#wake()
      return undefined
    }
    if (state !== 'ended') {
      this.#recover(piece, lent, await Promise.race([lent.failed, this.#outOfTime()]))
      return undefined
    }
    if (piece.silence.behind > 0) return this.#give(nextSilence(piece.silence, 'behind', READ_SAMPLES))
    this.#times?.ended(lent)
    lent.close()
    this.#asked.splice(this.#asked.indexOf(piece), 1)
    this.#advanceOrFail()
    return undefined
  }

  #give(samples: Float32Array, lent?: Lent): Float32Array {
    this.#clock.give((samples.length / this.sampleRate) * 1000)
    this.#times?.gave(samples, lent)
    return samples
  }

  /** Asks for parts until enough are ahead of the one being read. */
  #advance(): void {
    while (!this.#over && this.#waiting.length > 0 && this.#asked.length <= this.#options.ahead) {
      const part = this.#waiting.shift()!
      const expects = { silence: this.#silenceAbout(part), seconds: this.#secondsOf(part) }
      const piece: Piece<Part> = newPiece(part, this.#numAsked++, expects)
      this.#askFor(piece)
      this.#asked.push(piece)
    }
    this.#wake()
  }

  #askFor(piece: Piece<Part>): void {
    const started = (got: Lent) => {
      if (this.#over) return got.close()
      piece.lent = got
      this.#wake()
    }
    const refused = (error: TtsError) => this.#fail(error)
    const { part, index, isAgain } = piece
    piece.withdraw = this.#ask(part, index, started, refused, isAgain, this.#secondsBefore(piece)).withdraw
  }

  /** Seconds that the listener has to hear before this piece. */
  #secondsBefore(piece: Piece<Part>): number {
    const before = this.#asked.filter(({ index }) => index < piece.index)
    return Math.max(0, this.#clock.leadSeconds) + secondsOfAll(before, this.sampleRate)
  }

  /** A part of which nothing was handed out is asked for once more where its device has failed. */
  #recover(piece: Piece<Part>, lent: Lent, failure: TtsError): void {
    if (failure.retryAfterSeconds === undefined) return this.#fail(failure)
    if (piece.taken > 0 || piece.isAgain) {
      const { code, message, detail } = failure
      // A listener that has heard some of it must not take this for a refusal.
      return this.#fail(this.#clock.hasBegun ? new TtsError(code, message, detail) : failure)
    }
    lent.close()
    piece.lent = undefined
    piece.isAgain = true
    try {
      this.#askFor(piece)
    } catch (error) {
      this.#fail(error instanceof TtsError ? error : failure)
    }
  }

  #advanceOrFail(): void {
    try {
      this.#advance()
    } catch (error) {
      // A later part was refused: what was heard is not the whole.
      this.#fail(failureOf(error))
    }
  }

  #fail(error: TtsError): void {
    if (this.#over) return
    this.#failure = error
    this.#finish()
    this.#wake()
  }

  /** Lets go of everything. */
  #finish(): undefined {
    if (this.#over) return
    this.#over = true
    this.#times?.close()
    this.#waiting.length = 0
    for (const { withdraw, lent } of this.#asked.splice(0)) {
      withdraw()
      lent?.close()
    }
    this.#onEnd()
  }

  /** How long one look may wait, at most until the limit is near. */
  get #waitMs(): number {
    return Math.min(WAIT_MS, this.#options.timeoutMs)
  }

  /** Resolves when something happened, or soon enough to notice that the time is up. */
  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** What a failure is called whose reason never came. */
  async #outOfTime(): Promise<TtsError> {
    await this.#woken()
    return this.#failure ?? new TtsError('LANE_FAILED', 'Speech synthesis failed', 'the speech ended early')
  }
}
