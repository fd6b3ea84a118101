/** The other side of a WebSocket, as its session needs it: address, key, log, traces. */
import type { Logger } from 'pino'
import type { Trace } from '../../core/trace.ts'
import type { GrantedKey } from '../requests/key-ring.ts'

export interface WsPeer {
  readonly client: string
  /** The key that opened the socket, as it was when last checked; undefined where no keys are in use. */
  readonly key: GrantedKey | undefined
  /** Throws UNAUTHORIZED where the key has gone or ended since. */
  checkKey(): void
  readonly log: Logger
  /** A trace for each utterance, in that of the client. */
  readonly beginTrace: () => Trace | undefined
  /** Gives the socket's place back. */
  readonly release: () => void
}
