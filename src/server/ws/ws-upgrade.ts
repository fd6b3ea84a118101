/**
 * The answer to a WebSocket handshake on the one route that takes one.
 *
 * All checks come before the answer, so a refusal is an ordinary HTTP response.
 */
import { errorBody, toTtsError } from '../../api/error-body.ts'
import { TtsError } from '../../core/errors.ts'
import { assertHost } from '../requests/allowed-hosts.ts'
import { offeredProtocols, requireKey, WS_PROTOCOL } from '../requests/api-keys.ts'
import { withoutBase } from '../requests/base-path.ts'
import { rateKey } from '../requests/client-address.ts'
import { mayOpenWebSocket, originNotAllowed } from '../requests/cors.ts'
import type { GrantedKey } from '../requests/key-ring.ts'
import { isPageProtocol } from '../requests/page-proof.ts'
import { requestIdOf } from '../requests/request-id.ts'
import type { Route } from '../requests/router.ts'
import { assertAccepting, type ServerContext } from '../requests/server-context.ts'
import { findFramingFault, findHandshakeFault } from '../transport/request-framing.ts'
import { errorHeaders } from '../transport/respond.ts'
import {
  type HeaderList,
  headerOf,
  type PlainResponse,
  type RequestHead,
  type UpgradeDecision,
} from '../transport/transport.ts'
import { WsSession } from './ws-session.ts'

const BISTREAM_PATH = '/inference_zero_shot_bistream'
const SCOPE = 'speak'

/** The transport's upgrade handler. Open sessions are kept in `sessions`. */
export function createUpgrade(
  context: ServerContext,
  sessions: Set<WsSession>,
): (head: RequestHead) => UpgradeDecision {
  return (arrived) => {
    const head = withoutBase(arrived, context.config.server.basePath)
    const requestId = requestIdOf(head)
    try {
      let key = checkHandshake(context, head)
      const client = context.addressOf(head)
      const release = context.ledger.takeWebSocket(rateKey(client))
      const log = context.log.child({ request_id: requestId })
      return {
        accept: true,
        protocol: chooseProtocol(head),
        open: (socket) => {
          const session: WsSession = new WsSession(context, socket, {
            client,
            get key() {
              return key
            },
            checkKey: () => {
              key = requireKey(head, context.keys, SCOPE)
            },
            log,
            beginTrace: () =>
              context.traces?.begin('websocket synthesis', (name) => headerOf(head, name), {
                'http.route': BISTREAM_PATH,
              }),
            release: () => {
              sessions.delete(session)
              release()
            },
          })
          sessions.add(session)
          log.info({ route: BISTREAM_PATH }, 'websocket opened')
          return session
        },
        abandoned: release,
      }
    } catch (cause) {
      const error = toTtsError(cause)
      context.log.info(
        { request_id: requestId, error_code: error.code, status: error.status },
        'websocket refused',
      )
      return { accept: false, response: refusal(error, requestId) }
    }
  }
}

/** The same path without a handshake, which says what is expected there. */
export function upgradeRoutes(): Route[] {
  return [
    {
      method: 'GET',
      pattern: BISTREAM_PATH,
      policy: 'key',
      handle: () => {
        throw new TtsError('INVALID_REQUEST', 'Upgrade required', 'expected Upgrade: websocket', {
          status: 426,
        })
      },
    },
  ]
}

/** Whose socket it will be; see `requireKey`. */
function checkHandshake(context: ServerContext, head: RequestHead): GrantedKey | undefined {
  const fault = findFramingFault(head) ?? findHandshakeFault(head)
  if (fault !== undefined) {
    throw new TtsError('INVALID_REQUEST', 'Malformed request', fault.detail, { status: fault.status })
  }
  const { allowedOrigins, allowedHosts } = context.config.server
  assertHost(head, allowedHosts)
  const key = requireKey(head, context.keys, SCOPE)
  if (head.path.replace(/\/$/, '') !== BISTREAM_PATH) {
    throw new TtsError(
      'NOT_FOUND',
      'Not found',
      `expected ${BISTREAM_PATH} for a WebSocket, got another path`,
    )
  }
  if (!mayOpenWebSocket(head, allowedOrigins)) throw originNotAllowed()
  assertAccepting(context)
  return key
}

/** Browsers fail a handshake that answers none of the sub-protocols they offered. */
function chooseProtocol(head: RequestHead): string | undefined {
  const offered = offeredProtocols(head)
  if (offered.includes(WS_PROTOCOL)) return WS_PROTOCOL
  return offered.find((name) => !name.startsWith('bearer.') && !isPageProtocol(name))
}

function refusal(error: TtsError, requestId: string): PlainResponse {
  const headers: HeaderList = [
    ['Content-Type', 'application/json'],
    ...errorHeaders(error),
    ...(error.status === 426 ? ([['Sec-WebSocket-Version', '13']] as const) : []),
    ['X-Request-Id', requestId],
  ]
  return { status: error.status, headers, body: JSON.stringify(errorBody(error)) }
}
