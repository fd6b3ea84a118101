/**
 * A second port for scrapers: `/metrics` alone, without a key. It belongs on a network that they alone reach. It
 * answers also while clients hold every connection of the first.
 */
import { createServer } from 'node:http'
import { listening } from '../core/listening.ts'
import type { Scrape } from './requests/server-context.ts'

export interface MetricsPort {
  close(): Promise<void>
}

/** Rejects with BAD_CONFIG where the address cannot be bound. */
export async function openMetricsPort(
  host: string,
  port: number,
  read: () => Promise<Scrape>,
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
  await listening(server, { host, port }, ' for metrics')
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
