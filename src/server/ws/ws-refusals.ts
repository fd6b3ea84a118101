/** What a dialogue refuses, and the code with which an error closes its socket. */
import { TtsError } from '../../core/errors.ts'

/** How an error ends the socket: our fault, try again later, too big, or the client's fault. */
export function closeCodeOf(error: TtsError): number {
  if (error.status === 413) return 1009
  if (error.code === 'DRAINING') return 1001
  if (error.status === 503 || error.status === 429) return 1013
  return error.status >= 500 ? 1011 : 1008
}

export function unexpected(expected: string, got: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Unexpected message', `expected ${expected}, got ${got}`)
}

export function cancelNotAlone(): TtsError {
  return unexpected('cancel alone', 'cancel with something else')
}

export function afterFinish(): TtsError {
  return unexpected('nothing after finish', 'more text')
}

export function idleTooLong(): TtsError {
  return new TtsError('INVALID_REQUEST', 'Idle timeout', 'expected a message, got none for too long', {
    status: 408,
  })
}

export function drainingError(): TtsError {
  return new TtsError(
    'DRAINING',
    'Server draining',
    'expected a server that takes new work, got one that stops',
  )
}
