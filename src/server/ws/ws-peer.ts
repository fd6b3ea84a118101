/** The other side of a WebSocket, as its session needs it: address, key, log, traces. */
import type { Logger } from 'pino'
import type { Trace } from '../../core/trace.ts'
import type { GrantedKey } from '../requests/key-ring.ts'

export interface WsPeer {
  readonly client: string
  /** The key that opened the socket; undefined where no keys are in use. */
  readonly key: GrantedKey | undefined
  readonly log: Logger
  /** A trace for each utterance, in that of the client. */
  readonly beginTrace: () => Trace | undefined
  /** Gives the socket's place back. */
  readonly release: () => void
}
