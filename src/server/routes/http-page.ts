/** The web page at `/` (`web/`): its files, what it may load, and what it must know of this server's settings. */
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { AUDIO_FORMATS } from '../../api/speech-params.ts'
import { hasAac } from '../../audio/encoders/aac-package.ts'
import { TtsError } from '../../core/errors.ts'
import { MAX_INSTRUCTION } from '../../core/speech-style.ts'
import { PROOF_HEADERS, pageProtocol } from '../requests/page-proof.ts'
import type { Call, Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { respond, sendJson } from '../transport/respond.ts'
import type { HeaderList } from '../transport/transport.ts'
import { pageEncodeRoute } from './http-page-encode.ts'

/** In the checkout, seen from `dist/src/server/routes`. */
const FOLDER = new URL('../../../../web/', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Everything comes from here; nothing inline runs. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"

export function pageRoutes(context: ServerContext): Route[] {
  const get = (pattern: string, handle: Route['handle']): Route => ({
    method: 'GET',
    pattern,
    policy: 'public',
    handle,
  })
  return [
    get('/', (call) => sendFile(call, 'index.html')),
    get('/page/settings', ({ exchange }) => sendJson(exchange, 200, settingsBody(context), PROOF_HEADERS)),
    pageEncodeRoute(context),
    get('/page/:name', (call) => sendFile(call, call.params.name!)),
  ]
}

/** Limits are told by every refusal as well, so they need no key. */
function settingsBody({ config: { limits } }: ServerContext) {
  return {
    formats: AUDIO_FORMATS.filter((format) => format !== 'aac' || hasAac()),
    max_input_length: limits.max_input_length,
    max_live_length: limits.max_session_text_length,
    max_instruction_length: MAX_INSTRUCTION,
    max_prompt_seconds: limits.max_prompt_seconds,
    rate_limit: limits.rate_limit,
    protocol: pageProtocol,
  }
}

function sendFile({ exchange }: Call, name: string): void {
  const headers: HeaderList = [
    ['Content-Type', TYPES[extname(name)] ?? 'application/octet-stream'],
    ['Content-Security-Policy', PAGE_POLICY],
    ['X-Content-Type-Options', 'nosniff'],
    ['Cache-Control', 'no-cache'],
  ]
  respond(exchange, 200, headers, read(name))
}

const known = new Map<string, Uint8Array>()
let names: ReadonlySet<string> | undefined

/** Only what the folder lists has a name, so no path leads out of it. */
function read(name: string): Uint8Array {
  const kept = known.get(name)
  if (kept !== undefined) return kept
  names ??= new Set(listFolder())
  if (!names.has(name)) {
    const detail = names.size === 0 ? 'expected the page to be installed' : 'expected a file of the page'
    throw new TtsError('NOT_FOUND', 'Not found', `${detail}, got another name`)
  }
  const bytes = readFileSync(new URL(name, FOLDER))
  known.set(name, bytes)
  return bytes
}

function listFolder(): string[] {
  try {
    return readdirSync(FOLDER).filter((name) => TYPES[extname(name)] !== undefined)
  } catch {
    return []
  }
}
