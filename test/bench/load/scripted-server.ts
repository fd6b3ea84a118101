/** A server that speaks by a script, over HTTP and the WebSocket, and remembers when it really did what. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { nowMs } from '../../../bench/load/clock.ts'
import { wavHeader } from '../../../src/audio/wav-writer.ts'

export interface Sent {
  /** When the request's head had come (WebSocket: its first text). */
  readonly receivedMs: number
  /** The request's body, or the WebSocket's messages, one a line. */
  asked: string
  /** When each chunk was handed to the socket. */
  readonly chunks: number[]
  endedMs: number
}

export interface Script {
  /** ms before each chunk. */
  readonly delaysMs: readonly number[]
  /** Milliseconds of audio in each. */
  readonly audioMs: number
  /** How much of the beginning is silence. */
  readonly silenceMs?: number
  readonly status?: number
  /** Seconds, told with the status. */
  readonly retryAfter?: number
  /** Ends the connection in the middle. */
  readonly cut?: boolean
  /** Raw samples without a header, at this rate. */
  readonly rawRate?: number
}

export interface ScriptedServer {
  readonly url: string
  readonly sent: readonly Sent[]
  close(): Promise<void>
}

const RATE = 16_000

/** `scriptOf` chooses by the request's number. */
export async function startScripted(
  scriptOf: (index: number) => Script,
  host = '127.0.0.1',
): Promise<ScriptedServer> {
  const sent: Sent[] = []
  let count = 0
  const begin = (): Sent => {
    const record: Sent = { receivedMs: nowMs(), asked: '', chunks: [], endedMs: 0 }
    sent.push(record)
    return record
  }
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.end('{}')
    const script = scriptOf(count++)
    const record = begin()
    for await (const piece of request) record.asked += piece
    if (script.status !== undefined) {
      const headers = script.retryAfter === undefined ? {} : { 'Retry-After': String(script.retryAfter) }
      response.writeHead(script.status, headers).end('{"message":"no","error_code":"OVERLOADED"}')
      return
    }
    await answer(response, script, record)
  })
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    let record: Sent | undefined
    socket.on('message', async (data, isBinary) => {
      if (isBinary) return
      const message = data.toString()
      if (!message.includes('tts_text')) return
      record ??= begin()
      record.asked += `${message}\n`
      if (!JSON.parse(message).finish) return
      const script = scriptOf(count++)
      if (script.status !== undefined) {
        socket.send(`{"message":"no","error_code":"OVERLOADED","retry_after":${script.retryAfter}}`)
        socket.close(1013)
        return
      }
      await speak({ ...script, rawRate: script.rawRate ?? RATE }, record, (bytes) => socket.send(bytes))
      socket.close(1000)
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    sent,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(response: ServerResponse, script: Script, record: Sent): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  response.socket?.setNoDelay(true)
  await speak(script, record, (bytes) => response.write(bytes))
  if (script.cut === true) response.socket?.resetAndDestroy()
  else response.end()
}

async function speak(script: Script, record: Sent, send: (bytes: Buffer) => void): Promise<void> {
  const rate = script.rawRate ?? RATE
  const perChunk = (rate * script.audioMs) / 1000
  const silent = (rate * (script.silenceMs ?? 0)) / 1000
  const samples = Int16Array.from({ length: perChunk * script.delaysMs.length }, (_, i) =>
    i < silent ? 0 : 8000 * Math.cos((i - silent) / 10),
  )
  for (const [i, delay] of script.delaysMs.entries()) {
    await sleep(delay)
    const bytes = Buffer.from(samples.buffer, 2 * i * perChunk, 2 * perChunk)
    const whole = i === 0 && script.rawRate === undefined ? Buffer.concat([wavHeader(rate), bytes]) : bytes
    record.chunks.push(nowMs())
    send(whole)
  }
  record.endedMs = nowMs()
}
