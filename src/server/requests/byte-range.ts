/** Which part of a file a request asks for: `Range`, `If-Range`, `If-None-Match` (RFC 9110, 13 and 14). */
import { headerOf, type RequestHead } from '../transport/transport.ts'

export type Wanted =
  | { readonly kind: 'all' }
  /** First and last byte. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  /** The client has it already. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'outside' }

export interface FileFacts {
  readonly bytes: number
  /** With its quotation marks. */
  readonly etag: string
  /** Unix ms. */
  readonly modifiedMs: number
}

/** A range that is no range, or several of them, is no range asked for. */
export function wantedPart(head: RequestHead, file: FileFacts): Wanted {
  const known = headerOf(head, 'if-none-match')
  if (known !== undefined && (known.trim() === '*' || etagsOf(known).includes(file.etag)))
    return { kind: 'unchanged' }
  const range = headerOf(head, 'range')
  if (range === undefined || head.method !== 'GET' || !isStill(headerOf(head, 'if-range'), file))
    return { kind: 'all' }
  const [, from = '', to = ''] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(range) ?? []
  if (from === '' && to === '') return { kind: 'all' }
  if (from === '') {
    const count = Math.min(Number(to), file.bytes)
    return count === 0
      ? { kind: 'outside' }
      : { kind: 'part', first: file.bytes - count, last: file.bytes - 1 }
  }
  const first = Number(from)
  const last = to === '' ? file.bytes - 1 : Math.min(Number(to), file.bytes - 1)
  if (to !== '' && Number(to) < first) return { kind: 'all' }
  return first >= file.bytes ? { kind: 'outside' } : { kind: 'part', first, last }
}

/** What was loaded before is a part of this file. */
function isStill(condition: string | undefined, { etag, modifiedMs }: FileFacts): boolean {
  if (condition === undefined) return true
  if (condition.startsWith('"') || condition.startsWith('W/')) return condition === etag
  return Date.parse(condition) === Math.floor(modifiedMs / 1000) * 1000
}

function etagsOf(list: string): string[] {
  return list.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
}
