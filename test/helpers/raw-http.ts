/**
 * HTTP by hand: bytes in, bytes out, on a plain socket. For what clients' libraries refuse to send or hide.
 */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly bytes: Buffer
  /** The server closed the connection. */
  readonly closed: boolean
}

/** Before the first byte of an answer: a busy machine may take its time. */
const FIRST_BYTE_MS = 15_000
const TURN_MS = 10

/** Sends the bytes and collects what comes back until the server closes or nothing more has come for `quietMs`. */
export function rawRequest(
  port: number,
  request: string | Uint8Array,
  options: { quietMs?: number; onConnect?: (socket: Socket) => void } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    let timer: NodeJS.Timeout | undefined
    let quietTurns = 0
    const finish = (closed: boolean) => {
      clearInterval(timer)
      socket.destroy()
      resolve({ bytes: Buffer.concat(parts), closed })
    }
    // Turns, not time: a process that was not scheduled for a while has not been listening.
    const turn = () => {
      const quietMs = options.quietMs ?? 150
      const limitMs = parts.length === 0 ? Math.max(FIRST_BYTE_MS, quietMs) : quietMs
      if (++quietTurns * TURN_MS >= limitMs) finish(false)
    }
    socket.on('connect', () => {
      socket.write(request)
      options.onConnect?.(socket)
      timer = setInterval(turn, TURN_MS)
    })
    socket.on('data', (chunk: Buffer) => {
      parts.push(chunk)
      quietTurns = 0
    })
    socket.on('error', () => {})
    socket.on('close', () => finish(true))
  })
}

/**
 * Sends each of `before` once the one before it is answered, then `last`, and `behind` 50 ms later. Resolves with all that came
 * until the server closed or was silent for 300 ms.
 */
export function later(
  port: number,
  before: readonly string[],
  last: string | Uint8Array,
  behind?: Uint8Array,
): Promise<RawAnswer> {
  const waiting = [...before]
  let answers = 0
  const sendBehind = (socket: Socket) => {
    if (behind !== undefined) setTimeout(() => socket.write(behind), 50)
  }
  return rawRequest(port, waiting.shift() ?? last, {
    quietMs: 300,
    onConnect: (socket) => {
      let text = ''
      if (before.length === 0) sendBehind(socket)
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        if ((text.match(/HTTP\/1\.1 \d{3} /g) ?? []).length === answers) return
        answers++
        if (answers > before.length || before.length === 0) return
        const next = waiting.shift()
        socket.write(next ?? last)
        if (next === undefined) sendBehind(socket)
      })
    },
  })
}

/** Status lines in the answer: more than one means that more than one response was sent. */
export function statusesOf(answer: RawAnswer): number[] {
  const text = answer.bytes.toString('latin1')
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1])).filter((s) => s !== 100)
}

/** A body in chunked coding, read strictly: `complete` only with its closing chunk. */
export function readChunked(bytes: Buffer): { readonly body: Buffer; readonly complete: boolean } {
  const parts: Buffer[] = []
  let at = bytes.indexOf('\r\n\r\n') + 4
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return { body: Buffer.concat(parts), complete: false }
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    if (size === 0) return { body: Buffer.concat(parts), complete: bytes.length >= end + 4 }
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
    if (bytes.length < at) return { body: Buffer.concat(parts), complete: false }
  }
}
