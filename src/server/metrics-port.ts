/**
 * A second port for scrapers: `/metrics` alone, without a key. It belongs on a network that they alone reach. It
 * answers also while clients hold every connection of the first.
 */
import { createServer } from 'node:http'
import { TtsError } from '../core/errors.ts'

export interface MetricsPort {
  close(): Promise<void>
}

/** Rejects with BAD_CONFIG where the address cannot be bound. */
export async function openMetricsPort(
  host: string,
  port: number,
  read: () => Promise<{ readonly contentType: string; readonly text: string }>,
): Promise<MetricsPort> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('expected GET /metrics\n')
      return
    }
    read().then(
      ({ contentType, text }) => response.writeHead(200, { 'Content-Type': contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const detail = `expected an address for metrics that can be bound, got ${host}:${port}: ${cause.code}`
      reject(new TtsError('BAD_CONFIG', 'Cannot listen', detail, { cause }))
    })
    server.listen(port, host, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
