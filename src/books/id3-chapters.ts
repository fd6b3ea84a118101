/**
 * The tag at the head of an mp3 that says title, author and chapters (ID3v2.3 with its chapter addendum). Players of
 * audiobooks show them.
 */
import type { ChapterMark } from './audio-track.ts'

/** What a tag's size can tell. */
const MAX_BYTES = 2 ** 28 - 1

export function id3Tag(facts: {
  readonly title: string
  readonly author: string | undefined
  readonly chapters: readonly ChapterMark[]
}): Uint8Array {
  const { title, author, chapters } = facts
  const ids = chapters.map((_, index) => `ch${index}`)
  // A list names 255 of them at most.
  const listed = ids.slice(0, 255)
  const toc = Buffer.concat([nul('toc'), Buffer.from([3, listed.length]), ...listed.map(nul)])
  const frames = Buffer.concat([
    textFrame('TIT2', title),
    ...(author === undefined ? [] : [textFrame('TPE1', author)]),
    frame('CTOC', toc),
    ...chapters.map((chapter, index) => frame('CHAP', chapterBytes(ids[index]!, chapter))),
  ])
  const head = Buffer.from('ID3\u0003\0\0\0\0\0\0', 'latin1')
  if (frames.length > MAX_BYTES) return new Uint8Array(0)
  // Seven bits in each byte.
  for (let i = 0; i < 4; i++) head[6 + i] = (frames.length >> (7 * (3 - i))) & 0x7f
  return Buffer.concat([head, frames])
}

function chapterBytes(id: string, { title, start, end }: ChapterMark): Buffer {
  const times = Buffer.alloc(16, 0xff)
  times.writeUInt32BE(Math.round(start * 1000), 0)
  times.writeUInt32BE(Math.round(end * 1000), 4)
  return Buffer.concat([nul(id), times, textFrame('TIT2', title)])
}

function frame(id: string, content: Uint8Array): Buffer {
  const head = Buffer.alloc(10)
  head.write(id, 'latin1')
  head.writeUInt32BE(content.length, 4)
  return Buffer.concat([head, content])
}

/** UTF-16 with its mark. */
function textFrame(id: string, text: string): Buffer {
  return frame(id, Buffer.concat([Buffer.from([1, 0xff, 0xfe]), Buffer.from(text, 'utf16le')]))
}

function nul(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'latin1')
}
