/** Receives a request's body under its limits: size, pace, and the budget that all uploads share. */
import { TtsError } from '../../core/errors.ts'
import type { HttpExchange } from '../transport/transport.ts'

export interface BodyLimits {
  readonly maxBytes: number
  /** ms without a byte after which the client counts as gone. */
  readonly stallMs: number
  /** Average pace asked for once `stallMs` have passed. */
  readonly minBytesPerSecond: number
  /** Aborted where the body is wanted no more; its reason is what the client is told. */
  readonly lost: AbortSignal
}

/** Where the bytes go. `write` returns false to hold the client back until `resume` is called. */
export interface BodyTarget {
  write(chunk: Uint8Array): boolean
  onRoom(resume: () => void): void
  /** Rejects when the target wants no more; ends the pumping with the same error. */
  readonly failed?: Promise<never>
}

/** Pieces that a body may come in, and bytes for each further one: what holds a piece takes about as much memory. */
const FREE_PIECES = 2048
const BYTES_PER_PIECE = 64

/**
 * Pumps the whole body into the target. Rejects with FILE_TOO_LARGE, INVALID_REQUEST with status 408 when the client is
 * too slow. Also with 400 when it sends a body in crumbs, CANCELLED when it left, or with what the target threw. After
 * a rejection nothing is delivered any more.
 */
export function receiveBody(exchange: HttpExchange, limits: BodyLimits, target: BodyTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    let received = 0
    let pieces = 0
    let lastByteAt = started
    let isWaiting = false
    let isOver = false
    const finish = (error?: unknown) => {
      if (isOver) return
      isOver = true
      clearInterval(pace)
      if (error === undefined) resolve()
      else reject(error)
    }
    const pace = setInterval(() => {
      const now = performance.now()
      if (isWaiting) lastByteAt = now
      const isStalled = now - lastByteAt > limits.stallMs
      const due = ((now - started - limits.stallMs) / 1000) * limits.minBytesPerSecond
      if (isStalled || (!isWaiting && received < due)) finish(tooSlow(received))
    }, PACE_CHECK_MS)
    pace.unref()
    limits.lost.addEventListener('abort', () => finish(limits.lost.reason))
    exchange.onAbort(() => finish(new TtsError('CANCELLED', 'Cancelled', 'the client left')))
    target.failed?.catch(finish)
    target.onRoom(() => {
      isWaiting = false
      exchange.resumeBody()
    })
    exchange.readBody((chunk, last) => {
      if (isOver) return
      received += chunk.length
      pieces++
      lastByteAt = performance.now()
      if (pieces > FREE_PIECES && received < (pieces - FREE_PIECES) * BYTES_PER_PIECE) {
        finish(inCrumbs(received, pieces))
        return
      }
      if (received > limits.maxBytes) {
        finish(fileTooLarge(limits.maxBytes))
        return
      }
      try {
        if (chunk.length > 0 && !target.write(chunk)) {
          isWaiting = true
          exchange.pauseBody()
        }
      } catch (error) {
        finish(error)
        return
      }
      if (last) finish()
    })
  })
}

const PACE_CHECK_MS = 500

/** The whole body as text, for JSON. Rejects like `receiveBytes`. */
export async function receiveText(
  exchange: HttpExchange,
  limits: BodyLimits,
  take?: (bytes: number) => void,
): Promise<string> {
  return (await receiveBytes(exchange, limits, take)).toString('utf8')
}

/** The whole body; `take` counts bytes as they arrive. Rejects like `receiveBody`, and with what `take` throws. */
export async function receiveBytes(
  exchange: HttpExchange,
  limits: BodyLimits,
  take: (bytes: number) => void = () => {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  await receiveBody(exchange, limits, {
    write: (chunk) => {
      take(chunk.length)
      chunks.push(chunk)
      return true
    },
    onRoom: () => {},
  })
  return Buffer.concat(chunks)
}

export function fileTooLarge(maxBytes: number): TtsError {
  return new TtsError('FILE_TOO_LARGE', 'File too large', `expected at most ${maxBytes} bytes, got more`)
}

function inCrumbs(received: number, pieces: number): TtsError {
  const detail = `expected a body in pieces of ${BYTES_PER_PIECE} bytes and more, got ${received} bytes in ${pieces}`
  return new TtsError('INVALID_REQUEST', 'Malformed request', detail)
}

function tooSlow(received: number): TtsError {
  return new TtsError(
    'INVALID_REQUEST',
    'Request timeout',
    `expected the body without long pauses, got ${received} bytes`,
    { status: 408 },
  )
}
