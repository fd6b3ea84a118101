/**
 * The transport on `node:http` and `ws`: serves all where uWebSockets.js cannot, and accepts for it where it can. It
 * writes that library's bytes (header order and case, no headers of its own). Node's own limits are set alike.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { listening } from '../../core/listening.ts'
import { Crowd, crowdedResponse } from './crowd.ts'
import { headWithoutUpgrade, wantsWebSocket } from './declined-upgrade.ts'
import { findParserFault, type ParserError } from './malformed-request.ts'
import { NodeExchange, readNodeHead } from './node-exchange.ts'
import { NodeSocket } from './node-websocket.ts'
import {
  type OpenTransport,
  type PlainResponse,
  reasonOf,
  type Transport,
  type TransportHandler,
  type TransportOptions,
} from './transport.ts'
import { processTurns } from './turns.ts'

/** As the other transport: a head must be complete, and an idle connection used again, within this time. */
const IDLE_MS = 10_000
/** Larger than `request-framing.ts` allows, so that it and not the parser answers. */
const MAX_PARSED_HEADER_BYTES = 65_536
/** Requests that a connection may have sent before the first of them is answered: a packet has room for thousands. */
const MAX_PIPELINED = 64

// --- transport ---

/** Decides about accepted connections before any byte of them is read. */
export interface ConnectionFront {
  /** True where the connection was taken elsewhere. */
  take(socket: Socket): boolean
  /** `serveHere` serves a connection that was not accepted here, too. */
  listening(server: Server, serveHere: (socket: Socket) => void): void
}

export const openNodeTransport: OpenTransport = (options, handler) => openNodeFront(options, handler)

/** The transport, or what is left for it by a front. */
export async function openNodeFront(
  options: TransportOptions,
  handler: TransportHandler,
  front?: ConnectionFront,
): Promise<Transport> {
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
  const crowd = new Crowd(server, options.room)
  const serveHere = askFirst(server, crowd, front)
  /** The exchange that a connection is in the middle of. */
  const running = new WeakMap<Duplex, NodeExchange>()
  const unanswered = new WeakMap<Duplex, number>()
  const exchanged = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
    const { socket } = request
    const count = (unanswered.get(socket) ?? 0) + 1
    // The first of those beyond is refused, and the connection ends with its answer.
    if (count > MAX_PIPELINED + 1) return
    unanswered.set(socket, count)
    const exchange = new NodeExchange(request, response, awaitsContinue)
    const isAdmitted = count <= MAX_PIPELINED && crowd.admits(socket, exchange.head)
    running.set(socket, exchange)
    response.once('close', () => {
      unanswered.set(socket, unanswered.get(socket)! - 1)
      if (running.get(socket) === exchange) running.delete(socket)
    })
    if (isAdmitted) serve(handler, request.httpVersion, exchange)
    else {
      const { status, headers, body } = crowdedResponse()
      exchange.send(status, headers, body, { close: true })
    }
  }
  const refuse = (socket: Duplex, status: number, detail: string) => {
    handler.refused()
    answerAndClose(socket, errorResponse(status, detail))
  }
  server.on('request', (request, response) => exchanged(request, response, false))
  server.on('checkContinue', (request, response) => exchanged(request, response, true))
  server.on('checkExpectation', (request, response) => {
    const { status, headers, body } = errorResponse(417, 'expected no Expect but 100-continue, got another')
    handler.refused()
    new NodeExchange(request, response, false).send(status, headers, body, { close: true })
  })
  /** Acts once what came before on this connection is answered; never where the client leaves. */
  const inTurn = (socket: Duplex, act: () => void) => {
    const before = running.get(socket)
    if (before === undefined) act()
    else before.onceAnswered(() => socket.writable && act())
  }
  const refuseInTurn = (socket: Duplex, status: number, detail: string) =>
    inTurn(socket, () => refuse(socket, status, detail))
  server.on('connect', (_request, socket) => refuseInTurn(socket, 405, 'expected no CONNECT, got one'))
  server.on('clientError', (error: ParserError, socket) => {
    const fault = findParserFault(error)
    const exchange = running.get(socket)
    if (fault === undefined || !socket.writable) socket.destroy()
    else if (exchange === undefined || exchange.isWhole) refuseInTurn(socket, fault.status, fault.detail)
    else if (exchange.isAnswered) exchange.onceAnswered(() => socket.end())
    else {
      const { status, headers, body } = errorResponse(fault.status, fault.detail)
      if (exchange.failBody(status, headers, body)) handler.refused()
    }
  })
  const webSockets = acceptUpgrades(server, options, handler, { crowd, serveHere, inTurn })
  await listening(server, options)
  front?.listening(server, serveHere)
  return {
    name: 'node',
    library: 'node:http',
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of webSockets.clients) socket.terminate()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Connections that the front does not take are read by the server as always: what the returned function does. */
function askFirst(
  server: Server,
  crowd: Crowd,
  front: ConnectionFront | undefined,
): (socket: Socket) => void {
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[]
  const serveHere = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket)
    socket.resume()
  }
  server.removeAllListeners('connection')
  // Read by `net.Server` when it accepts; `createServer` of node:http has no option for it.
  Object.assign(server, { pauseOnConnect: true })
  server.on('connection', (socket: Socket) => {
    const isTight = crowd.accepted(socket)
    // It is not read before its turn, so that its request comes in a later one too.
    processTurns.take(() => {
      if (!server.listening) socket.destroy()
      else if (!socket.destroyed && (isTight || front?.take(socket) !== true)) serveHere(socket)
    })
  })
  return serveHere
}

