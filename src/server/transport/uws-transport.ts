/**
 * The transport on uWebSockets.js. Node accepts every connection and looks at its first bytes. An ordinary HTTP/1.1
 * request goes to uWebSockets.js with its connection. All else (WebSockets, HTTP/1.0, slow or malformed heads) stays
 * with the twin. A connection whose later request is not ordinary goes back to it.
 */
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { openNodeFront } from './node-transport.ts'
import { isPlainRequest } from './plain-request.ts'
import { type Descriptors, descriptorOf, openDescriptors } from './socket-descriptor.ts'
import type { RequestHead, Transport, TransportHandler, TransportOptions } from './transport.ts'
import { type Adoption, openAdoption } from './uws-adoption.ts'
import { checkAdoption } from './uws-check.ts'
import { UwsExchange } from './uws-exchange.ts'
import { loadUws, type UwsLibrary, type UwsRequest, type UwsResponse } from './uws-library.ts'
import { UwsReturns } from './uws-returns.ts'

/** A slow client's 10 s timer inside the library is wound this often; our own limits decide instead. */
const REWIND_MS = 4000

/** What serving needs of the native side, once it is known to work here. */
export interface UwsParts {
  readonly uws: UwsLibrary
  readonly descriptors: Descriptors
}

/** Loads the library and proves that it takes connections over. Rejects with the reason where it cannot. */
export function prepareUws(): Promise<UwsParts> {
  prepared ??= (async () => {
    const parts = { uws: loadUws(), descriptors: openDescriptors() }
    await checkAdoption(parts.uws, parts.descriptors)
    return parts
  })()
  return prepared
}

let prepared: Promise<UwsParts> | undefined

/** Like every transport; rejects where the address cannot be bound. */
export async function openUwsTransport(
  options: TransportOptions,
  handler: TransportHandler,
  { uws, descriptors }: UwsParts,
): Promise<Transport> {
  const open = new Set<UwsExchange>()
  let serveHere: (socket: Socket) => void = (socket) => socket.destroy()
  const returns = new UwsReturns(descriptors, (descriptor, firstBytes) =>
    inOwnTurn(() => {
      const socket = socketOn(descriptor, firstBytes)
      if (socket !== undefined) serveHere(socket)
    }),
  )
  const app = uws.createApp().any('/*', (res, req) => {
    const exchange: UwsExchange = new UwsExchange(res, readHead(uws, res, req), (isKept) => {
      open.delete(exchange)
      returns.ended(exchange, connection, isKept)
    })
    const connection = returns.began(exchange)
    open.add(exchange)
    handler.request(exchange)
    exchange.handlerReturned()
  })
  const adoption = await openAdoption(uws, app, descriptors, (connection) => returns.look(connection))
  returns.use(adoption.reads)
  const front = await openNodeFront(options, handler, {
    take: (socket) => handOver(socket, descriptors, adoption),
    listening: (server, serve) => {
      serveHere = serve
      const descriptor = descriptorOf(server)
      if (descriptor !== undefined) descriptors.deferAccept(descriptor)
    },
  })
  const rewind = setInterval(() => {
    for (const exchange of open) exchange.rewindTimer()
  }, REWIND_MS)
  rewind.unref()
  return {
    name: 'uws',
    library: uws.name,
    port: front.port,
    close: async () => {
      clearInterval(rewind)
      const closed = front.close()
      for (const exchange of open) exchange.destroy()
      adoption.reads.stop()
      app.close()
      adoption.close()
      await closed
    },
  }
}

/** A read is asked about between turns, where promises and ticks would not run. */
function inOwnTurn(work: () => void): void {
  setImmediate(work)
}

/** Undefined where the client has gone in a way that the system tells at once. */
function socketOn(descriptor: number, firstBytes: Buffer): Socket | undefined {
  let socket: Socket
  try {
    socket = new Socket({ fd: descriptor, readable: true, writable: true, allowHalfOpen: true })
  } catch {
    closeSync(descriptor)
    return undefined
  }
  socket.setNoDelay(true)
  if (firstBytes.length > 0) socket.unshift(firstBytes)
  return socket
}

/** True where the connection is the library's from now on. */
function handOver(socket: Socket, descriptors: Descriptors, adoption: Adoption): boolean {
  const descriptor = descriptorOf(socket)
  if (descriptor === undefined || !isPlainRequest(descriptors.peek(descriptor))) return false
  descriptors.boundReads(descriptor)
  if (!adoption.adopt(descriptor)) return false
  // Closes our name of the connection only: it was never read from nor written to.
  socket.destroy()
  return true
}

function readHead(uws: UwsLibrary, res: UwsResponse, req: UwsRequest): RequestHead {
  const headers: [string, string][] = []
  uws.visitHeaders(req, (name, value) => headers.push([name, value]))
  return {
    method: req.getCaseSensitiveMethod(),
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    version: '1.1',
    headers,
    peer: Buffer.from(res.getRemoteAddressAsText()).toString(),
  }
}
