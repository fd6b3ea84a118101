/**
 * How the server's own page shows that it is, where a proxy changes Host and plain http leaves no Sec-Fetch-Site.
 *
 * Other pages cannot send this header: their browser asks first, and only listed origins are answered. A WebSocket has
 * no headers of its own: the page offers a word that it read here, which other pages cannot read.
 */
import { randomBytes } from 'node:crypto'
import { type HeaderList, headerOf, type RequestHead } from '../transport/transport.ts'
import { offeredProtocols } from './api-keys.ts'

const HEADER = 'x-light-tts-page'
const PROTOCOL = 'page.'

/** Of this process: a page that was loaded before a restart may need to be loaded again. */
const word = randomBytes(16).toString('hex')

/** What the page reads, and no page of another origin can: answers with it have no CORS headers but for listed origins. */
export const pageProtocol = `${PROTOCOL}${word}`

/** What such an answer says, so that no shared cache keeps a word of another process. */
export const PROOF_HEADERS: HeaderList = [['Cache-Control', 'no-store']]

export function isOwnRequest(head: RequestHead): boolean {
  return headerOf(head, HEADER) !== undefined
}

export function isOwnSocket(head: RequestHead): boolean {
  return offeredProtocols(head).includes(pageProtocol)
}

export function isPageProtocol(name: string): boolean {
  return name.startsWith(PROTOCOL)
}
