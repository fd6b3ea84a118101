/** What a chain of utterances is told of its parts and of its listener. */
import { TtsError } from '../core/errors.ts'
import type { Lent } from '../lanes/utterance.ts'
import type { Cushion } from './held-start.ts'
import type { SpeechTimes } from './speech-times.ts'

/** Asks for an utterance's slot; calls one of the two once, maybe before it returns. May throw a refusal. */
export type Ask<Part> = (
  part: Part,
  index: number,
  started: (lent: Lent) => void,
  refused: (error: TtsError) => void,
  /** It was started before, and its device failed. */
  isAgain: boolean,
  /** Its listener has something else to hear for so long, at least. */
  inSeconds: number,
) => { withdraw(): void }

/** What the chain asks of a part: whether more of its text may come, for which it waits without a limit. */
export interface ChainPart {
  readonly complete: boolean
}

export interface ChainOptions {
  readonly sampleRate: number
  /** Parts that are made beyond the one being read. */
  readonly ahead: number
  /** ms after which a speech fails for which nothing is done, while its listener waits and no text is missing. */
  readonly timeoutMs: number
}

export interface ChainWatch<Part> {
  /** Seconds of speech expected of a part. */
  readonly secondsOf?: (part: Part) => number
  /** A listener with a small buffer ran dry for want of samples. */
  readonly onDry?: () => void
  /** What should be made before the first of it is handed out, as of now. */
  readonly cushion?: () => Cushion
  /** Keeps when words are said, where that is asked. */
  readonly times?: SpeechTimes<Part> | undefined
}

/** What a speech fails with for which nothing was done for so long. */
export function silent(timeoutMs: number): TtsError {
  const detail = `no audio came, and nothing was made of it, for ${timeoutMs} ms`
  return new TtsError('DEADLINE_EXCEEDED', 'Service unavailable', detail, { retryAfterSeconds: 2 })
}

/** What a part could not be asked for with. */
export function failureOf(error: unknown): TtsError {
  if (error instanceof TtsError) return error
  return new TtsError('INTERNAL', 'Internal error', String(error), { cause: error })
}
