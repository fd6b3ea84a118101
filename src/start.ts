/**
 * `npm start`: runs the server under a tiny parent that brings it back when it dies.
 *
 * Knows: which ends of the server are meant and which are accidents, and how long to wait before the next try. Does not
 * know: anything about speech. It must outlive every fault of the server, so it loads nothing but Node.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Life, nextMove } from './restart-policy.ts'

const SERVER = fileURLToPath(new URL('./main.js', import.meta.url))

let stopping: NodeJS.Signals | undefined
let child: ChildProcess | undefined
let retry: NodeJS.Timeout | undefined
const lives: Life[] = []

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping = signal
    if (retry !== undefined) process.exit(0)
    child?.kill(signal)
  })
}
run()

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
  server.on('message', (message) => {
    wasReady ||= message === 'ready'
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

// The last resort: a parent that dies takes the server along, so that its port is free for the next.
process.on('exit', () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
})
