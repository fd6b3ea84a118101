/** Clients that ask for long streams and hardly read them, from as many loopback addresses as wanted. Linux only. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import WebSocket from 'ws'

/** How listeners of a crowd treat what comes. */
export type Habit = 'reads nothing' | 'reads a byte a second' | 'reads all'
export type Way = 'http' | 'socket'

export interface Crowd {
  /** Answers so far, by status. */
  readonly statuses: Readonly<Record<string, number>>
  leave(): void
}

/** Just below the default `limits.max_text_length`. */
const LONG_TEXT = 'The river was slow and wide, and the boats went by without a sound in the evening. '
  .repeat(12)
  .slice(0, 990)
const TRICKLE_MS = 1000

/** `count` listeners, their addresses in turn 127.0.0.2, .3, … up to `addresses` of them. */
export function gather(
  url: string,
  options: {
    readonly count: number
    readonly addresses: number
    readonly way: Way
    readonly habit: Habit
  },
): Crowd {
  const statuses: Record<string, number> = {}
  const leave: (() => void)[] = []
  const answered = (status: string) => {
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  for (let i = 0; i < options.count; i++) {
    const localAddress = addressOf(i % options.addresses)
    const join = options.way === 'http' ? askByHttp : askBySocket
    leave.push(join(url, localAddress, options.habit, answered))
  }
  return {
    statuses,
    leave: () => {
      for (const each of leave) each()
    },
  }
}

export function addressOf(number: number): string {
  return `127.0.${Math.floor((number + 2) / 250)}.${(number + 2) % 250}`
}

function askByHttp(url: string, localAddress: string, habit: Habit, answered: (status: string) => void) {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), localAddress })
  const body = JSON.stringify({
    input: LONG_TEXT,
    voice: 'grace',
    response_format: 'pcm',
    stream_format: 'audio',
  })
  socket.write(
    `POST /v1/audio/speech HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  socket.once('readable', () => {
    answered(socket.read(12)?.toString('latin1').slice(9) ?? 'closed')
    listen(socket, habit)
  })
  socket.on('error', () => {})
  return () => socket.destroy()
}

function askBySocket(url: string, localAddress: string, habit: Habit, answered: (status: string) => void) {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/inference_zero_shot_bistream`, { localAddress })
  ws.on('error', () => {})
  ws.on('open', () => {
    ws.send(JSON.stringify({ voice: 'grace', tts_text: LONG_TEXT }))
    ws.send(JSON.stringify({ tts_text: LONG_TEXT.slice(0, 500), finish: true }))
    answered('open')
    // Frames are never taken apart: what the kernel does not hold stays with the server.
    const { _socket: socket } = ws as unknown as { _socket: Socket }
    socket.removeAllListeners('data')
    socket.pause()
    listen(socket, habit)
  })
  return () => ws.terminate()
}

function listen(socket: Socket, habit: Habit): void {
  if (habit === 'reads nothing') return void socket.pause()
  if (habit === 'reads all') return void socket.resume()
  const timer = setInterval(() => socket.read(1), TRICKLE_MS)
  socket.once('close', () => clearInterval(timer))
}

export interface Heard {
  readonly status: number
  /** ms from the request to its answer's head, and to the first sample; undefined where none came. */
  readonly answerMs: number
  readonly firstAudioMs: number | undefined
}

/** ms after which a newcomer gives up. */
const PATIENCE_MS = 20_000

/** One short stream from an address of its own, read to its end; status 0 where no answer came in time. */
export function newcomer(url: string, number: number): Promise<Heard> {
  const body = JSON.stringify({
    input: 'Good morning, this is a newcomer.',
    voice: 'james',
    response_format: 'pcm',
    stream_format: 'audio',
  })
  const startMs = performance.now()
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const options = { method: 'POST', localAddress: addressOf(500 + number), headers, agent: false }
    const asked = request(`${url}/v1/audio/speech`, options, (answer) => {
      const answerMs = performance.now() - startMs
      let firstAudioMs: number | undefined
      answer.on('data', () => {
        if (answer.statusCode === 200) firstAudioMs ??= performance.now() - startMs
      })
      answer.on('error', () => {})
      answer.on('close', () => resolve({ status: answer.statusCode ?? 0, answerMs, firstAudioMs }))
    })
    const timer = setTimeout(() => asked.destroy(), PATIENCE_MS)
    asked.on('close', () => {
      clearTimeout(timer)
      resolve({ status: 0, answerMs: performance.now() - startMs, firstAudioMs: undefined })
    })
    asked.on('error', () => {})
    asked.end(body)
  })
}
