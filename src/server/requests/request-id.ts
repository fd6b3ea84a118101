/** The id by which a request is found in the log: the client's own where it is plain, else a new one. */
import { randomUUID } from 'node:crypto'
import { headerOf, type RequestHead } from '../transport/transport.ts'

/** The client's own id where it is safe to repeat, else a new one. */
export function requestIdOf(head: RequestHead): string {
  const given = headerOf(head, 'x-request-id')
  return given !== undefined && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}
