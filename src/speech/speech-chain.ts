/**
 * One speech made of several utterances: said one after the other, made ahead, read in order.
 *
 * Knows: which utterance is being read, which is being made, and what becomes of all when one fails or the listener
 * leaves. Does not know: text, tokens, devices; an utterance is started by the function it is given.
 *
 * Utterances go through: waiting here → asked for (at most `ahead` beyond the one being read) → started (it has a slot)
 * → read to its end → closed. Cancelling or failing closes all that are asked for, in whatever state.
 */
import { TtsError } from '../core/errors.ts'
import type { SpeechStream } from '../core/speech-port.ts'
import type { Lent } from '../lanes/utterance.ts'

/** Asks for an utterance's slot; calls one of the two once, maybe before it returns. May throw a refusal. */
export type Ask<Part> = (
  part: Part,
  index: number,
  started: (lent: Lent) => void,
  refused: (error: TtsError) => void,
) => { withdraw(): void }

/** Samples handed out at once: a fifth of a second at 24 kHz. Small enough to leave in time, large enough to be cheap. */
const READ_SAMPLES = 4800
/** Only a bound on how late a missed bell could be. */
const WAIT_MS = 1000

/** What the chain asks of a part: whether more of its text may come, for which it waits without a limit. */
export interface ChainPart {
  readonly complete: boolean
}

export interface ChainOptions {
  readonly sampleRate: number
  /** Parts that are made beyond the one being read. */
  readonly ahead: number
  /** ms without audio, while the listener waits and no text is missing, after which the speech fails. */
  readonly timeoutMs: number
}

interface Piece {
  readonly part: ChainPart
  readonly withdraw: () => void
  /** Samples of silence that are still to come behind it. */
  silence: number
  lent: Lent | undefined
}

export class SpeechChain<Part extends ChainPart> implements SpeechStream {
  readonly id: string
  readonly sampleRate: number
  /** Of the text, as its owner has found them. */
  warnings: readonly string[] = []
  readonly #ask: Ask<Part>
  readonly #ahead: number
  readonly #timeoutMs: number
  readonly #onEnd: () => void
  readonly #silenceBehind: (part: Part) => number
  readonly #waiting: Part[] = []
  readonly #asked: Piece[] = []
  #numAsked = 0
  #complete = false
  #failure: TtsError | undefined
  #over = false
  #wake: () => void = () => {}

  /**
   * `onEnd` is called once, when nothing of the speech is left: read to the end, failed or cancelled. `silenceBehind`
   * gives samples.
   */
  constructor(
    id: string,
    options: ChainOptions,
    ask: Ask<Part>,
    onEnd: () => void,
    silenceBehind: (part: Part) => number = () => 0,
  ) {
    this.#silenceBehind = silenceBehind
    this.id = id
    this.sampleRate = options.sampleRate
    this.#ahead = options.ahead
    this.#timeoutMs = options.timeoutMs
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

  async next(): Promise<Float32Array | undefined> {
    let waitingSince = performance.now()
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const piece = this.#asked[0]
      // The text's sender is late, not the engine.
      if (piece === undefined || !piece.part.complete) waitingSince = performance.now()
      if (performance.now() - waitingSince >= this.#timeoutMs) this.#fail(silent(this.#timeoutMs))
      else if (piece === undefined) {
        if (this.#complete || this.#over) return this.#finish()
        await this.#woken()
      } else if (piece.lent === undefined) await this.#woken()
      else {
        const samples = await this.#read(piece, piece.lent)
        if (samples !== undefined) return samples
      }
    }
  }

  cancel(): void {
    if (this.#over) return
    this.#fail(new TtsError('CANCELLED', 'Request cancelled', 'the listener left'))
  }

  /** Samples of the piece being read; undefined once it is over, or when something else must be looked at. */
  async #read(piece: Piece, lent: Lent): Promise<Float32Array | undefined> {
    const { audio } = lent
    const heard = audio.dataBell.count
    // The state before the samples: see ring.ts. What came before a failure is still given out.
    const { state } = audio
    const samples = audio.take(READ_SAMPLES)
    if (samples.length > 0) {
      lent.roomMade()
      return samples
    }
    if (state === 'open') {
      await Promise.race([audio.dataBell.rung(heard, this.#waitMs), this.#woken()])
      // Ends the loser's timer.
      this.#wake()
      return undefined
    }
    if (state !== 'ended') {
      this.#fail(await Promise.race([lent.failed, this.#outOfTime()]))
      return undefined
    }
    if (piece.silence > 0) {
      const length = Math.min(piece.silence, READ_SAMPLES)
      piece.silence -= length
      return new Float32Array(length)
    }
    lent.close()
    this.#asked.splice(this.#asked.indexOf(piece), 1)
    this.#advanceOrFail()
    return undefined
  }

  /** Asks for parts until enough are ahead of the one being read. */
  #advance(): void {
    while (!this.#over && this.#waiting.length > 0 && this.#asked.length <= this.#ahead) {
      const part = this.#waiting.shift()!
      let lent: Lent | undefined
      let piece: Piece | undefined
      const started = (got: Lent) => {
        if (this.#over) return got.close()
        lent = got
        if (piece !== undefined) piece.lent = got
        this.#wake()
      }
      const { withdraw } = this.#ask(part, this.#numAsked++, started, (error) => this.#fail(error))
      piece = { part, withdraw, lent, silence: this.#silenceBehind(part) }
      this.#asked.push(piece)
    }
    this.#wake()
  }

  #advanceOrFail(): void {
    try {
      this.#advance()
    } catch (error) {
      // A later part was refused: what was heard is not the whole.
      this.#fail(
        error instanceof TtsError
          ? error
          : new TtsError('INTERNAL', 'Internal error', String(error), { cause: error }),
      )
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
    this.#waiting.length = 0
    for (const { withdraw, lent } of this.#asked.splice(0)) {
      withdraw()
      lent?.close()
    }
    this.#onEnd()
  }

  /** How long one look may wait, at most until the limit is near. */
  get #waitMs(): number {
    return Math.min(WAIT_MS, this.#timeoutMs)
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

function silent(timeoutMs: number): TtsError {
  const detail = `no audio came for ${timeoutMs} ms`
  return new TtsError('DEADLINE_EXCEEDED', 'Service unavailable', detail, { retryAfterSeconds: 2 })
}
