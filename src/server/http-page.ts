/**
 * The web page at `/`, and the status that it shows.
 *
 * Knows: which files the page consists of and what it may load. Does not know: what they do (`web/`).
 */
import { readFileSync } from 'node:fs'
import { TtsError } from '../core/errors.ts'
import type { SynthesizerStatus } from '../core/speech-port.ts'
import { respond, sendJson } from './respond.ts'
import type { Route } from './router.ts'
import type { ServerContext } from './server-context.ts'

/** In the checkout, seen from `dist/src/server`. */
const FOLDER = new URL('../../../web/', import.meta.url)

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'pictures.js': 'text/javascript; charset=utf-8',
  'speech.js': 'text/javascript; charset=utf-8',
  'wav.js': 'text/javascript; charset=utf-8',
  'player.js': 'text/javascript; charset=utf-8',
  'player-worklet.js': 'text/javascript; charset=utf-8',
}

/** Everything comes from here; nothing inline runs. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'"

export function pageRoutes(context: ServerContext): Route[] {
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
  return [
    page('/', 'index.html'),
    ...Object.keys(FILES).map((name) => page(`/page/${name}`, name)),
    {
      method: 'GET',
      pattern: '/v1/status',
      policy: 'key',
      handle: ({ exchange }) => sendJson(exchange, 200, statusBody(context.synthesizer.status())),
    },
  ]
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

/** The status in the API's own spelling. */
function statusBody({ state, active, queued, devices }: SynthesizerStatus) {
  return {
    state,
    active,
    queued,
    devices: devices.map((device) => ({
      name: device.name,
      healthy: device.healthy,
      slots: device.slots,
      llm_slots: device.llmSlots,
      flow_state_bytes: device.flowStateBytes,
      llm_batch: device.llmBatch,
      acoustic_batch: device.acousticBatch,
      llm_busy: device.llmBusy,
      acoustic_busy: device.acousticBusy,
    })),
  }
}
