/**
 * `npm start`: runs the server under a small parent that brings it back when it dies.
 *
 * It must outlive every fault of the server, so it loads nothing but Node. The server ends with it: over the channel
 * between them the server sees its parent's death, whatever caused it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Life, nextMove } from './restart-policy.ts'

const SERVER = fileURLToPath(new URL('./main.js', import.meta.url))
/** A terminal's signal comes twice, from it and from the process in front of us; that is one request. */
const SAME_REQUEST_MS = 500
/** Until the server has told its own bound. */
const STOPS_WITHIN_MS = 30_000

let stopping: NodeJS.Signals | undefined
let stoppingSinceMs = 0
let stopsWithinMs = STOPS_WITHIN_MS
let child: ChildProcess | undefined
let retry: NodeJS.Timeout | undefined
const lives: Life[] = []

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))
// The command's process in front of this one is gone.
process.on('disconnect', () => stop('SIGTERM'))
run()

/** First: the server may finish what runs, within its own bound. Again, or beyond the bound: it is killed. */
function stop(signal: NodeJS.Signals): void {
  const now = performance.now()
  if (stopping !== undefined) {
    if (now - stoppingSinceMs > SAME_REQUEST_MS) child?.kill('SIGKILL')
    return
  }
  stopping = signal
  stoppingSinceMs = now
  if (retry !== undefined) process.exit(0)
  child?.kill(signal)
  // A stopped or hung process takes no signal but this one.
  setTimeout(() => child?.kill('SIGKILL'), stopsWithinMs).unref()
}

function run(): void {
  retry = undefined
  const startedMs = performance.now()
  let wasReady = false
  const server = spawn(process.execPath, [...process.execArgv, SERVER, ...process.argv.slice(2)], {
    // Its own group: a terminal's Ctrl-C reaches it once, through us.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child = server
  server.on('message', (message: { readonly ready?: boolean; readonly stopsWithinMs?: number }) => {
    wasReady ||= message.ready === true
    stopsWithinMs = message.stopsWithinMs ?? stopsWithinMs
  })
  server.on('error', (error) => {
    console.error(`light-tts: the server cannot be started: ${error.message}`)
    process.exit(1)
  })
  server.on('exit', (code, signal) => {
    lives.push({ wasReady, livedMs: performance.now() - startedMs })
    const move = nextMove({ code, signal }, lives, stopping !== undefined)
    if (move.do === 'end') {
      if (move.why !== undefined) console.error(`light-tts: ${move.why}`)
      process.exit(move.code)
    }
    console.error(`light-tts: ${move.why}; starting it again in ${move.afterMs / 1000} s`)
    retry = setTimeout(run, move.afterMs)
  })
}

// The last resort: a parent that exits takes the server along, so that its port is free for the next.
process.on('exit', () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
})
