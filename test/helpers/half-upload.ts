/** A request that a draining server waits for until the test ends it: half of an upload. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** Arguments of a server that does not cut a slow upload, nor its drain. */
export const PATIENT = [
  ...['--set', 'server.drainMs=300000', '--set', 'server.bodyStallMs=600000'],
  ...['--set', 'server.minUploadBytesPerSecond=0'],
]

const BODY = '{"tts_text":"Good morning."}'

/** Resolves once the server holds the first half; `finishUpload` sends the rest. */
export async function halfUpload(url: string, t: TestContext): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  // A server that ends cuts it; the tests see that as an answer that is missing.
  socket.on('error', () => {})
  await once(socket, 'connect')
  const head = `POST /inference_zero_shot HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nExpect: 100-continue\r\n\r\n`
  socket.write(head)
  const [interim] = (await once(socket, 'data')) as [Buffer]
  if (!interim.toString('latin1').startsWith('HTTP/1.1 100')) throw new Error(`no upload: ${interim}`)
  socket.write(BODY.slice(0, 10))
  return socket
}

/** The status line that answers the whole upload; empty where the connection was cut. */
export async function finishUpload(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (piece) => (text += piece))
  socket.write(BODY.slice(10))
  if (!socket.closed) await once(socket, 'close')
  return text.split('\r\n')[0]!
}
