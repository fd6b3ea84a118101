/**
 * Ogg pages (RFC 3533): the container of an Opus stream.
 *
 *   'OggS' · u8 version · u8 flags · i64 granule position · u32 serial · u32 sequence · u32 checksum · u8 segments
 *   segment table: a packet of n bytes is ⌊n / 255⌋ times 255, then n mod 255 · packets
 */

export const FIRST_PAGE = 2
export const LAST_PAGE = 4

/** Entries of a segment table. */
export const MAX_SEGMENTS = 255
const HEADER_BYTES = 27

/** Segments that a packet of this many bytes takes. */
export function segmentsOf(packetBytes: number): number {
  return Math.floor(packetBytes / 255) + 1
}

/** A page of whole packets, which must fit: at most 255 segments together. */
export function oggPage(
  packets: readonly Uint8Array[],
  header: {
    readonly flags: number
    readonly granule: number
    readonly serial: number
    readonly sequence: number
  },
): Uint8Array {
  const lacing = packets.flatMap((packet) => [
    ...new Array<number>(segmentsOf(packet.length) - 1).fill(255),
    packet.length % 255,
  ])
  const bodyBytes = packets.reduce((sum, packet) => sum + packet.length, 0)
  const page = new Uint8Array(HEADER_BYTES + lacing.length + bodyBytes)
  const view = new DataView(page.buffer)
  page.set([0x4f, 0x67, 0x67, 0x53])
  page[5] = header.flags
  view.setBigInt64(6, BigInt(header.granule), true)
  view.setUint32(14, header.serial, true)
  view.setUint32(18, header.sequence, true)
  page[26] = lacing.length
  page.set(lacing, HEADER_BYTES)
  let at = HEADER_BYTES + lacing.length
  for (const packet of packets) {
    page.set(packet, at)
    at += packet.length
  }
  // Computed with the field itself as zero.
  view.setUint32(22, checksum(page), true)
  return page
}

/** CRC-32 with polynomial 0x04c11db7, not reflected, starting from 0, as Ogg alone uses it. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc
})

function checksum(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = (crc << 8) ^ TABLE[(crc >>> 24) ^ byte]!
  return crc >>> 0
}
