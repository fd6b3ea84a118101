/**
 * Connections while descriptors are short: those that send no request give way to newer ones. So a probe always finds a
 * place, and all else is told to come back.
 */
import type { Server, Socket } from 'node:net'
import { errorBody } from '../../api/error-body.ts'
import type { ConnectionRoom } from '../limits/connection-room.ts'
import { overloaded } from '../limits/ledger.ts'
import { errorHeaders } from './respond.ts'
import type { PlainResponse, RequestHead } from './transport.ts'

/** Connections that may be without a request at a time, while descriptors are short. */
const MAX_SILENT = 24
const PROBES: ReadonlySet<string> = new Set(['/health', '/healthz', '/liveness', '/readiness', '/metrics'])

export class Crowd {
  readonly #server: Server & { closeIdleConnections?(): void }
  readonly #room: ConnectionRoom
  /** Accepted while descriptors were short, without a request so far; oldest first. */
  readonly #silent = new Set<Socket>()

  constructor(server: Server, room: ConnectionRoom) {
    this.#server = server
    this.#room = room
  }

  /** Takes note of a new connection. True while descriptors are short. */
  accepted(socket: Socket): boolean {
    this.#room.accepted()
    if (!this.#room.isTight()) return false
    this.#server.closeIdleConnections?.()
    this.#silent.add(socket)
    socket.once('close', () => this.#silent.delete(socket))
    if (this.#silent.size > MAX_SILENT) {
      const [oldest] = this.#silent
      this.#silent.delete(oldest!)
      oldest!.destroy()
    }
    return true
  }

  /** Whether this request is served now. */
  admits(socket: Socket, head: RequestHead): boolean {
    this.#silent.delete(socket)
    return PROBES.has(head.path) || !this.#room.isTight()
  }
}

export function crowdedResponse(): PlainResponse {
  const error = overloaded('expected fewer connections at a time')
  return {
    status: error.status,
    headers: [['Content-Type', 'application/json'], ...errorHeaders(error)],
    body: JSON.stringify(errorBody(error)),
  }
}
