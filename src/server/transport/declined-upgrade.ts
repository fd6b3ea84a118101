/**
 * Upgrades to another protocol than WebSocket, such as the `h2c` that clients of Java and `curl --http2` offer. A
 * server that does not speak it answers as if the offer were not there (RFC 9110 §7.8). Node's parser stops at any
 * offer.
 */
import type { IncomingMessage } from 'node:http'

export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return tokensOf(headers.upgrade ?? '').includes('websocket')
}

/** The head of a request as it was sent, but for the offer. */
export function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!]
    const key = name.toLowerCase()
    if (key === 'upgrade' || key === 'http2-settings') continue
    lines.push(`${name}: ${key === 'connection' ? withoutOffer(value) : value}`)
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** `Upgrade, HTTP2-Settings` → `keep-alive`, which is what an empty list means. */
function withoutOffer(connection: string): string {
  const rest = tokensOf(connection).filter((token) => token !== 'upgrade' && token !== 'http2-settings')
  return rest.length === 0 ? 'keep-alive' : rest.join(', ')
}

function tokensOf(list: string): string[] {
  return list.split(',').map((token) => token.trim().toLowerCase())
}
