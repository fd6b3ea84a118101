/** What handlers of a server share: the parts that `server.ts` makes once, and whether the server takes new work. */
import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import { TtsError } from '../../core/errors.ts'
import type { JobDesk } from '../../core/job-port.ts'
import type { Metrics } from '../../core/metrics.ts'
import type { Synthesizer } from '../../core/speech-port.ts'
import type { Traces } from '../../core/trace.ts'
import type { CallerRates } from '../limits/caller-rates.ts'
import type { Ledger } from '../limits/ledger.ts'
import type { RecentSpeech } from '../limits/recent-speech.ts'
import type { RefusalPace } from '../limits/refusal-pace.ts'
import type { RequestHead } from '../transport/transport.ts'
import type { KeyRing } from './key-ring.ts'

export interface Scrape {
  readonly contentType: string
  readonly text: string
}

export interface ServerContext {
  readonly config: Config
  readonly synthesizer: Synthesizer
  readonly metrics: Metrics
  readonly ledger: Ledger
  readonly rates: CallerRates
  readonly recent: RecentSpeech
  readonly refusals: RefusalPace
  readonly keys: KeyRing
  /** Undefined where no collector is set. */
  readonly traces: Traces | undefined
  /** Undefined where the settings turn jobs off. */
  readonly jobs: JobDesk | undefined
  readonly log: Logger
  /** What a scraper is told now. */
  readonly scrape: () => Promise<Scrape>
  readonly addressOf: (head: RequestHead) => string
  /** True from the request to stop: readiness says so, while what is on its way here is still taken. */
  isLeaving: boolean
  /** True from the end of that notice: new work is refused, running work ends. */
  isDraining: boolean
}

/** Throws unless a new synthesis may start: DRAINING, MODEL_NOT_READY, or OVERLOADED where no device is working. */
export function assertAccepting(context: ServerContext): void {
  const state = context.synthesizer.state()
  if (context.isDraining || state === 'draining') throw draining()
  if (state === 'loading') {
    throw new TtsError('MODEL_NOT_READY', 'Model not ready', 'TTS model is still loading', {
      retryAfterSeconds: 5,
    })
  }
  if (state === 'failed') {
    const detail = 'no device is working at the moment; it is being started again'
    throw new TtsError('OVERLOADED', 'Service unavailable', detail, { retryAfterSeconds: 5 })
  }
}

export function draining(): TtsError {
  return new TtsError(
    'DRAINING',
    'Server draining',
    'expected a server that takes new work, got one that stops',
    {
      retryAfterSeconds: 5,
    },
  )
}

/** Throws MODEL_NOT_FOUND unless the name is `default` or listed. Names are only ever compared, never used as paths. */
export function assertModel(context: ServerContext, name: string): void {
  const { models } = context.synthesizer
  if (name === 'default' || models.includes(name)) return
  throw new TtsError(
    'MODEL_NOT_FOUND',
    'Model not found',
    `expected default or one of ${models.join(', ')}, got ${JSON.stringify(name).slice(0, 64)}`,
  )
}
