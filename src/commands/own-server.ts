/**
 * A server of a command's own, on a free port of this machine, with a key of this process alone. It starts when it is
 * first asked for and ends with this process.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('./serve.js', import.meta.url))
/** Where a server keeps voices unless told otherwise, below the folder that it is started in. */
const VOICES = 'voices'

export interface OwnAddress {
  readonly url: string
  readonly key: string
}

export class OwnServer {
  readonly #settings: readonly string[]
  #process: ChildProcess | undefined
  #address: Promise<OwnAddress> | undefined

  constructor(settings: readonly string[]) {
    this.#settings = settings
  }

  /** Resolves once it is ready. Rejects with its last words where it ends before; the next call starts another. */
  address(): Promise<OwnAddress> {
    this.#address ??= this.#start().catch((error: unknown) => {
      this.#address = undefined
      throw error
    })
    return this.#address
  }

  stop(): void {
    this.#process?.kill('SIGTERM')
  }

  #start(): Promise<OwnAddress> {
    const key = randomBytes(24).toString('base64url')
    const hash = createHash('sha256').update(key).digest('hex')
    const settings = [
      'server.host=127.0.0.1',
      'server.port=0',
      `server.apiKeys=["${hash}"]`,
      'limits.rate_limit=off',
      'log.format=json',
      'log.level=info',
    ]
    const args = [...settings, ...this.#settings].flatMap((setting) => ['--set', setting])
    const hadVoices = existsSync(VOICES)
    // Over the channel it sees this process's end.
    const child = spawn(process.execPath, [...process.execArgv, ENTRY, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#process = child
    return new Promise((resolve, reject) => {
      let last = ''
      const read = (line: string) => {
        last = line || last
        const url = /"url":"(http[^"]+)"/.exec(line)?.[1]
        if (url !== undefined) resolve({ url, key })
      }
      createInterface(child.stdout!).on('line', read)
      createInterface(child.stderr!).on('line', read)
      child.on('error', reject)
      child.on('exit', (code) => {
        this.#address = undefined
        if (!hadVoices) removeEmpty(VOICES)
        reject(new Error(`the server ended with ${code} before it was ready: ${last}`))
      })
    })
  }
}

/** The folder and what is in it, as far as these are folders without files: a command leaves nothing behind. */
function removeEmpty(folder: string): void {
  try {
    for (const name of readdirSync(folder)) rmdirSync(join(folder, name))
    rmdirSync(folder)
  } catch {
    // Something is kept there, or nothing was made.
  }
}
