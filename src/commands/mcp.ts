/**
 * `npm run -s mcp`: the tools of `src/mcp` over standard input and output, as agents start them.
 *
 * They ask a server by its address, or one of this command's own. That one is started at the first call and ends with
 * it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { Command } from 'commander'
import { commandCall } from '../core/command-call.ts'
import { describeError } from '../core/errors.ts'
import { type AskApi, type SaveAudio, speechTools } from '../mcp/speech-tools.ts'
import { OwnServer } from './own-server.ts'

const command = new Command(commandCall('mcp'))
  .description(
    'Tools that agents speak by (Model Context Protocol over standard input and output): speak, list_voices.',
  )
  .option('--url <address>', 'server to ask; one of its own, with the embedded voice, where missing')
  .option('--key <key>', 'API key for --url (environment: LIGHT_TTS_API_KEY)')
  .option('--folder <path>', 'folder that speak may keep files in; without it audio is always answered')
  .option(
    '--set <key=value>',
    'setting of its own server, such as devices=cpu:1; may be repeated',
    collect,
    [],
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()

const options = command.opts<{ url?: string; key?: string; folder?: string; set: string[] }>()

await run().catch((error: unknown) => {
  console.error(`mcp: ${describeError(error)}`)
  process.exit(1)
})

async function run(): Promise<void> {
  const own = options.url === undefined ? new OwnServer(options.set) : undefined
  const ask: AskApi = async (path, { method, body, signal }) => {
    const { url, key } = own === undefined ? given() : await own.address()
    return fetch(new URL(path, url), {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: Error) => {
      throw new Error(`${url} did not answer: ${describeError(error.cause ?? error)}`)
    })
  }
  const handle = serveStdio(() =>
    speechTools(ask, options.folder === undefined ? undefined : saveIn(options.folder)),
  )
  const end = () => {
    own?.stop()
    void handle.close().finally(() => process.exit(0))
  }
  process.stdin.on('end', end)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end)
}

function given(): { url: string; key: string | undefined } {
  const url = options.url!
  const key = options.key ?? process.env.LIGHT_TTS_API_KEY
  return { url: /^https?:\/\//.test(url) ? url : `http://${url}`, key: key === '' ? undefined : key }
}

/** A file that is there stays: the agent is told to choose another name. */
function saveIn(folder: string): SaveAudio {
  return async (name, audio) => {
    await mkdir(folder, { recursive: true })
    const path = resolve(join(folder, name))
    await writeFile(path, audio, { flag: 'wx' })
    return path
  }
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}
