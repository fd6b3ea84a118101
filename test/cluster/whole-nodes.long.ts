/** Two whole servers with a real model that share a Redis: a voice of one speaks on the other, one limit, and Redis's death. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startChild } from '../helpers/child-server.ts'
import { repoRoot } from '../helpers/paths.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { skipWithoutRedis as skip, startRedis } from '../helpers/redis-process.ts'
import { until } from '../helpers/until.ts'

const PROMPT = readFileSync(join(repoRoot, 'demo/voice/prompts/grace.wav'))

async function speak(url: string, voice: string): Promise<number> {
  const answer = await fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: 'Hello.', voice, response_format: 'pcm' }),
  })
  const { byteLength } = await answer.arrayBuffer()
  if (answer.status === 200) assert(byteLength > 1000)
  return answer.status
}

test('a voice stored on one server speaks on another, and Redis that dies takes nothing along', {
  skip,
}, async (t) => {
  const redis = await startRedis(t)
  const start = async () => {
    const server = await startChild('serve.js', {
      cacheDir: testFolder(t),
      args: [
        '--devices',
        'cpu:1',
        '--set',
        `cluster.redis=${redis.url}`,
        '--set',
        'limits.rate_limit=20/hour',
      ],
    })
    t.after(() => server.process.kill('SIGKILL'))
    return server
  }
  const [a, b] = [await start(), await start()]
  const form = new FormData()
  form.append('id', 'shared-one')
  form.append('prompt_text', 'After the long meeting, we walked home slowly along the quiet river.')
  form.append('prompt_wav', new Blob([PROMPT], { type: 'audio/wav' }), 'prompt.wav')
  const stored = await fetch(`${a.url}/v1/voices`, { method: 'POST', body: form })
  assert.equal(stored.status, 201, await stored.text())
  assert.equal(await speak(b.url, 'shared-one'), 200)
  const removed = await fetch(`${b.url}/v1/voices/shared-one`, { method: 'DELETE' })
  assert(removed.ok)
  let asked = 2
  await until(async () => ++asked > 0 && (await speak(a.url, 'shared-one')) === 404, 'it to be gone')
  const statuses: number[] = []
  for (let i = asked; i < 24; i++) statuses.push(await speak([a.url, b.url][i % 2]!, 'nobody'))
  assert.equal(statuses.filter((status) => status === 429).length, 24 - 20, statuses.join())
  redis.process.kill('SIGKILL')
  await once(redis.process, 'exit')
  for (const { url, output } of [a, b]) {
    await until(() => output().includes('is away'), 'the log to tell')
    assert.equal((await fetch(`${url}/readiness`)).status, 200)
    assert.equal(await speak(url, 'nobody'), 404)
  }
})
