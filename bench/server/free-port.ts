/** A port for a server of a benchmark or a test. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below those that systems give to connections, none of which may take it before the server starts. Behind 10080, the
 * last that browsers do not ask.
 */
const FIRST = 10_081
const END = 32_000

/** Free on the loopback address when it was asked. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
