/** A port for a server of a benchmark. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Free on the loopback address when it was asked. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
