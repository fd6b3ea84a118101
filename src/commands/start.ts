/**
 * `npm start`: runs the server under a small parent that brings it back when it dies.
 *
 * It must outlive every fault of the server, so it loads nothing but Node. The server ends with it: over the channel
 * between them the server sees its parent's death, whatever caused it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Life, nextMove } from './restart-policy.ts'
import { onStopRequest } from './stop-signals.ts'

const SERVER = fileURLToPath(new URL('./serve.js', import.meta.url))
/** Until the server has told its own bound. */
const STOPS_WITHIN_MS = 30_000

let isStopping = false
let stopsWithinMs = STOPS_WITHIN_MS
let child: ChildProcess | undefined
let retry: NodeJS.Timeout | undefined
const lives: Life[] = []

run()
onStopRequest({
  stop,
  stopNow: () => child?.kill('SIGKILL'),
  // The command's process in front of this one is gone: the server hurries, the next start needs its port.
  orphaned: () => {
    if (!isStopping) stop('SIGTERM')
    if (child?.connected) child.disconnect()
  },
})

/** The server may finish what runs, within its own bound; beyond it, it is killed. */
function stop(signal: NodeJS.Signals): void {
  isStopping = true
  if (retry !== undefined) process.exit(0)
  child?.kill(signal)
  // Wakes a stopped process to take the signal.
  child?.kill('SIGCONT')
  // One that hangs takes no signal but this one.
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
    const move = nextMove({ code, signal }, lives, isStopping)
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
