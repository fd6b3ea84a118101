/**
 * Whether a request carries a known API key.
 *
 * Knows: only hashes of keys, and where a key may stand: `Authorization: Bearer`, or for browsers' WebSockets, which
 * cannot set headers, a `bearer.<key>` sub-protocol. Never in the URL, which ends up in logs. Does not know: routes.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { TtsError } from '../../core/errors.ts'
import { headerOf, type RequestHead } from '../transport/transport.ts'

/** Sub-protocol that the server answers with when a client offers any. */
export const WS_PROTOCOL = 'light-tts'

const BEARER_PROTOCOL = 'bearer.'

/**
 * The SHA-256 of the head's key, in hex: whose request it is. Undefined with no hashes, where everyone may pass. Throws
 * UNAUTHORIZED unless it is listed.
 */
export function requireKey(head: RequestHead, hashes: readonly string[]): string | undefined {
  if (hashes.length === 0) return undefined
  const key = keyOf(head)
  const digest = key === undefined ? undefined : createHash('sha256').update(key).digest()
  if (digest !== undefined && isListed(digest, hashes)) return digest.toString('hex')
  throw new TtsError(
    'UNAUTHORIZED',
    'Unauthorized',
    `expected Authorization: Bearer with a valid key, got ${key === undefined ? 'none' : 'an unknown key'}`,
  )
}

/** The sub-protocols that a WebSocket client offers. */
export function offeredProtocols(head: RequestHead): string[] {
  return (headerOf(head, 'sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function keyOf(head: RequestHead): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headerOf(head, 'authorization') ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const protocol = offeredProtocols(head).find((name) => name.startsWith(BEARER_PROTOCOL))
  return protocol?.slice(BEARER_PROTOCOL.length)
}

/** Compares with every hash, so that the time tells nothing about which matched or how far. */
function isListed(digest: Buffer, hashes: readonly string[]): boolean {
  let found = false
  for (const hash of hashes) {
    if (timingSafeEqual(digest, Buffer.from(hash, 'hex'))) found = true
  }
  return found
}
