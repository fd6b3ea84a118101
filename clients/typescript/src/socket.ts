/** A WebSocket in browsers and in Node, as this package needs it. */
import { LightTTSError } from './errors.ts'

export interface Socket {
  send(data: string | Uint8Array): void
  close(): void
  onMessage: (data: string | Uint8Array) => void
  onClose: (code: number, reason: string) => void
}

/** The part of the standard's class that is used here. */
interface StandardSocket {
  binaryType: string
  send(data: string | Uint8Array): void
  close(code?: number): void
  addEventListener(type: string, listener: (event: never) => void): void
}

type StandardSocketClass = new (url: string, protocols: string[]) => StandardSocket

const LOST = 1006

/** Opens a WebSocket; rejects with a `LightTTSError` where that fails or takes longer than `timeoutMs`. */
export async function openSocket(
  url: string,
  apiKey: string | undefined,
  timeoutMs: number,
): Promise<Socket> {
  const WebSocketClass = await findClass()
  // Browsers cannot set headers on a handshake.
  const protocols = apiKey === undefined ? [] : ['light-tts', `bearer.${apiKey}`]
  const bare = new WebSocketClass(url, protocols)
  bare.binaryType = 'arraybuffer'
  const socket: Socket = {
    send: (data) => bare.send(data),
    close: () => bare.close(1000),
    onMessage: () => {},
    onClose: () => {},
  }
  bare.addEventListener('message', ({ data }: { data: string | ArrayBuffer }) =>
    socket.onMessage(typeof data === 'string' ? data : new Uint8Array(data)),
  )
  await new Promise<void>((resolve, reject) => {
    const fail = (detail: string, kind: 'unreachable' | 'timeout' = 'unreachable') =>
      reject(new LightTTSError('The session cannot be opened', { kind, detail }))
    const timer = setTimeout(() => {
      fail(`expected an answer within ${timeoutMs} ms, got none`, 'timeout')
      bare.close()
    }, timeoutMs)
    bare.addEventListener('open', () => {
      clearTimeout(timer)
      resolve()
    })
    // Browsers tell nothing of a refused handshake; `ws` does.
    bare.addEventListener('error', ({ message }: { message?: string }) => fail(message ?? url))
    bare.addEventListener('close', ({ code, reason }: { code: number; reason: string }) => {
      clearTimeout(timer)
      fail(reason || `closed with ${code}`)
      socket.onClose(code ?? LOST, reason ?? '')
    })
  })
  return socket
}

async function findClass(): Promise<StandardSocketClass> {
  const standard = (globalThis as { WebSocket?: StandardSocketClass }).WebSocket
  if (standard !== undefined) return standard
  try {
    // A name that bundlers for browsers do not follow.
    const name = 'ws'
    const module = (await import(name)) as { WebSocket: StandardSocketClass }
    return module.WebSocket
  } catch (cause) {
    const detail = 'this Node has no WebSocket: install the package ws, or use Node 22'
    throw new LightTTSError('The session cannot be opened', { kind: 'unreachable', detail, cause })
  }
}
