/** A recording that was sent as text: base64, alone or in a data URI. */
import { sniff } from './formats.ts'
import { unsupportedAudio } from './recording.ts'

const DATA_URI = /^\s*data:[^,]{0,200},/
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/
const HEAD_CHARACTERS = 256

/**
 * The bytes that base64 text stands for; undefined where `bytes` are no such text. Throws UNSUPPORTED_AUDIO for a data
 * URI without base64. Also for text that begins like a recording and then is no base64.
 */
export function fromText(bytes: Uint8Array): Uint8Array | undefined {
  const head = latin1(bytes.subarray(0, HEAD_CHARACTERS))
  const uri = DATA_URI.exec(head)?.[0]
  if (uri === undefined && !beginsLikeRecording(head)) return undefined
  if (uri !== undefined && !/;base64,$/i.test(uri)) throw sendFile('a data URI without base64')
  const digits = latin1(bytes.subarray(uri?.length ?? 0)).replace(/\s+/g, '')
  if (!BASE64.test(digits)) throw sendFile('text that is no base64')
  return Buffer.from(digits, 'base64')
}

/** Whether the first digits of base64 text spell a format's first bytes. */
function beginsLikeRecording(head: string): boolean {
  const digits = head.trimStart().slice(0, 64)
  if (digits.length < 16 || !/^[A-Za-z0-9+/_-]{16}/.test(digits)) return false
  return sniff(Buffer.from(digits, 'base64')) !== undefined
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function sendFile(got: string) {
  return unsupportedAudio(`expected a recording, got ${got}: send it as a file`)
}
