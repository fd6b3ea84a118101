/**
 * The "Info" frame at the head of an MP3 whose length is known: it tells players what the encoder put around the
 * samples, so that exactly they are heard.
 *
 * It is a frame of silence whose unused part holds:
 *
 *   'Info' · u32 flags · u32 frames · 9 characters of encoder name · 12 bytes left zero (method, low-pass, gains, flags)
 *   · … · u24 delay and padding, 12 bits each · … · u16 checksum
 */

/** What LAME puts before the first sample; decoders add 529 of their own, which players know. */
const ENCODER_DELAY = 576
const ENCODER_NAME = 'LAME3.100'
const HAS_FRAMES = 1
const BYTES_AFTER_NAME = 27

interface Mp3Layout {
  /** Samples of a frame. */
  readonly frameSamples: number
  /** Bytes between the frame header and what is free for the tag: the side information of a mono frame. */
  readonly sideBytes: number
}

/** MPEG 1 from 32 kHz on, MPEG 2 and 2.5 below. */
function layoutOf(sampleRate: number): Mp3Layout {
  return sampleRate >= 32000 ? { frameSamples: 1152, sideBytes: 17 } : { frameSamples: 576, sideBytes: 9 }
}

/**
 * The tag's frame, to be sent before the others. `frameHeader` holds the four bytes that the encoder's frames begin
 * with: constant bit rate, so the tag's frame has their size. Bits per second and rate as given to the encoder.
 */
export function mp3InfoFrame(
  frameHeader: Uint8Array,
  sampleRate: number,
  bitsPerSecond: number,
  totalSamples: number,
): Uint8Array {
  const { frameSamples, sideBytes } = layoutOf(sampleRate)
  const frame = new Uint8Array(Math.floor((frameSamples / 8) * (bitsPerSecond / sampleRate)))
  const view = new DataView(frame.buffer)
  frame.set(frameHeader)
  // No padding slot in this frame, whatever the copied header says.
  frame[2]! &= ~0x02
  let at = 4 + sideBytes
  frame.set(Buffer.from('Info'), at)
  view.setUint32(at + 4, HAS_FRAMES)
  const padding = paddingOf(totalSamples, frameSamples)
  view.setUint32(at + 8, (ENCODER_DELAY + totalSamples + padding) / frameSamples)
  at += 12
  frame.set(Buffer.from(ENCODER_NAME), at)
  at += ENCODER_NAME.length
  // Revision 0, constant bit rate.
  frame[at] = 1
  frame[at + 11] = bitsPerSecond / 1000
  view.setUint16(at + 12, (ENCODER_DELAY << 4) | (padding >> 8))
  frame[at + 14] = padding & 0xff
  const end = at + BYTES_AFTER_NAME - 2
  view.setUint16(end, crc16(frame.subarray(0, end)))
  return frame
}

/** LAME fills the last frame, and adds another where that leaves less than its own delay to flush the filters. */
function paddingOf(totalSamples: number, frameSamples: number): number {
  const padding = frameSamples - ((totalSamples + ENCODER_DELAY) % frameSamples)
  return padding < ENCODER_DELAY ? padding + frameSamples : padding
}

/** CRC-16 with polynomial 0x8005, reflected, starting from 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}
