/** Row 1: recordings that one client sends and abandons cost the others nothing. */
import assert from 'node:assert/strict'
import { once, setMaxListeners } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { it } from 'node:test'
import { WebSocket } from 'ws'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { TtsError } from '../../src/core/errors.ts'
import { ownWork, type WorkFor } from '../../src/core/speech-port.ts'
import type { ServerContext } from '../../src/server/requests/server-context.ts'
import { listRoutes } from '../../src/server/server.ts'
import { TaskQueue } from '../../src/voice/task-queue.ts'
import { goldenDir } from '../helpers/paths.ts'
import {
  assertAtRest as assertServerAtRest,
  PROMPT_WAV,
  TRANSPORTS,
  zeroShotForm,
} from '../helpers/test-server.ts'
import { assertAtRest, convertTiny, openTiny } from '../helpers/tiny-synthesizer.ts'
import { ask, assertCensus, besieged, census } from './invariant.ts'

const manyListeners = (controller: AbortController) => {
  setMaxListeners(0, controller.signal)
  return controller
}
const code = (expected: string) => (error: unknown) => error instanceof TtsError && error.code === expected
const until = async (is: () => boolean, what: string) => {
  for (let turn = 0; turn < 2000; turn++) {
    if (is()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(`never: ${what}`)
}

/** Routes that cost no more than an answer from memory, and `/mcp`, whose tools ask the others. Every other one must be counted against its client's rate. */
const QUERIES: Readonly<Record<string, string>> = { 'POST /page/encode': '?format=flac&rate=16000' }
const FREE = new Set([
  'GET /query_tts_model',
  'POST /query_tts_model',
  'GET /v1/models',
  'GET /v1/voices',
  'DELETE /v1/voices/:id',
  'POST /mcp',
])

function conversionForm(): FormData {
  const form = new FormData()
  form.append('source_wav', new Blob([new Uint8Array(PROMPT_WAV)]), 'a.wav')
  form.append('voice', 'anna')
  return form
}

function voiceForm(id: string): FormData {
  return zeroShotForm({ tts_text: null, id })
}

for (const transport of TRANSPORTS) {
  test(`${transport}: every route that costs CPU is counted against its client's rate`, async (t) => {
    const { url } = await besieged(t, { transport, set: ['limits.rate_limit=2/hour'] })
    let sent = 0
    const bodies: Record<string, () => FormData | Buffer | string> = {
      'POST /page/encode': () => Buffer.alloc(3200),
      'POST /inference_zero_shot': () => zeroShotForm(),
      'POST /v1/voices': () => voiceForm(`a${sent++}`),
      'POST /v1/audio/speech': () => JSON.stringify({ input: 'Hi.', voice: 'anna' }),
      'POST /v1/audio/convert': () => conversionForm(),
      'POST /v1/text/normalize': () => JSON.stringify({ input: 'Hi.' }),
      'PUT /v1/dictionaries': () => JSON.stringify({ dictionary: { SQL: 'sequel' } }),
    }
    // Handlers are not called here: the table alone is read.
    const routes = listRoutes({ config: loadConfig({}) } as ServerContext).filter(
      ({ policy }) => policy !== 'public',
    )
    let host = 10
    for (const { method, pattern } of routes) {
      const name = `${method} ${pattern}`
      if (method === 'GET' || FREE.has(name)) continue
      const body = bodies[name]
      assert(body !== undefined, `${name}: a new route is counted and tried here, or it is free`)
      const from = `127.0.0.${host++}`
      const isJson = typeof body() === 'string'
      const send = () =>
        ask(`${url}${pattern}${QUERIES[name] ?? ''}`, {
          method,
          from,
          body: body(),
          ...(isJson ? { headers: { 'content-type': 'application/json' } } : {}),
        })
      for (let i = 0; i < 2; i++) assert((await send()).status < 300, name)
      const refused = await send()
      assert.equal(refused.status, 429, name)
      assert(Number(refused.headers['retry-after']) > 0, name)
    }
  })

  test(`${transport}: a recording over a socket is counted; the first utterance in its voice is not again`, async (t) => {
    const { wsUrl } = await besieged(t, { transport, set: ['limits.rate_limit=1/hour'] })
    const open = async () => {
      const socket = new WebSocket(wsUrl, { localAddress: '127.0.0.9' })
      await once(socket, 'open')
      socket.send(JSON.stringify({ prompt_text: 'Hello there.', tts_model_name: 'default' }))
      socket.send(PROMPT_WAV)
      return socket
    }
    const first = await open()
    first.send(JSON.stringify({ tts_text: 'Hello.', finish: true }))
    const [ended] = await once(first, 'close')
    assert.equal(ended, 1000)
    const second = await open()
    const [refused] = await once(second, 'close')
    assert.equal(refused, 1013)
  })

  test(`${transport}: uploads of clients that left end at once, store nothing, and hold no place`, async (t) => {
    const started = await besieged(t, { transport, script: { prepareMs: 3_600_000 } })
    const { url, synthesizer } = started
    const left = manyListeners(new AbortController())
    const sent = Array.from({ length: 12 }, (_, i) =>
      ask(`${url}/v1/voices`, { body: voiceForm(`gone-${i}`), from: '127.0.0.8', signal: left.signal }).then(
        () => assert.fail('answered'),
        () => undefined,
      ),
    )
    await until(() => synthesizer.preparing === 12, 'all are being prepared')
    left.abort()
    await Promise.all(sent)
    await until(() => synthesizer.preparing === 0, 'all are called off')
    await assertServerAtRest(started)
    assert.deepEqual(
      synthesizer.listVoices().map(({ id }) => id),
      ['anna'],
    )
  })

  test(`${transport}: one address gets its share of places, and another one is served`, async (t) => {
    const { url, synthesizer } = await besieged(t, {
      transport,
      set: ['limits.max_concurrent_requests=8'],
      script: { prepareMs: 3_600_000 },
    })
    const left = manyListeners(new AbortController())
    const statuses: number[] = []
    const sent = Array.from({ length: 8 }, (_, i) =>
      ask(`${url}/v1/voices`, { body: voiceForm(`many-${i}`), from: '127.0.0.8', signal: left.signal }).then(
        ({ status }) => statuses.push(status),
        () => undefined,
      ),
    )
    await until(() => statuses.length === 4 && synthesizer.preparing === 4, 'half of them wait')
    assert.deepEqual(statuses, [503, 503, 503, 503])
    synthesizer.script.prepareMs = 0
    assert.equal((await ask(`${url}/v1/voices`, { body: voiceForm('b'), from: '127.0.0.9' })).status, 201)
    left.abort()
    await Promise.all(sent)
  })
}

test('two hundred abandoned recordings leave the pool to the next client, and no voice behind', async (t) => {
  const bundle = await convertTiny()
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-row1-'))
  t.after(async () => {
    await bundle.remove()
    await rm(folder, { recursive: true })
  })
  const before = census([folder])
  const server = await openTiny(bundle, { voicesDir: folder })
  const { synthesizer } = server
  const long = encodeWav(
    Float32Array.from({ length: 29 * 24_000 }, (_, i) => 0.3 * Math.sin(i / 30)),
    24_000,
  )
  const left = manyListeners(new AbortController())
  const attack = Array.from({ length: 200 }, (_, i) =>
    synthesizer.storeVoice(
      `gone${i}`,
      { kind: 'recording', audio: long, promptText: '', promptMode: 'auto' },
      undefined,
      { client: 'attacker', signal: left.signal, timeoutMs: 60_000 },
    ),
  )
  const outcomes = Promise.allSettled(attack)
  const audio = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  // The newcomer comes while the attacker still waits: they take turns.
  const newcomer = synthesizer.prepareVoice(
    { kind: 'recording', audio, promptText: '', promptMode: 'auto' },
    'default',
    { client: 'newcomer', signal: new AbortController().signal, timeoutMs: 60_000 },
  )
  const voice = await newcomer
  voice.release()
  left.abort()
  const refusals = (await outcomes).map((each) =>
    each.status === 'rejected' ? (each.reason as TtsError).code : 'stored',
  )
  assert(refusals.filter((each) => each === 'OVERLOADED').length >= 180, String(refusals))
  assert(refusals.filter((each) => each === 'stored').length <= 2, String(refusals))
  await until(() => server.preparing === 0, 'the pool is idle')
  assert((await readdir(folder)).length <= 2)
  await assertAtRest(server)
  assert.equal(await server.close(5000), true)
  await assertCensus(before, [folder])
})

// --- the queue itself ---

const LIMITS = { maxWaiting: 6, maxWaitingOfClient: 3, taskLimitMs: 60_000 }

/** A queue whose tasks end when told to, and the order in which they ran. */
function openQueue(limits: Partial<typeof LIMITS> = {}) {
  const queue = new TaskQueue({ ...LIMITS, ...limits })
  const ran: string[] = []
  const ends: (() => void)[] = []
  const submit = (name: string, work: Partial<WorkFor> = {}) =>
    queue.run({ ...ownWork(), ...work }, ({ unwanted, overdue }) => {
      ran.push(name)
      return new Promise<string>((resolve, reject) => {
        ends.push(() => resolve(unwanted.aborted ? 'unwanted' : name))
        overdue.addEventListener('abort', () => reject(new Error('ended by force')))
      })
    })
  const endOne = async () => {
    ends.shift()!()
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return { queue, ran, submit, endOne }
}

it('clients take turns, however many tasks one of them has', async () => {
  const { ran, submit, endOne, queue } = openQueue()
  const all = [
    ...['a1', 'a2', 'a3'].map((name) => submit(name, { client: 'a' })),
    submit('b1', { client: 'b' }),
    submit('c1', { client: 'c' }),
  ]
  while (queue.size > 0) await endOne()
  assert.deepEqual(ran, ['a1', 'a2', 'b1', 'c1', 'a3'])
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'a3', 'b1', 'c1'])
})

it('a full queue, and a full share of it, refuse at once', async () => {
  const { submit, endOne, queue } = openQueue()
  const all = ['a', 'a', 'a', 'a'].map((client, i) => submit(String(i), { client }))
  await assert.rejects(submit('fifth of a', { client: 'a' }), code('OVERLOADED'))
  all.push(...['b', 'b', 'c'].map((client) => submit(client, { client })))
  await assert.rejects(submit('nobody fits', { client: 'd' }), code('OVERLOADED'))
  while (queue.size > 0) await endOne()
  await Promise.all(all)
})

it('what would wait for too long is refused at once, with advice', async () => {
  const { submit, endOne, queue } = openQueue()
  const slow = submit('slow')
  await new Promise((resolve) => setTimeout(resolve, 60))
  await endOne()
  await slow
  const running = submit('running')
  await assert.rejects(submit('hopeless', { timeoutMs: 20 }), (error: unknown) => {
    return error instanceof TtsError && error.code === 'OVERLOADED' && error.retryAfterSeconds === 1
  })
  while (queue.size > 0) await endOne()
  await running
})

it('one who leaves is answered at once: in the queue his task goes, running it is unwanted', async () => {
  const { ran, submit, endOne, queue } = openQueue()
  const left = manyListeners(new AbortController())
  const running = submit('running', { signal: left.signal })
  const waiting = submit('waiting', { signal: left.signal })
  const other = submit('other', { client: 'b' })
  left.abort()
  await assert.rejects(running, code('CANCELLED'))
  await assert.rejects(waiting, code('CANCELLED'))
  await assert.rejects(submit('late', { signal: left.signal }), code('CANCELLED'))
  await endOne()
  await endOne()
  assert.equal(await other, 'other')
  assert.deepEqual(ran, ['running', 'other'])
  assert.equal(queue.size, 0)
})

it('a deadline ends the wait, a limit the run', async () => {
  const { submit, queue } = openQueue({ taskLimitMs: 50 })
  const running = submit('running')
  await assert.rejects(submit('waiting', { timeoutMs: 10 }), code('DEADLINE_EXCEEDED'))
  await assert.rejects(running, code('DEADLINE_EXCEEDED'))
  await until(() => queue.size === 0, 'empty')
})
