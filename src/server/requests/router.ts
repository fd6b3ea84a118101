/**
 * The look-up of a path and method: which handler they lead to, and which key that needs.
 *
 * A route without a policy does not compile. A path that no route names needs a key too, so that answers without a key
 * tell nothing.
 */
import type { Logger } from 'pino'
import type { Trace } from '../../core/trace.ts'
import type { HttpExchange } from '../transport/transport.ts'
import type { GrantedKey, Scope } from './key-ring.ts'

/** `public`: without a key. `key`: any valid API key where keys are in use; a scope: one that has it. */
export type AccessPolicy = 'public' | 'key' | Scope

/** One request on its way through the handlers. */
export interface Call {
  readonly exchange: HttpExchange
  /** Values of `:name` parts of the pattern, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly requestId: string
  /** The client's address, behind trusted proxies. */
  readonly client: string
  /** The caller's key; undefined where no keys are in use, and on public routes. */
  readonly key: GrantedKey | undefined
  /** What voices and words of that key belong to. */
  readonly owner: string | undefined
  readonly log: Logger
  /** Undefined where none is kept. */
  readonly trace: Trace | undefined
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Literal parts and `:name` parts. */
  readonly pattern: string
  readonly policy: AccessPolicy
  readonly handle: (call: Call) => Promise<void> | void
}

export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path exists, under these methods. */
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' }

/** One trailing slash is the same path; GET routes answer HEAD too. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const parts = split(path)
  const wanted = method === 'HEAD' ? 'GET' : method
  const allowed: string[] = []
  for (const route of routes) {
    const params = matchPattern(split(route.pattern), parts)
    if (params === undefined) continue
    if (route.method === wanted) return { kind: 'route', route, params }
    allowed.push(route.method)
  }
  return allowed.length > 0 ? { kind: 'method', allowed } : { kind: 'none' }
}

function matchPattern(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = Object.create(null)
  for (const [i, want] of pattern.entries()) {
    const got = parts[i]!
    if (!want.startsWith(':')) {
      if (want !== got) return undefined
      continue
    }
    try {
      params[want.slice(1)] = decodeURIComponent(got)
    } catch {
      return undefined
    }
  }
  return params
}

function split(path: string): string[] {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return trimmed.split('/')
}
