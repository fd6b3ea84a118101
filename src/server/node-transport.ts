/**
 * The transport on `node:http` and `ws`: the twin that takes over where uWebSockets.js has no binary.
 *
 * Knows: how to make Node write the same bytes as the other transport (header order and case, no headers of its own),
 * and Node's own limits, set to the same values. Does not know: routes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { TtsError } from '../core/errors.ts'
import { NodeExchange, readNodeHead } from './node-exchange.ts'
import { NodeSocket } from './node-websocket.ts'
import {
  type OpenTransport,
  type PlainResponse,
  reasonOf,
  type TransportHandler,
  type TransportOptions,
} from './transport.ts'

/** As the other transport: a head must be complete, and an idle connection used again, within this time. */
const IDLE_MS = 10_000
/** Larger than `request-framing.ts` allows, so that it and not the parser answers. */
const MAX_PARSED_HEADER_BYTES = 65_536

// --- transport ---

export const openNodeTransport: OpenTransport = async (options, handler) => {
  const server = createServer({
    maxHeaderSize: MAX_PARSED_HEADER_BYTES,
    headersTimeout: IDLE_MS,
    requestTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: 1000,
    requireHostHeader: false,
    noDelay: true,
  })
  server.maxHeadersCount = 0
  const busy = new Set<Duplex>()
  const exchanged = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
    busy.add(request.socket)
    response.once('close', () => busy.delete(request.socket))
    serve(handler, request, response, awaitsContinue)
  }
  server.on('request', (request, response) => exchanged(request, response, false))
  server.on('checkContinue', (request, response) => exchanged(request, response, true))
  server.on('checkExpectation', (request, response) => exchanged(request, response, false))
  server.on('connect', (_request, socket) => refuse(socket, errorResponse(405, 'CONNECT is not supported')))
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // A silent or slow client is cut without a word; one in the middle of a response cannot be told anything.
    if (busy.has(socket) || !socket.writable || error.code === 'ERR_HTTP_REQUEST_TIMEOUT') socket.destroy()
    else if (error.code === 'HPE_HEADER_OVERFLOW') refuse(socket, errorResponse(431, 'headers are too large'))
    else refuse(socket, errorResponse(400, 'malformed HTTP request'))
  })
  const webSockets = acceptUpgrades(server, options, handler)
  await listen(server, options)
  return {
    name: 'node',
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of webSockets.clients) socket.terminate()
      server.closeAllConnections()
      await closed
    },
  }
}

function serve(
  handler: TransportHandler,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): void {
  const exchange = new NodeExchange(request, response, awaitsContinue)
  if (request.httpVersion === '1.1') handler.request(exchange)
  else {
    const { status, headers, body } = errorResponse(505, 'only HTTP/1.1 is supported')
    exchange.send(status, headers, body, { close: true })
  }
}

function acceptUpgrades(
  server: Server,
  options: TransportOptions,
  handler: TransportHandler,
): WebSocketServer {
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxWsMessageBytes,
    handleProtocols: () => false,
  })
  webSockets.on('headers', (lines, request) => {
    const protocol = chosenProtocols.get(request)
    for (let i = 1; i < lines.length; i++) lines[i] = lowerCaseName(lines[i]!)
    if (protocol !== undefined) lines.push(`sec-websocket-protocol: ${protocol}`)
    lines.push(`date: ${new Date().toUTCString()}`)
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const decision = handler.upgrade(readNodeHead(request))
    if (!decision.accept) {
      refuse(socket, decision.response)
      return
    }
    if (decision.protocol !== undefined) chosenProtocols.set(request, decision.protocol)
    let isOpen = false
    socket.once('close', () => {
      if (!isOpen) decision.abandoned()
    })
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      isOpen = true
      const adapted = new NodeSocket(ws, socket)
      adapted.listen(decision.open(adapted))
    })
  })
  return webSockets
}

/** The sub-protocol that the application chose, between its decision and the handshake that names it. */
const chosenProtocols = new WeakMap<IncomingMessage, string>()

async function listen(server: Server, { host, port }: TransportOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new TtsError(
          'BAD_CONFIG',
          'Cannot listen',
          `expected ${host}:${port} to be free, got: ${cause.message}`,
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
}

/** Answers a connection that never became an exchange, then closes it. */
function refuse(socket: Duplex, { status, headers, body }: PlainResponse): void {
  const lines = [`HTTP/1.1 ${status} ${reasonOf(status)}`]
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  lines.push('connection: close', `date: ${new Date().toUTCString()}`)
  lines.push(`content-length: ${Buffer.byteLength(body)}`, '', body)
  socket.on('error', () => socket.destroy())
  socket.end(lines.join('\r\n'), () => socket.destroy())
}

function errorResponse(status: number, detail: string): PlainResponse {
  const body = JSON.stringify({ message: reasonOf(status), detail, error_code: 'INVALID_REQUEST' })
  return { status, headers: [['Content-Type', 'application/json']], body }
}

function lowerCaseName(line: string): string {
  const colon = line.indexOf(':')
  return line.slice(0, colon).toLowerCase() + line.slice(colon)
}
