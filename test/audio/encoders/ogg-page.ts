/** Pages of an Ogg file, as RFC 3533 has them. */
import assert from 'node:assert/strict'

export interface Page {
  readonly flags: number
  readonly granule: number
  readonly sequence: number
  readonly stored: number
  readonly computed: number
  readonly packets: readonly Buffer[]
}

/** Written from RFC 3533 alone, bit by bit where speed does not matter. */
export function parsePages(bytes: Uint8Array): Page[] {
  const file = Buffer.from(bytes)
  const pages: Page[] = []
  for (let offset = 0; offset < file.length; ) {
    assert.equal(file.toString('latin1', offset, offset + 5), 'OggS\0')
    const segments = file[offset + 26]!
    const lacing = [...file.subarray(offset + 27, offset + 27 + segments)]
    const start = offset + 27 + segments
    const end = start + lacing.reduce((sum, size) => sum + size, 0)
    const page = Buffer.from(file.subarray(offset, end))
    page.writeUInt32LE(0, 22)
    const packets: Buffer[] = []
    let length = 0
    let from = start
    for (const size of lacing) {
      length += size
      if (size === 255) continue
      packets.push(file.subarray(from, from + length))
      from += length
      length = 0
    }
    assert.equal(from, end, 'a packet runs over the end of its page')
    pages.push({
      flags: file[offset + 5]!,
      granule: Number(file.readBigInt64LE(offset + 6)),
      sequence: file.readUInt32LE(offset + 18),
      stored: file.readUInt32LE(offset + 22),
      computed: bitwiseCrc(page),
      packets,
    })
    offset = end
  }
  return pages
}

export function bitwiseCrc(bytes: Uint8Array): number {
  let crc = 0n
  for (const byte of bytes) {
    crc ^= BigInt(byte) << 24n
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1n
      if (crc >> 32n) crc = (crc & 0xffffffffn) ^ 0x04c11db7n
    }
  }
  return Number(crc)
}

export function opusPackets(bytes: Uint8Array): Buffer[] {
  return parsePages(bytes).flatMap(({ packets }) => packets)
}
