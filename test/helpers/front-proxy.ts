/** A proxy as people put one in front: TLS or not, below a path, with a `Host` of its own; requests and WebSockets. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { TestContext } from 'node:test'
import { selfSigned } from './self-signed.ts'

export interface FrontProxyOptions {
  readonly isTls?: boolean
  /** What stands before the server's own paths, such as `/tts`. */
  readonly path?: string
  /** Whether the server gets that too. */
  readonly keepsPath?: boolean
}

/** Its port. What does not begin with the path is 404. */
export async function startFrontProxy(
  test: TestContext,
  to: number,
  { isTls = false, path = '', keepsPath = false }: FrontProxyOptions,
): Promise<number> {
  const target = ({ url = '/' }: IncomingMessage) => {
    if (!url.startsWith(path)) return undefined
    return keepsPath ? url : url.slice(path.length)
  }
  const headersOf = ({ headers }: IncomingMessage) => ({ ...headers, host: `127.0.0.1:${to}` })
  const proxy = isTls ? createTlsServer(selfSigned()) : createServer()
  proxy.on('request', (asked, answer) => {
    const url = target(asked)
    if (url === undefined) {
      answer.writeHead(404).end()
      return
    }
    const onward = request(
      { port: to, path: url, method: asked.method, headers: headersOf(asked) },
      (got) => {
        answer.writeHead(got.statusCode!, got.headers)
        got.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  proxy.on('upgrade', (asked: IncomingMessage, client, head) => {
    const lines = Object.entries(headersOf(asked)).map(([name, value]) => `${name}: ${String(value)}`)
    const onward = connect(to, '127.0.0.1', () => {
      onward.write(`GET ${target(asked)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      onward.write(head)
      onward.pipe(client)
      client.pipe(onward)
    })
    onward.on('error', () => client.destroy())
    client.on('error', () => onward.destroy())
    client.on('close', () => onward.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  test.after(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const place = proxy.address() as AddressInfo
  assert(place.port > 0)
  return place.port
}
