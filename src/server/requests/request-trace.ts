/** Which requests are traced, and what becomes of one: where the client's trace goes on, and how it ended. */
import type { Trace, Traces } from '../../core/trace.ts'
import { headerOf, type RequestHead } from '../transport/transport.ts'
import type { Match } from './router.ts'

/** Undefined for what only reads, and for paths that do not exist. */
export function traceOfRequest(
  traces: Traces | undefined,
  head: RequestHead,
  match: Match,
): Trace | undefined {
  if (traces === undefined || match.kind !== 'route' || match.route.method === 'GET') return undefined
  const { method, pattern } = match.route
  const facts = { 'http.request.method': method, 'http.route': pattern }
  return traces.begin(`${method} ${pattern}`, (name) => headerOf(head, name), facts)
}

/** `status` is 0 where the connection went before an answer. */
export function endTrace(trace: Trace | undefined, status: number): void {
  if (trace === undefined) return
  trace.about({ 'http.response.status_code': status })
  trace.end(status >= 500)
}
