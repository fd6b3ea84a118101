/** A tag in front of a recording: mp3 decoders know it, other formats have it where a program added one to any file. */
import { sniff } from './formats.ts'

/**
 * 'ID3' · version u8 u8 · flags u8 · four times seven bits of length, beside these ten bytes and a footer.
 */
const HEADER_BYTES = 10
const FOOTER_FLAG = 0x10

/** The recording behind a tag, where that is no mp3; else the bytes as they are. */
export function withoutTag(bytes: Uint8Array): Uint8Array {
  const [i, d, three, , , flags, ...size] = bytes.subarray(0, HEADER_BYTES)
  if (i !== 0x49 || d !== 0x44 || three !== 0x33 || size.length < 4) return bytes
  const length = size.reduce((sum, seven) => sum * 128 + (seven & 0x7f), 0)
  const start = HEADER_BYTES + length + ((flags! & FOOTER_FLAG) === 0 ? 0 : HEADER_BYTES)
  const rest = bytes.subarray(start)
  const format = sniff(rest)
  return format === undefined || ('taken' in format && format.taken === 'mp3') ? bytes : rest
}
