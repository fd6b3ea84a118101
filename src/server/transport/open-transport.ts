/** Chooses the transport: the order of preference, and what to say where the first choice cannot serve. */
import { TtsError } from '../../core/errors.ts'
import { openNodeTransport } from './node-transport.ts'
import type { Transport, TransportHandler, TransportOptions } from './transport.ts'
import { openUwsTransport, prepareUws, type UwsParts } from './uws-transport.ts'

export type TransportChoice = 'auto' | 'uws' | 'node'

/** Opens the transport of choice. Rejects with BAD_CONFIG where `uws` is asked for and cannot serve. */
export async function openTransport(
  choice: TransportChoice,
  options: TransportOptions,
  handler: TransportHandler,
  note: (line: string) => void,
): Promise<Transport> {
  const uws = choice === 'node' ? undefined : await chooseUws(choice, note)
  return uws === undefined
    ? await openNodeTransport(options, handler)
    : await openUwsTransport(options, handler, uws)
}

/** `auto` says with one line that node:http serves where no build of uWebSockets.js can. */
export async function chooseUws(
  choice: 'auto' | 'uws',
  note: (line: string) => void,
  prepare: () => Promise<UwsParts> = prepareUws,
): Promise<UwsParts | undefined> {
  try {
    return await prepare()
  } catch (cause) {
    const reason = (cause as Error).message
    if (choice === 'uws') {
      throw new TtsError(
        'BAD_CONFIG',
        'No such transport',
        `expected uWebSockets.js to serve, got: ${reason}`,
      )
    }
    note(`uWebSockets.js cannot serve on Node ${process.versions.node} here: node:http does (${reason})`)
    return undefined
  }
}
