/** A server of Node's that listens, or words for why it cannot. */
import type { Server } from 'node:net'
import { TtsError } from './errors.ts'

/** Connections that the kernel holds until they are accepted, as far as it allows: beyond them clients are reset after seconds. */
const MAX_WAITING_CONNECTIONS = 4096

/** What was expected of an address, by the code of the system's refusal. */
const EXPECTED: Readonly<Record<string, string>> = {
  EADDRINUSE: 'to be free',
  EADDRNOTAVAIL: 'to be an address of this machine',
  EACCES: 'to be a port that this user may open (1024 or above)',
  ENOTFOUND: 'to have a host name that resolves',
  EAI_AGAIN: 'to have a host name that resolves',
  EAFNOSUPPORT: 'to be of a kind that this machine speaks (IPv4, IPv6)',
}

/** Resolves once `server` listens. Rejects with BAD_CONFIG; `purpose`, such as " for metrics", stands behind the address. */
export async function listening(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  purpose = '',
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => {
      const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      const expected = EXPECTED[cause.code ?? ''] ?? 'to be an address that can be bound'
      const detail = `expected ${address}${purpose} ${expected}, got: ${cause.message}`
      reject(new TtsError('BAD_CONFIG', 'Cannot listen', detail, { cause }))
    }
    server.once('error', refuse)
    server.listen({ port, host, backlog: MAX_WAITING_CONNECTIONS }, () => {
      server.off('error', refuse)
      // A connection that cannot be accepted, for want of descriptors say, is its client's loss alone.
      server.on('error', () => {})
      resolve()
    })
  })
}
