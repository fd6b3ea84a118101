/**
 * The check of a request's API key.
 *
 * A key stands in `Authorization: Bearer`. Browsers cannot set headers of a WebSocket, so there it may stand in a
 * `bearer.<key>` sub-protocol. It never stands in the URL, which ends up in logs. The server keeps only hashes of keys.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { TtsError } from '../../core/errors.ts'
import { headerOf, type RequestHead } from '../transport/transport.ts'
import type { GrantedKey, KeyRing, Scope } from './key-ring.ts'

/** Sub-protocol that the server answers with when a client offers any. */
export const WS_PROTOCOL = 'light-tts'

const BEARER_PROTOCOL = 'bearer.'

/**
 * The key of a request. Undefined where no keys are in use and every caller may pass. Throws UNAUTHORIZED, 401, unless
 * it is known and in force, and 403 where it lacks the scope.
 */
export function requireKey(head: RequestHead, ring: KeyRing, scope?: Scope): GrantedKey | undefined {
  if (ring.isOpen) return undefined
  const given = keyOf(head)
  // Header values are bytes, one to a character: a key beyond ASCII counts as the client sent it.
  const digest = given === undefined ? undefined : createHash('sha256').update(given, 'latin1').digest()
  const key = digest && findKey(digest, ring)
  if (key === undefined || Date.now() >= (key.expiresMs ?? Number.POSITIVE_INFINITY)) {
    const got = given === undefined ? 'none' : key === undefined ? 'an unknown key' : 'an expired one'
    const detail = `expected Authorization: Bearer with a valid key, got ${got}`
    throw new TtsError('UNAUTHORIZED', 'Unauthorized', detail)
  }
  if (scope !== undefined && !key.scopes.includes(scope)) {
    const detail = `expected a key with the scope '${scope}', got one with ${key.scopes.join(', ') || 'none'}`
    throw new TtsError('UNAUTHORIZED', 'Forbidden', detail, { status: 403 })
  }
  return key
}

/** The sub-protocols that a WebSocket client offers, on one line or on several. */
export function offeredProtocols(head: RequestHead): string[] {
  return head.headers
    .flatMap(([name, value]) => (name === 'sec-websocket-protocol' ? value.split(',') : []))
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
function findKey(digest: Buffer, ring: KeyRing): GrantedKey | undefined {
  let found: GrantedKey | undefined
  for (const [hash, key] of ring.entries()) {
    if (timingSafeEqual(digest, Buffer.from(hash, 'hex'))) found = key
  }
  return found
}
