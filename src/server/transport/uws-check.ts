/** Proves before serving that a build of uWebSockets.js takes connections over and gives them back. */
import { connect, createServer, Socket } from 'node:net'
import { type Descriptors, descriptorOf } from './socket-descriptor.ts'
import { openAdoption } from './uws-adoption.ts'
import type { UwsLibrary } from './uws-library.ts'
import { UwsReturns } from './uws-returns.ts'

const CHECK_MS = 2000
const HEAD = 'Host: check\r\n\r\n'
/** What uWebSockets.js answers twice, and what it must not see. */
const ASKED = [`GET / HTTP/1.1\r\n${HEAD}`, `GET /again HTTP/1.1\r\n${HEAD}`, `BREW / HTTP/1.1\r\n${HEAD}`]

/** On a loopback connection. Rejects where the answers are others. */
export async function checkAdoption(uws: UwsLibrary, descriptors: Descriptors): Promise<void> {
  const returns = new UwsReturns(descriptors, (descriptor) =>
    setImmediate(() => new Socket({ fd: descriptor, readable: true, writable: true }).end('returned')),
  )
  const app = uws.createApp().any('/*', (res) => {
    res.end('adopted')
  })
  const adoption = await openAdoption(uws, app, descriptors, (connection) => returns.look(connection))
  returns.use(adoption.reads)
  const front = createServer({ pauseOnConnect: true }, (socket) => {
    const descriptor = descriptorOf(socket)
    if (descriptor !== undefined) adoption.adopt(descriptor)
    socket.destroy()
  })
  try {
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as { port: number }
    const answers = await converse(port)
    if (!/adopted.+adoptedreturned$/s.test(answers)) {
      throw new Error('expected two answers of an adopted connection and its return, got something else')
    }
  } finally {
    front.close()
    adoption.reads.stop()
    app.close()
    adoption.close()
  }
}

/** Sends each request after the answer to the one before; resolves with all that came until the end. */
function converse(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    let next = 0
    const ask = () => {
      const request = ASKED[next++]
      if (request !== undefined) socket.write(request)
    }
    const socket = connect(port, '127.0.0.1', ask)
    socket.setTimeout(CHECK_MS, () => socket.destroy(new Error('no answer')))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.endsWith('adopted')) ask()
    })
    socket.on('close', () => resolve(text))
  })
}
