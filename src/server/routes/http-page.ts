/** The files of the web page at `/` (`web/`), and what the page may load. */
import { readFileSync } from 'node:fs'
import { TtsError } from '../../core/errors.ts'
import type { Route } from '../requests/router.ts'
import { respond } from '../transport/respond.ts'

/** In the checkout, seen from `dist/src/server/routes`. */
const FOLDER = new URL('../../../../web/', import.meta.url)

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'pictures.js': 'text/javascript; charset=utf-8',
  'normalised.js': 'text/javascript; charset=utf-8',
  'speech.js': 'text/javascript; charset=utf-8',
  'wav.js': 'text/javascript; charset=utf-8',
  'player.js': 'text/javascript; charset=utf-8',
  'player-worklet.js': 'text/javascript; charset=utf-8',
}

/** Everything comes from here; nothing inline runs. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'"

export function pageRoutes(): Route[] {
  const page = (pattern: string, name: string): Route => ({
    method: 'GET',
    pattern,
    policy: 'public',
    handle: ({ exchange }) =>
      respond(
        exchange,
        200,
        [
          ['Content-Type', FILES[name]!],
          ['Content-Security-Policy', PAGE_POLICY],
          ['Cache-Control', 'no-cache'],
        ],
        read(name),
      ),
  })
  return [page('/', 'index.html'), ...Object.keys(FILES).map((name) => page(`/page/${name}`, name))]
}

const read = (() => {
  const known = new Map<string, Uint8Array>()
  return (name: string): Uint8Array => {
    const bytes = known.get(name) ?? readPageFile(name)
    known.set(name, bytes)
    return bytes
  }
})()

function readPageFile(name: string): Uint8Array {
  try {
    return readFileSync(new URL(name, FOLDER))
  } catch (cause) {
    throw new TtsError('NOT_FOUND', 'Not found', 'expected the page to be installed', { cause })
  }
}
