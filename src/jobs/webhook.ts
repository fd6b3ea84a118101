/**
 * The news that a job has ended, to the address that its client named: signed as `Standard Webhooks` says
 * (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,BASE64`), tried again with longer and longer waits.
 *
 * The connection goes to the address that was checked, whatever the name means a moment later; redirects are not followed.
 */
import { createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { callableAddress, parseWebhook } from './webhook-address.ts'

const TIMEOUT_MS = 10_000
/** Waits before the second and each further try. */
export const RETRY_MS = [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000] as const

export interface WebhookMessage {
  readonly id: string
  readonly url: string
  readonly secret: string
  readonly body: string
}

/** Base64 of the HMAC over id, seconds and body. */
export function webhookSignature(secret: string, id: string, seconds: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
}

/** Resolves with whether the receiver took it: a status of 200…299 within ten seconds. */
export async function callWebhook(
  { id, url: text, secret, body }: WebhookMessage,
  allowedHosts: readonly string[],
  nowMs: number,
): Promise<boolean> {
  const url = parseWebhook(text)
  const address = await callableAddress(url, allowedHosts).catch(() => undefined)
  if (address === undefined) return false
  const seconds = Math.floor(nowMs / 1000)
  return await new Promise<boolean>((resolve) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      url,
      {
        method: 'POST',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        agent: false,
        lookup: (_host, { all }, done) => {
          const family = isIP(address)
          if (all === true) done(null, [{ address, family }])
          else done(null, address, family)
        },
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'light-tts',
          'webhook-id': id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': webhookSignature(secret, id, seconds, body),
        },
      },
      (response) => {
        const { statusCode = 0 } = response
        response.destroy()
        resolve(statusCode >= 200 && statusCode < 300)
      },
    )
    request.on('error', () => resolve(false))
    request.end(body)
  })
}
