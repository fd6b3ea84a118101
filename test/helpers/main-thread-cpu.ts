/** CPU time of the process's main thread, by turns of its event loop: what else the machine does is not in it. Linux only. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

export const linuxOnly = process.platform === 'linux' ? false : 'Linux only'

/** Milliseconds that the main thread was on a core. */
export function mainThreadMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

/** CPU milliseconds of the longest turn until `work` is done; the work belongs on another thread. */
export async function longestTurn(work: Promise<unknown>): Promise<number> {
  let isOver = false
  const ended = work.finally(() => {
    isOver = true
  })
  let worst = 0
  while (!isOver) {
    const before = mainThreadMs()
    // The timer's own turn and the one before it.
    await sleep(1)
    worst = Math.max(worst, mainThreadMs() - before)
  }
  await ended
  return worst
}

const CLIENT = `
const { connect } = require('node:net')
const { parentPort, workerData: { port, requests } } = require('node:worker_threads')
let open = requests.length
const answers = []
for (const [i, { bytes, until }] of requests.entries()) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  const end = () => {
    socket.destroy()
    if (answers[i] !== undefined) return
    answers[i] = text
    if (--open === 0) parentPort.postMessage(answers)
  }
  socket.on('data', (data) => {
    text = (text + data.toString('latin1')).slice(0, 4000)
    if (text.includes(until)) setTimeout(end, 10)
  })
  socket.on('error', () => {})
  socket.on('close', end)
  socket.write(bytes)
}
`

/**
 * Sends bytes over a connection each, all at once, from a thread of their own. Resolves with the first 4,000 characters
 * of each answer, up to the text `until` or the end of the connection.
 */
export async function sendFromThread(
  port: number,
  requests: readonly { readonly bytes: Uint8Array; readonly until: string }[],
): Promise<string[]> {
  const client = new Worker(CLIENT, { eval: true, workerData: { port, requests } })
  try {
    return await new Promise<string[]>((resolve, reject) => {
      client.once('message', resolve)
      client.once('error', reject)
    })
  } finally {
    await client.terminate()
  }
}
