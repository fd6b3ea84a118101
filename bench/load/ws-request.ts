/**
 * One synthesis over the WebSocket, timed: text in pieces, audio until the server closes.
 *
 * t0 is the first text.
 */
import { WebSocket } from 'ws'
import { nowMs } from './clock.ts'
import { keptOf, type Outcome, type Refusal, refusalOf } from './outcome.ts'
import type { PlannedRequest, Target } from './plan.ts'
import type { Arrival } from './playback.ts'
import { SampleStream } from './sample-stream.ts'

/** Over the socket a refusal is a word. */
const STATUS: Readonly<Record<string, number>> = {
  OVERLOADED: 503,
  DEADLINE_EXCEEDED: 503,
  RATE_LIMITED: 429,
}

/** Never rejects: what went wrong is in the outcome. */
export function askOverWebSocket(target: Target, planned: PlannedRequest, dueMs: number): Promise<Outcome> {
  const rate = target.dialect === 'lighttts' ? 24_000 : 16_000
  const samples = new SampleStream('pcm', rate, planned.isKept)
  const arrivals: Arrival[] = []
  const startMs = nowMs()
  let openMs: number | undefined
  let t0Ms = startMs
  let firstByteMs: number | undefined
  let said: string | undefined
  let refusal: Refusal | undefined
  return new Promise((resolve) => {
    const socket = new WebSocket(
      `${target.url.replace(/^http/, 'ws').replace(/\/$/, '')}/inference_zero_shot_bistream`,
      {
        perMessageDeflate: false,
        ...(target.apiKey === undefined ? {} : { headers: { Authorization: `Bearer ${target.apiKey}` } }),
      },
    )
    const timer = setTimeout(() => {
      said ??= 'timeout'
      socket.terminate()
    }, target.timeoutMs)
    socket.on('open', () => {
      openMs = nowMs()
      const { speed, model, fixedSeed } = target
      const speaker = target.speakers[planned.speaker]!
      const extra = target.dialect === 'light-tts' ? { seed: fixedSeed ?? planned.seed } : {}
      const init = { tts_model_name: model, ...(speed === 1 ? {} : { speed }), ...extra }
      socket.send(
        JSON.stringify(
          speaker.voice === undefined
            ? { ...init, prompt_text: speaker.promptText }
            : { ...init, voice: speaker.voice },
        ),
      )
      if (speaker.voice === undefined) socket.send(speaker.prompt)
      t0Ms = nowMs()
      const pieces = planned.text.match(/\s*\S{1,16}(?:\s+\S+)?/g) ?? [planned.text]
      for (const [i, piece] of pieces.entries())
        socket.send(JSON.stringify({ tts_text: piece, finish: i === pieces.length - 1 }))
    })
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const atMs = nowMs()
      timer.refresh()
      if (!isBinary) {
        const code = /"error_code"\s*:\s*"(\w+)"/.exec(data.toString())?.[1]
        if (code !== undefined) said = code
        const wait = /"retry_after"\s*:\s*(\d+)/.exec(data.toString())?.[1]
        if (code !== undefined) refusal = refusalOf(STATUS[code], wait)
        return
      }
      firstByteMs ??= atMs
      const completed = samples.push(data)
      if (completed > 0) arrivals.push({ atMs, audioMs: (completed / rate) * 1000 })
    })
    socket.on('unexpected-response', (_request, answer) => {
      said = `HTTP ${answer.statusCode}`
      refusal = refusalOf(answer.statusCode, answer.headers['retry-after'])
      socket.terminate()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      said ??= error.code ?? error.message
    })
    socket.on('close', (code) => {
      clearTimeout(timer)
      const audio = firstByteMs === undefined ? undefined : samples.finish()
      const silent = arrivals.length === 0 ? 'no audio' : undefined
      const fault = said ?? (code === 1000 ? (audio?.faults[0] ?? silent) : `closed with ${code}`)
      resolve({
        index: planned.index,
        dueMs,
        startMs,
        connectMs: (openMs ?? nowMs()) - startMs,
        t0Ms,
        firstByteMs: firstByteMs === undefined ? undefined : firstByteMs - t0Ms,
        arrivals,
        endMs: nowMs(),
        audio,
        error: fault,
        refusal,
        kept: keptOf(samples, planned.text),
      })
    })
  })
}
