/**
 * The invariant of every reliability test: soon after the last client left nothing is held for it.
 *
 * Counted are slots, queue places, voices, requests and upload bytes (`assertAtRest` of the two helpers). Here it is
 * what the process holds: sockets, timers, child processes, open files, and files that a fault left in a folder.
 */
import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { TestContext } from 'node:test'
import { startTestServer, type TestServer, type TestServerOptions } from '../helpers/test-server.ts'

/** What a process holds, by kind. A server that closes returns to the census before its start. */
export interface Census {
  readonly sockets: number
  readonly timers: number
  readonly files: number
  readonly partials: readonly string[]
}

/** Turns of 5 ms at least. A leak stays for ever; a busy machine may need more than the promised 100 ms. */
const REST_TURNS = 400

/** Counts now. Partial files are looked for in `folders`. */
export function census(folders: readonly string[] = []): Census {
  const resources = process.getActiveResourcesInfo()
  const open = openDescriptors()
  return {
    sockets: open.filter((target) => target.startsWith('socket:')).length,
    timers: resources.filter((kind) => kind === 'Timeout').length,
    files: open.filter((target) => target.startsWith('/') && !target.startsWith('/dev/')).length,
    partials: folders.flatMap((folder) => readdirSync(folder)).filter((name) => name.endsWith('.partial')),
  }
}

/** Fails unless the process soon returns to what it held before. */
export async function assertCensus(before: Census, folders: readonly string[] = []): Promise<void> {
  const excess = (now: Census) => ({
    sockets: Math.max(0, now.sockets - before.sockets),
    timers: Math.max(0, now.timers - before.timers),
    files: Math.max(0, now.files - before.files),
    partials: now.partials,
  })
  const none = { sockets: 0, timers: 0, files: 0, partials: [] }
  for (let turn = 0; turn < REST_TURNS; turn++) {
    if (JSON.stringify(excess(census(folders))) === JSON.stringify(none)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.deepEqual(excess(census(folders)), none, 'the process still holds something long after the end')
}

/** A scripted server under the whole invariant: budgets while it runs, the process once it has closed. */
export async function besieged(t: TestContext, options: TestServerOptions = {}): Promise<TestServer> {
  // What loads once per process (libraries, the event loop's monitor) is no leak.
  if (!isWarm) {
    isWarm = true
    await t.test('warm', async (warm) => void (await startTestServer(warm, options)))
  }
  const before = census()
  const started = await startTestServer(t, options)
  t.after(() => assertCensus(before))
  return started
}

let isWarm = false

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array | string | FormData
  /** Address that the client has: any of 127.0.0.0/8. */
  readonly from?: string
  readonly signal?: AbortSignal
}

/** One request on a connection of its own, so that no pool keeps sockets and timers behind the test. */
export async function ask(url: string, options: Ask = {}): Promise<Answer> {
  const { body, ...encoded } = await encode(options.body)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { connection: 'close', ...encoded.headers, ...options.headers },
      agent: new Agent({ keepAlive: false }),
      localAddress: options.from ?? '127.0.0.1',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.end(body)
  })
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }
}

async function encode(
  body: Ask['body'],
): Promise<{ body: Uint8Array | undefined; headers: Record<string, string> }> {
  if (body === undefined) return { body: undefined, headers: {} }
  const encoded = new Response(body)
  const type = encoded.headers.get('content-type') ?? 'application/octet-stream'
  const bytes = new Uint8Array(await encoded.arrayBuffer())
  return { body: bytes, headers: { 'content-type': type, 'content-length': String(bytes.length) } }
}

/** What each descriptor of this process leads to; empty where the system does not tell. */
function openDescriptors(): string[] {
  try {
    return readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}
