/** A server that speaks by a script and remembers when it really sent what. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../../../bench/load/clock.ts'
import { wavHeader } from '../../../src/audio/wav-writer.ts'

export interface Sent {
  /** When the last byte of the request had come. */
  readonly receivedMs: number
  /** When each chunk was handed to the socket. */
  readonly chunks: number[]
  endedMs: number
}

export interface Script {
  /** ms before each chunk. */
  readonly delaysMs: readonly number[]
  /** Milliseconds of audio in each. */
  readonly audioMs: number
  readonly status?: number
  /** Ends the connection in the middle. */
  readonly cut?: boolean
}

export interface ScriptedServer {
  readonly url: string
  readonly sent: readonly Sent[]
  close(): Promise<void>
}

const RATE = 16_000

/** `scriptOf` chooses by the request's number. */
export async function startScripted(scriptOf: (index: number) => Script): Promise<ScriptedServer> {
  const sent: Sent[] = []
  let count = 0
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.end('{}')
    const script = scriptOf(count++)
    for await (const _ of request) {
      // Read to the end.
    }
    const record: Sent = { receivedMs: nowMs(), chunks: [], endedMs: 0 }
    sent.push(record)
    if (script.status !== undefined) {
      response.writeHead(script.status).end('{"message":"no","error_code":"OVERLOADED"}')
      return
    }
    await answer(response, script, record)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(response: ServerResponse, script: Script, record: Sent): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
  response.socket?.setNoDelay(true)
  const samples = Int16Array.from(
    { length: (RATE * script.audioMs) / 1000 },
    (_, i) => 8000 * Math.sin(i / 10),
  )
  for (const [i, delay] of script.delaysMs.entries()) {
    await sleep(delay)
    const bytes = Buffer.from(samples.buffer)
    record.chunks.push(nowMs())
    response.write(i === 0 ? Buffer.concat([wavHeader(RATE), bytes]) : bytes)
  }
  record.endedMs = nowMs()
  if (script.cut === true) response.socket?.resetAndDestroy()
  else response.end()
}
