/**
 * What happens to every request around its route: framing, CORS, key, errors, log line.
 *
 * The order matters: a framing fault ends a request first, and a missing key hides whether a path exists.
 */
import type { Logger } from 'pino'
import { TtsError } from '../core/errors.ts'
import type { Trace } from '../core/trace.ts'
import { assertHost } from './requests/allowed-hosts.ts'
import { requireKey } from './requests/api-keys.ts'
import { pageOf, withoutBase } from './requests/base-path.ts'
import { assertOrigin, corsHeaders, preflight } from './requests/cors.ts'
import type { Scope } from './requests/key-ring.ts'
import { requestIdOf } from './requests/request-id.ts'
import { endTrace, traceOfRequest } from './requests/request-trace.ts'
import { type AccessPolicy, type Call, type Match, matchRoute, type Route } from './requests/router.ts'
import type { ServerContext } from './requests/server-context.ts'
import { findFramingFault, type HeadFault } from './transport/request-framing.ts'
import { sendError } from './transport/respond.ts'
import type { HeaderList, HttpExchange } from './transport/transport.ts'
import { processTurns } from './transport/turns.ts'

/** Routes whose log lines would drown the others. */
const QUIET: ReadonlySet<string> = new Set([
  '/health',
  '/healthz',
  '/liveness',
  '/readiness',
  '/metrics',
  // An open page asks once a second.
  '/v1/status',
])

/** The transport's request handler over a route table. */
export function createApp(
  context: ServerContext,
  routes: readonly Route[],
): (exchange: HttpExchange) => void {
  const handle = (exchange: HttpExchange) => {
    const startedAt = performance.now()
    const { allowedOrigins, basePath } = context.config.server
    exchange.head = withoutBase(exchange.head, basePath)
    const { head } = exchange
    const requestId = requestIdOf(head)
    const match = matchRoute(routes, head.method, head.path)
    const trace = traceOfRequest(context.traces, head, match)
    const log = context.log.child({ request_id: requestId, trace_id: trace?.traceId })
    const cors = corsHeaders(head, allowedOrigins)
    exchange.commonHeaders = [['X-Request-Id', requestId], ...traceHeader(trace), ...cors]
    const release = context.ledger.takeExchange()
    void answer(context, match, exchange, { requestId, log, trace, mayPreflight: cors.length > 0 })
      .catch((error: unknown) => {
        if (sendError(exchange, error).code === 'INTERNAL') log.error({ err: error }, 'handler failed')
      })
      .finally(() => {
        release()
        endTrace(trace, exchange.status)
        report(context, log, match, exchange, performance.now() - startedAt)
      })
  }
  return (exchange) => processTurns.take(() => handle(exchange))
}

async function answer(
  context: ServerContext,
  match: Match,
  exchange: HttpExchange,
  about: Pick<Call, 'requestId' | 'log' | 'trace'> & { readonly mayPreflight: boolean },
): Promise<void> {
  const { head } = exchange
  const fault = findFramingFault(head)
  if (fault !== undefined) {
    refuseHead(exchange, fault)
    return
  }
  assertHost(head, context.config.server.allowedHosts)
  if (head.method === 'OPTIONS' && about.mayPreflight) {
    preflight(exchange)
    return
  }
  const page = pageOf(head, context.config.server.basePath)
  if (page !== undefined) {
    exchange.send(308, [['Location', page]], '')
    return
  }
  assertOrigin(head, context.config.server.allowedOrigins)
  const policy = match.kind === 'route' ? match.route.policy : 'key'
  const key = policy === 'public' ? undefined : requireKey(head, context.keys, scopeOf(policy))
  if (match.kind === 'none') {
    throw new TtsError('NOT_FOUND', 'Not found', 'expected a known endpoint, got another; see /docs')
  }
  if (match.kind === 'method') {
    const allow = match.allowed.join(', ')
    const error = new TtsError('NOT_FOUND', 'Method not allowed', `expected ${allow}`, { status: 405 })
    sendError(exchange, error, [['Allow', allow]])
    return
  }
  const { requestId, log, trace } = about
  const client = context.addressOf(head)
  await match.route.handle({
    exchange,
    params: match.params,
    requestId,
    client,
    key,
    owner: key?.owner,
    log,
    trace,
  })
}

/** Where the request's own span is the parent of what its client does next. */
function traceHeader(trace: Trace | undefined): HeaderList {
  return trace === undefined ? [] : [['traceparent', trace.traceparent]]
}

function scopeOf(policy: Exclude<AccessPolicy, 'public'>): Scope | undefined {
  return policy === 'key' ? undefined : policy
}

/** What follows a bad head on the same connection cannot be trusted to be a request. */
function refuseHead(exchange: HttpExchange, fault: HeadFault): void {
  const body = { message: 'Malformed request', detail: fault.detail, error_code: 'INVALID_REQUEST' }
  exchange.send(fault.status, [['Content-Type', 'application/json']], JSON.stringify(body), { close: true })
}

function report(context: ServerContext, log: Logger, match: Match, exchange: HttpExchange, ms: number): void {
  const route = match.kind === 'route' ? match.route.pattern : 'other'
  const { status } = exchange
  const statusClass = status === 0 ? 'none' : `${Math.floor(status / 100)}xx`
  context.metrics.httpResponses.inc({ route, status: statusClass })
  const line = { method: exchange.head.method.slice(0, 16), route, status, ms: Math.round(ms) }
  if (QUIET.has(route)) log.debug(line, 'request')
  else log.info(line, 'request')
}
