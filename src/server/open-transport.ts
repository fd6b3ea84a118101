/**
 * Chooses the transport.
 *
 * Knows: the order of preference and what to say when the first choice has no binary here. Does not know: routes.
 */
import { openNodeTransport } from './node-transport.ts'
import type { Transport, TransportHandler, TransportOptions } from './transport.ts'
import { loadUws } from './uws-library.ts'
import { openUwsTransport } from './uws-transport.ts'

export type TransportChoice = 'auto' | 'uws' | 'node'

/**
 * Opens the transport of choice. `auto` takes uWebSockets.js where its native library loads and says so with one line
 * where it does not.
 */
export async function openTransport(
  choice: TransportChoice,
  options: TransportOptions,
  handler: TransportHandler,
  note: (line: string) => void,
): Promise<Transport> {
  if (choice === 'auto') return await openTransport(pickTransport(note), options, handler, note)
  return await (choice === 'uws' ? openUwsTransport : openNodeTransport)(options, handler)
}

/** `load` throws where the native library has no binary. */
export function pickTransport(note: (line: string) => void, load: () => unknown = loadUws): 'uws' | 'node' {
  try {
    load()
    return 'uws'
  } catch {
    note(`uWebSockets.js has no binary for Node ${process.versions.node} here: serving with node:http and ws`)
    return 'node'
  }
}
