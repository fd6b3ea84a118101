/** A server of its own process for a benchmark: started, asked when it is ready, ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../../src/commands/serve.js', import.meta.url))
const START_MS = 120_000
const STOP_MS = 10_000

export interface BenchServer {
  readonly url: string
  readonly pid: number
  /** SIGTERM, then SIGKILL after ten seconds; resolves once the process has ended. */
  stop(): Promise<void>
}

/**
 * Starts `dist/src/commands/serve.js` on a free port with `args`, under this process's flags of Node; rejects with its last
 * lines where it does not get ready within `startMs`. With `checkout`, the server of that checkout, which installs and
 * builds itself where it has to.
 */
export async function startServer(
  args: readonly string[],
  { startMs = START_MS, checkout }: { readonly startMs?: number; readonly checkout?: string } = {},
): Promise<BenchServer> {
  const command = checkout === undefined ? [SERVER] : [join(checkout, 'light-tts.mjs'), 'serve']
  const child = spawn(process.execPath, [...process.execArgv, ...command, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(checkout === undefined ? {} : { cwd: checkout }),
  })
  const stop = async () => {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  try {
    return { url: await readyUrl(child, startMs), pid: child.pid!, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The address that the server names in its log once it is ready. */
function readyUrl(server: ChildProcess, startMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    const timer = setTimeout(() => reject(new Error(`the server was not ready in ${startMs} ms`)), startMs)
    const listen = (line: string) => {
      lines.push(line)
      const url = /"url":"(http[^"]+)"/.exec(line)?.[1]
      if (url === undefined || !line.includes('"msg":"ready"')) return
      clearTimeout(timer)
      resolve(url)
    }
    createInterface(server.stdout!).on('line', listen)
    createInterface(server.stderr!).on('line', listen)
    server.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the server ended with ${code}:\n${lines.slice(-5).join('\n')}`))
    })
  })
}
