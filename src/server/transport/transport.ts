/**
 * What the server needs from a library that moves bytes: HTTP exchanges and WebSockets, as interfaces. `test/contract/`
 * holds both implementations (`uws-transport.ts`, `node-transport.ts`; `open-transport.ts` chooses) to the same bytes.
 */

import type { ConnectionRoom } from '../limits/connection-room.ts'

/** Name and value pairs in wire order; request names are lower case, repeated names stay separate. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

export interface RequestHead {
  /** Upper case. */
  readonly method: string
  /** As sent, percent-encoding untouched, without the query. */
  readonly path: string
  /** What follows `?`, or an empty string. */
  readonly query: string
  /** Other versions are refused by the transport. */
  readonly version: '1.0' | '1.1'
  readonly headers: HeaderList
  /** Address of the socket's other end as text; a proxy's when there is one. */
  readonly peer: string
}

/** The first value of a header, or undefined. */
export function headerOf(head: RequestHead, name: string): string | undefined {
  return head.headers.find(([key]) => key === name)?.[1]
}

/**
 * One request and its response. Every method is safe to call after the client left: it then does nothing, and writes
 * report that there is room. A response is either `send` or `beginStream` … `endStream`; `destroy` fits anywhere.
 */
export interface HttpExchange {
  /** Routes read it without `server.basePath`. */
  head: RequestHead
  /** Sent with the answer, whichever it is; to be set before there is one. */
  commonHeaders: HeaderList
  /** Of the answer, whether or not its client was still there; 0 before there is one. */
  readonly status: number
  /** There is an answer, which leaves later. */
  decide(status: number): void
  /** Nothing more can be sent: the response ended or the client is gone. */
  readonly closed: boolean
  /** Adds a listener, called once when the connection goes before the response ended; at once if it already has. */
  onAbort(listener: () => void): void
  /**
   * Hands over the body: what has arrived, then the rest. Chunks belong to the listener. Until this is called the
   * transport holds back the client after at most one socket read.
   */
  readBody(listener: (chunk: Uint8Array, last: boolean) => void): void
  pauseBody(): void
  resumeBody(): void
  /** The body has arrived in full (or there is none). */
  readonly bodyEnded: boolean
  /** The client holds the body back until `readBody` (`Expect: 100-continue`); an answer before it ends the matter. */
  readonly awaitsContinue: boolean
  /**
   * A whole response with its length. `close` ends the connection after it. A `HEAD` gets the head alone. Without
   * `close` the body must have ended: `respond.ts` sees to that. Behind `beginStream` it cuts: one request, one answer.
   */
  send(status: number, headers: HeaderList, body: Uint8Array | string, options?: { close?: boolean }): void
  /**
   * Sets the head of a response that follows in pieces, which leaves with the first `write`: chunked, or ended by closing the
   * connection where the client speaks HTTP/1.0. With `length` the client is told how many bytes come, and exactly so many
   * must be written; to a `HEAD` the head alone is sent, and the response has ended.
   */
  beginStream(status: number, headers: HeaderList, length?: number): void
  /** False when the socket is full: what was passed is still sent, but wait for `onWritable` before the next. */
  write(chunk: Uint8Array): boolean
  /** Called each time the socket has drained after a `write` that returned false. */
  onWritable(listener: () => void): void
  endStream(): void
  /** Cuts the connection, so that an unfinished response cannot look complete. */
  destroy(): void
}

/** Why a WebSocket ended: 1006 where the peer sent no close frame. */
export interface WsClosed {
  readonly code: number
  readonly reason: string
}

/** One WebSocket. Methods do nothing once it has closed. */
export interface WsSocket {
  readonly closed: boolean
  /** Bytes handed to `send` that the kernel has not taken. */
  readonly bufferedBytes: number
  /** One message of at most `MAX_WS_MESSAGE_BYTES`. Never dropped: it is sent, or the socket closes. */
  send(data: Uint8Array | string): void
  ping(): void
  /** Sends what is buffered, then a close frame. */
  end(code: number, reason: string): void
  /** Cuts the connection without a close frame. */
  terminate(): void
}

/** Longest message that may be passed to `WsSocket.send`: a listener hears the first of it early, and a close waits little. */
export const MAX_WS_MESSAGE_BYTES = 8192

/** What the application does with one accepted WebSocket. */
export interface WsListener {
  /** The data belongs to the listener. */
  message(data: Uint8Array, isBinary: boolean): void
  /** So many bytes of a message that is not whole have arrived and are held; 0 where none are. */
  arriving(bytes: number): void
  /** Buffered bytes went down. */
  drained(): void
  /** The peer answered a ping. */
  pong(): void
  /** Called exactly once, after which the socket must not be used. */
  closed(how: WsClosed): void
}

/** A response made before any exchange exists, for refusing an upgrade. */
export interface PlainResponse {
  readonly status: number
  readonly headers: HeaderList
  readonly body: string
}

export type UpgradeDecision =
  | {
      readonly accept: true
      readonly protocol: string | undefined
      open(socket: WsSocket): WsListener
      /** The handshake was given up after all; `open` will not be called. */
      abandoned(): void
    }
  | { readonly accept: false; readonly response: PlainResponse }

/** What the application does with connections. Handlers must not throw. */
export interface TransportHandler {
  request(exchange: HttpExchange): void
  /** Decides at once, before the handshake is answered. */
  upgrade(head: RequestHead): UpgradeDecision
  /** Bytes that were no request of a known kind were answered by the transport itself. */
  refused(): void
}

export interface TransportOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** Bytes of one incoming WebSocket message above which the connection is closed. */
  readonly maxWsMessageBytes: number
  readonly room: ConnectionRoom
}

export interface Transport {
  readonly name: 'uws' | 'node'
  /** Package that serves plain requests. */
  readonly library: string
  readonly port: number
  /** Stops listening and cuts every connection that is left. */
  close(): Promise<void>
}

/** Opens a listening transport; rejects where the address cannot be bound. */
export type OpenTransport = (options: TransportOptions, handler: TransportHandler) => Promise<Transport>

/** Reason phrases of the statuses this server sends. */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  304: 'Not Modified',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
}

export function reasonOf(status: number): string {
  return REASONS[status] ?? 'Unknown'
}
