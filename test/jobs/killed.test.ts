/** A server that is killed while it speaks jobs: the next process goes on, and the file is what it would have been. */

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import type { NodeOrder } from '../cluster/scripted-node.ts'
import { repoRoot } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

const KILLS = 2
const PARTS = 6
const SLOW_MS = 60

interface Job {
  readonly id: string
  readonly state: string
  readonly parts: { readonly done: number; readonly total: number }
}

/** Each paragraph is a part. */
const BOOK = Array.from(
  { length: PARTS },
  (_, i) => `Part ${i}. ${'It goes on for a while. '.repeat(28)}`,
).join('\n\n')

/** `chunkMs`: a part takes seventeen times as long. */
async function start(
  t: TestContext,
  folder: string,
  chunkMs: number,
): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort()
  const order: NodeOrder = {
    port,
    set: [`jobs.dir=${folder}`, 'limits.rate_limit=off'],
    script: { samplesPerCharacter: 40, chunkMs },
  }
  const child = fork(join(repoRoot, 'dist/test/cluster/scripted-node.js'), [JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return { url: `http://127.0.0.1:${port}`, child }
}

async function ask<T>(url: string, init?: RequestInit): Promise<T> {
  return (await (await fetch(url, init)).json()) as T
}

test(`a jobs server that is killed ${KILLS} times gives the file that an undisturbed one gives`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-killed-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  let { url, child } = await start(t, folder, SLOW_MS)
  const body = JSON.stringify({ input: BOOK, voice: 'anna', seed: 5, response_format: 'flac' })
  const create = () => ask<Job>(`${url}/v1/jobs`, { method: 'POST', body })
  const { id } = await create()
  let done = 0
  for (let kill = 0; kill < KILLS; kill++) {
    let job: Job | undefined
    const further = async () => {
      job = await ask<Job>(`${url}/v1/jobs/${id}`)
      return job.parts.done > done || job.state === 'done'
    }
    await until(further, `more than ${done} parts`)
    assert.equal(job!.state, 'running', 'it is killed while it speaks')
    done = job!.parts.done
    child.kill('SIGKILL')
    await once(child, 'exit')
    // The last one has no need to be caught in the middle.
    ;({ url, child } = await start(t, folder, kill === KILLS - 1 ? 0 : SLOW_MS))
    const kept = await ask<Job>(`${url}/v1/jobs/${id}`)
    assert(kept.parts.done >= done, `${kept.parts.done} parts of ${done} are left`)
  }
  const again = await create()
  const isDone = async (job: string) => (await ask<Job>(`${url}/v1/jobs/${job}`)).state === 'done'
  await until(() => isDone(id), 'the killed job')
  await until(() => isDone(again.id), 'the undisturbed job')
  const etags = await Promise.all(
    [id, again.id].map(async (job) => {
      const answer = await fetch(`${url}/v1/jobs/${job}/audio`)
      assert((await answer.arrayBuffer()).byteLength > 10_000)
      return answer.headers.get('etag')
    }),
  )
  assert.equal(etags[0], etags[1])
})
