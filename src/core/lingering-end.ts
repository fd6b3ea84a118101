/** The end of a connection that its peer is to hear out. */
import type { Duplex } from 'node:stream'

/** ms that the peer has to close its side behind our end. */
const LINGER_MS = 2000

/**
 * What was sent leaves, within `flushMs`, then our side ends. What still comes is read and forgotten: closing with bytes
 * unread would reset the connection, and unread they would hide the peer's own end.
 */
export function endLingering(connection: Duplex, flushMs: number): void {
  connection.removeAllListeners('data').on('data', () => {})
  connection.resume()
  let limit = setTimeout(() => connection.destroy(), flushMs).unref()
  connection.once('close', () => clearTimeout(limit))
  connection.end(() => {
    clearTimeout(limit)
    limit = setTimeout(() => connection.destroy(), LINGER_MS).unref()
  })
}
