/**
 * A WebSocket by hand, for frames that no client library would send and sockets that do not read.
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export interface WsFrame {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
}

export interface RawWebSocket {
  readonly socket: Socket
  /** Status line and headers of the handshake's answer. */
  readonly head: string
  /** Frames so far; text, binary and control alike. */
  readonly frames: WsFrame[]
  /** Why parsing stopped, if it did: the server must never send a malformed frame. */
  malformed: string | undefined
  send(frame: Uint8Array): void
  /** Code of the close frame (1006 without one) once the connection is closed. */
  readonly closed: Promise<number>
}

export async function openRawWebSocket(
  port: number,
  options: { path?: string; headers?: string; paused?: boolean } = {},
): Promise<RawWebSocket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${options.path ?? '/inference_zero_shot_bistream'} HTTP/1.1\r\nHost: tts.test\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${options.headers ?? ''}\r\n`,
  )
  let buffered = Buffer.alloc(0)
  const head = await new Promise<string>((resolve, reject) => {
    socket.once('close', () => reject(new Error(`closed in the handshake: ${buffered.toString()}`)))
    socket.on('data', function take(chunk: Buffer) {
      buffered = Buffer.concat([buffered, chunk])
      const end = buffered.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', take)
      const text = buffered.toString('latin1', 0, end)
      buffered = buffered.subarray(end + 4)
      resolve(text)
    })
  })
  const frames: WsFrame[] = []
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => {
      const close = frames.find(({ opcode }) => opcode === 8)
      resolve(close === undefined ? 1006 : close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0))
    })
  })
  const raw: RawWebSocket = {
    socket,
    head,
    frames,
    malformed: undefined,
    closed,
    send: (frame) => socket.write(frame),
  }
  const take = (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    for (;;) {
      const frame = readFrame(buffered)
      if (frame === undefined) return
      if (typeof frame === 'string') {
        raw.malformed = frame
        socket.destroy()
        return
      }
      frames.push(frame.frame)
      buffered = buffered.subarray(frame.bytes)
    }
  }
  take(Buffer.alloc(0))
  socket.on('data', take)
  if (options.paused === true) socket.pause()
  return raw
}

/** One client frame; `mask: false` and the bits let a test break the rules. */
export function wsFrame(
  opcode: number,
  payload: string | Uint8Array,
  options: { fin?: boolean; mask?: boolean; rsv?: number } = {},
): Buffer {
  const body = Buffer.from(payload)
  const first = (options.fin === false ? 0 : 0x80) | ((options.rsv ?? 0) << 4) | opcode
  const isMasked = options.mask !== false
  const size = body.length
  const length =
    size < 126
      ? Buffer.from([size])
      : size < 65_536
        ? Buffer.from([126, size >> 8, size & 255])
        : Buffer.from([
            127,
            0,
            0,
            0,
            0,
            (size >>> 24) & 255,
            (size >>> 16) & 255,
            (size >>> 8) & 255,
            size & 255,
          ])
  if (isMasked) length[0]! |= 0x80
  const mask = Buffer.from([1, 2, 3, 4])
  const sent = isMasked ? body.map((byte, i) => byte ^ mask[i % 4]!) : body
  return Buffer.concat([Buffer.from([first]), length, isMasked ? mask : Buffer.alloc(0), sent])
}

function readFrame(bytes: Buffer): { frame: WsFrame; bytes: number } | string | undefined {
  if (bytes.length < 2) return undefined
  if ((bytes[0]! & 0x70) !== 0) return 'reserved bits are set'
  if ((bytes[1]! & 0x80) !== 0) return 'a server frame is masked'
  const opcode = bytes[0]! & 15
  if (![0, 1, 2, 8, 9, 10].includes(opcode)) return `opcode ${opcode}`
  let size = bytes[1]! & 127
  let at = 2
  if (size === 126) {
    if (bytes.length < 4) return undefined
    size = bytes.readUInt16BE(2)
    at = 4
  } else if (size === 127) {
    if (bytes.length < 10) return undefined
    size = Number(bytes.readBigUInt64BE(2))
    at = 10
  }
  if (bytes.length < at + size) return undefined
  return {
    frame: { fin: (bytes[0]! & 0x80) !== 0, opcode, payload: bytes.subarray(at, at + size) },
    bytes: at + size,
  }
}
