/** Which part of a file a request asks for, and under which conditions: `Range` and the `If-` headers (RFC 9110, 13 and 14). */
import { headerOf, type RequestHead } from '../transport/transport.ts'

export type Wanted =
  | { readonly kind: 'all' }
  /** First and last byte. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  /** The client has it already. */
  | { readonly kind: 'unchanged' }
  /** The client wants another one only. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'outside' }

export interface FileFacts {
  readonly bytes: number
  /** With its quotation marks. */
  readonly etag: string
  /** Unix ms. */
  readonly modifiedMs: number
}

/** A range that is no range, or several of them, is no range asked for; a date that is none is no condition. */
export function wantedPart(head: RequestHead, file: FileFacts): Wanted {
  const expected = headerOf(head, 'if-match')
  const before = secondsIn(headerOf(head, 'if-unmodified-since'))
  const isOther =
    expected === undefined ? before !== undefined && secondsOf(file) > before : !namesExactly(expected, file)
  if (isOther) return { kind: 'changed' }
  const known = headerOf(head, 'if-none-match')
  const since = secondsIn(headerOf(head, 'if-modified-since'))
  const isKnown =
    known === undefined
      ? since !== undefined && secondsOf(file) <= since
      : namesExactly(known.replaceAll(/(^|,)\s*W\//g, '$1'), file)
  if (isKnown) return { kind: 'unchanged' }
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
function isStill(condition: string | undefined, file: FileFacts): boolean {
  if (condition === undefined) return true
  if (condition.startsWith('"') || condition.startsWith('W/')) return condition === file.etag
  return secondsIn(condition) === secondsOf(file)
}

/** Headers know no parts of a second. */
function secondsOf({ modifiedMs }: FileFacts): number {
  return Math.floor(modifiedMs / 1000)
}

function secondsIn(date: string | undefined): number | undefined {
  const ms = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}

/** A list of tags, or `*`. */
function namesExactly(list: string, { etag }: FileFacts): boolean {
  return list.trim() === '*' || list.split(',').some((tag) => tag.trim() === etag)
}
