/** A test server that keeps jobs, and a client that makes and asks for them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startTestServer, type TestServer, type TestServerOptions } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

export interface Job {
  readonly id: string
  readonly state: string
  readonly progress: number
  readonly parts: { readonly done: number; readonly total: number }
  readonly seconds: number
  readonly bytes: number | null
  readonly chapters: readonly { readonly title: string; readonly start: number; readonly end: number }[]
  readonly error: { readonly error_code: string; readonly detail: string } | null
  readonly webhook_secret?: string
  readonly message?: string
  readonly detail?: string
  readonly error_code?: string
}

export async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-jobs-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function start(t: TestContext, options: TestServerOptions & { folder?: string } = {}) {
  const folder = options.folder ?? (await newFolder(t))
  const server = await startTestServer(t, { ...options, set: [`jobs.dir=${folder}`, ...(options.set ?? [])] })
  return { ...server, folder, ...clientOf(server) }
}

export function clientOf({ url }: Pick<TestServer, 'url'>, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` }
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { ...headers, ...init.headers } })
  const create = async (body: object) => {
    const answer = await ask('/v1/jobs', {
      method: 'POST',
      body: JSON.stringify({ voice: 'anna', seed: 1, ...body }),
    })
    return { status: answer.status, job: (await answer.json()) as Job, headers: answer.headers }
  }
  const find = async (id: string) => (await (await ask(`/v1/jobs/${id}`)).json()) as Job
  const ended = async (id: string) => {
    let job = await find(id)
    const hasEnded = async () => {
      job = await find(id)
      return job.state === 'done' || job.state === 'failed'
    }
    await until(hasEnded, `the end of job ${id}`)
    return job
  }
  return { ask, create, find, ended }
}

/** Calls `act` before the speech number `count` (from 1) of a synthesizer. */
export function beforeSpeech(
  { synthesizer }: Pick<TestServer, 'synthesizer'>,
  count: number,
  act: () => void,
): void {
  const speak = synthesizer.speak.bind(synthesizer)
  let calls = 0
  synthesizer.speak = (text, options) => {
    if (++calls === count) act()
    return speak(text, options)
  }
}

/** Of `count` paragraphs, each of which is a part. */
export const bookOf = (count: number) =>
  Array.from({ length: count }, (_, i) => `Paragraph ${i}. ${'It goes on for a while. '.repeat(28)}`).join(
    '\n\n',
  )