function serve(handler: TransportHandler, httpVersion: string, exchange: NodeExchange): void {
  if (httpVersion === '1.1' || httpVersion === '1.0') {
    handler.request(exchange)
    return
  }
  const { status, headers, body } = errorResponse(505, 'expected HTTP/1.1 or HTTP/1.0, got another version')
  handler.refused()
  exchange.send(status, headers, body, { close: true })
}

interface UpgradeParts {
  readonly crowd: Crowd
  readonly serveHere: (socket: Socket) => void
  readonly inTurn: (socket: Duplex, act: () => void) => void
}

function acceptUpgrades(
  server: Server,
  options: TransportOptions,
  handler: TransportHandler,
  { crowd, serveHere, inTurn }: UpgradeParts,
): WebSocketServer {
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: options.maxWsMessageBytes,
    handleProtocols: () => false,
  })
  webSockets.on('headers', (lines, request) => {
    const protocol = chosenProtocols.get(request)
    if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`)
    lines.push(`Date: ${new Date().toUTCString()}`)
  })
  const upgrade = (request: IncomingMessage, socket: Duplex, firstBytes: Buffer) => {
    if (!wantsWebSocket(request)) {
      socket.unshift(Buffer.concat([headWithoutUpgrade(request), firstBytes]))
      serveHere(request.socket)
      return
    }
    const head = readNodeHead(request)
    if (!crowd.admits(request.socket, head)) {
      answerAndClose(socket, crowdedResponse())
      return
    }
    const decision = handler.upgrade(head)
    if (!decision.accept) {
      answerAndClose(socket, decision.response)
      return
    }
    if (decision.protocol !== undefined) chosenProtocols.set(request, decision.protocol)
    let isOpen = false
    socket.once('close', () => {
      if (!isOpen) decision.abandoned()
    })
    webSockets.handleUpgrade(request, socket, firstBytes, (ws) => {
      isOpen = true
      const adapted = new NodeSocket(ws, socket)
      adapted.listen(decision.open(adapted))
    })
  }
  server.on('upgrade', (request, socket, firstBytes) => {
    socket.on('error', () => socket.destroy())
    processTurns.take(() => socket.destroyed || inTurn(socket, () => upgrade(request, socket, firstBytes)))
  })
  return webSockets
}

/** The sub-protocol that the application chose, between its decision and the handshake that names it. */
const chosenProtocols = new WeakMap<IncomingMessage, string>()

/** Answers a connection that never became an exchange, then closes it. */
function answerAndClose(socket: Duplex, { status, headers, body }: PlainResponse): void {
  const lines = [`HTTP/1.1 ${status} ${reasonOf(status)}`]
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  lines.push('Connection: close', `Date: ${new Date().toUTCString()}`)
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, '', body)
  socket.on('error', () => socket.destroy())
  socket.end(lines.join('\r\n'), () => socket.destroy())
}

function errorResponse(status: number, detail: string): PlainResponse {
  const body = JSON.stringify({ message: reasonOf(status), detail, error_code: 'INVALID_REQUEST' })
  return { status, headers: [['Content-Type', 'application/json']], body }
}
