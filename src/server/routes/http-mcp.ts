/**
 * `/mcp`: the tools of `src/mcp` over streamable HTTP. Each call becomes a request to this server's own routes, with
 * the caller's key and address: what holds there holds here.
 *
 * The library is loaded at the first call.
 */
import type { McpHttpHandler } from '@modelcontextprotocol/server'
import { parseJson } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { AskApi } from '../../mcp/speech-tools.ts'
import { textTurn } from '../limits/text-turns.ts'
import { rateKey } from '../requests/client-address.ts'
import { InnerExchange } from '../requests/inner-exchange.ts'
import { refuseEncoded } from '../requests/multipart-form.ts'
import { receiveText } from '../requests/request-body.ts'
import type { Call, Route } from '../requests/router.ts'
import { matchRoute } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { signalOf } from '../requests/synthesis.ts'
import { respond, sendError } from '../transport/respond.ts'

/** Bytes of one message: a text and what is around it. */
const MAX_MESSAGE_BYTES = 1024 * 1024
/** Messages of one body, as early versions of the protocol have it: each costs milliseconds. */
const MAX_BATCH = 10

/** `routes` are those that tools may ask. */
export function mcpRoutes(context: ServerContext, routes: readonly Route[]): Route[] {
  if (!context.config.mcp.enabled) return []
  return [
    {
      method: 'POST',
      pattern: '/mcp',
      policy: 'speak',
      handle: (call) => answer(context, routes, call),
    },
  ]
}

async function answer(context: ServerContext, routes: readonly Route[], call: Call): Promise<void> {
  const { exchange } = call
  refuseEncoded(exchange)
  const text = await receiveMessage(context, call)
  refuseCrowd(text)
  await textTurn()
  const request = new Request('http://localhost/mcp', {
    method: 'POST',
    headers: exchange.head.headers.filter(([name]) => /^(accept|content-type|mcp-.*)$/.test(name)) as [
      string,
      string,
    ][],
    body: text,
    signal: signalOf(exchange),
  })
  const handler = await handlerOf((path, init) => askInner(routes, call, path, init))
  try {
    const response = await handler.fetch(request)
    const body = new Uint8Array(await response.arrayBuffer())
    // The framing is this server's own.
    const headers = [...response.headers].filter(
      ([name]) => !/^(connection|content-length|transfer-encoding)$/.test(name),
    )
    respond(exchange, response.status, headers, body)
  } finally {
    await handler.close()
  }
}

/** A message holds a place while it comes. What it asks for is counted by the routes that it asks. */
async function receiveMessage(
  { ledger, config }: ServerContext,
  { exchange, client }: Call,
): Promise<string> {
  const { bodyStallMs: stallMs, minUploadBytesPerSecond: minBytesPerSecond } = config.server
  const place = ledger.lendRequest(rateKey(client), { reclaim: true })
  try {
    const { lost } = place
    return await receiveText(exchange, { maxBytes: MAX_MESSAGE_BYTES, stallMs, minBytesPerSecond, lost })
  } finally {
    place.release()
  }
}

/** Before the library looks at each of them. Throws INVALID_REQUEST. */
function refuseCrowd(text: string): void {
  if (!/^\s*\[/.test(text)) return
  const messages = parseJson(text)
  if (!Array.isArray(messages) || messages.length <= MAX_BATCH) return
  const detail = `expected at most ${MAX_BATCH} messages at a time, got ${messages.length}`
  throw new TtsError('INVALID_REQUEST', 'Too many messages', detail)
}

async function handlerOf(ask: AskApi): Promise<McpHttpHandler> {
  const [{ createMcpHandler }, { speechTools }] = await Promise.all([
    import('@modelcontextprotocol/server'),
    import('../../mcp/speech-tools.ts'),
  ])
  return createMcpHandler(() => speechTools(ask), { keepAliveMs: 0, maxSubscriptions: 1 })
}

async function askInner(
  routes: readonly Route[],
  call: Call,
  path: string,
  { method, body = '', signal }: Parameters<AskApi>[1],
): Promise<Response> {
  const match = matchRoute(routes, method, path)
  if (match.kind !== 'route') throw new TtsError('INTERNAL', 'Internal error', `no route ${method} ${path}`)
  const inner = new InnerExchange({ method, path, body, peer: call.exchange.head.peer })
  const leave = () => inner.leave()
  signal?.addEventListener('abort', leave)
  call.exchange.onAbort(leave)
  try {
    await Promise.resolve(match.route.handle({ ...call, exchange: inner, params: match.params })).catch(
      (error: unknown) => void sendError(inner, error),
    )
    const { status, headers, body: bytes } = await inner.answer
    if (status === 0)
      throw new TtsError('CANCELLED', 'Cancelled', 'expected audio to its end, got a part of it')
    return new Response(Buffer.from(bytes), { status, headers: headers as [string, string][] })
  } finally {
    signal?.removeEventListener('abort', leave)
  }
}
