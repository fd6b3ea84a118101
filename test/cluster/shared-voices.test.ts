/** Stored voices and dictionaries of several nodes over a real Redis: there at once, gone within a second, never lost. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { type Cluster, openCluster } from '../../src/cluster/cluster.ts'
import type { FileCalls } from '../../src/core/durable-file.ts'
import { DictionaryStore } from '../../src/voice/dictionary-store.ts'
import { VoiceLibrary } from '../../src/voice/voice-library.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { type RedisProcess, skipWithoutRedis as skip, startRedis } from '../helpers/redis-process.ts'
import { until } from '../helpers/until.ts'
import { voiceFor, WRITER_BUNDLE } from './written-voices.ts'

/** Tokens of a voice: a few, for many are sent about. */
const TOKENS = 5

interface Node {
  readonly folder: string
  readonly cluster: Cluster
  readonly library: VoiceLibrary
  readonly dictionaries: DictionaryStore
  readonly lines: string[]
}

async function openNode(
  t: TestContext,
  { url }: RedisProcess,
  folder = testFolder(t),
  fileCalls: FileCalls | undefined = undefined,
): Promise<Node> {
  const lines: string[] = []
  const cluster = await openCluster({ url, prefix: 'test', log: (_, line) => lines.push(line) })
  t.after(() => cluster.close())
  const dictionaries = await DictionaryStore.open(
    folder,
    assert.fail,
    undefined,
    cluster.files('dictionaries'),
  )
  const library = await VoiceLibrary.open(WRITER_BUNDLE, folder, {
    onQuarantine: assert.fail,
    onUnreadable: assert.fail,
    shared: cluster.files('voices'),
    ...(fileCalls === undefined ? {} : { fileCalls }),
  })
  return { folder, cluster, library, dictionaries, lines }
}

const openNodes = async (t: TestContext, redis: RedisProcess, count: number) =>
  await Promise.all(Array.from({ length: count }, () => openNode(t, redis)))

const voiceOf = (value: number, owner?: string) => voiceFor(value, owner, TOKENS)

async function spoken({ library }: Node, id: string, owner?: string): Promise<number> {
  await library.keyOf(id, owner)
  return (await library.load(id, owner)).speechTokens[0]!
}

test('a voice stored on one node speaks on all at once, a newer one replaces it, and a deleted one is gone', {
  skip,
}, async (t) => {
  const redis = await startRedis(t)
  const nodes = await openNodes(t, redis, 3)
  const [a, b, c] = nodes as [Node, Node, Node]
  for (let i = 1; i <= 20; i++) {
    await a.library.store(`v${i}`, voiceOf(i))
    assert.equal(await spoken(nodes[i % 3]!, `v${i}`), i)
  }
  await b.library.store('v1', voiceOf(100), true)
  await until(async () => (await spoken(c, 'v1')) === 100, 'the newer voice', 5000)
  const owner = 'ab'.repeat(32)
  await c.library.store('mine', voiceOf(7, owner))
  assert.equal(await spoken(a, 'mine', owner), 7)
  await assert.rejects(spoken(a, 'mine', 'cd'.repeat(32)), { code: 'VOICE_NOT_FOUND' })
  const sinceMs = performance.now()
  await c.library.delete('v2')
  await until(() => !nodes.some(({ library }) => library.has('v2', undefined)), 'it to be gone everywhere')
  t.diagnostic(`gone after ${Math.round(performance.now() - sinceMs)} ms`)
  for (const { folder, library } of nodes) {
    await until(() => library.list().length === 20, 'all others to be there')
    assert(!(await readdir(folder)).includes('v2.voice'))
    assert.equal((await readdir(folder)).filter((name) => name.endsWith('.voice')).length, 20)
  }
})

test('two nodes that store the same name at a time agree in the end', { skip }, async (t) => {
  const redis = await startRedis(t)
  const nodes = await openNodes(t, redis, 3)
  for (let round = 0; round < 10; round++) {
    await Promise.all(nodes.map(({ library }, i) => library.store('same', voiceOf(10 * round + i), true)))
    await until(async () => {
      const heard = await Promise.all(nodes.map((node) => spoken(node, 'same')))
      return new Set(heard).size === 1
    }, 'nodes to agree')
  }
})

test('dictionaries are the same on every node, whichever of them took the words', { skip }, async (t) => {
  const redis = await startRedis(t)
  const [a, b] = (await openNodes(t, redis, 2)) as [Node, Node]
  await a.dictionaries.put(undefined, undefined, { nginx: 'engine x' })
  await b.dictionaries.put(undefined, 'anna', { sql: 'sequel' })
  await until(() => Object.keys(a.dictionaries.wordsFor(undefined, 'anna')).length === 2, 'words of both')
  assert.deepEqual(a.dictionaries.of(undefined), b.dictionaries.of(undefined))
})

test('B14 a store that lost everything is filled again; what was removed while a node was away is removed there', {
  skip,
}, async (t) => {
  const redis = await startRedis(t)
  const [a, b] = (await openNodes(t, redis, 2)) as [Node, Node]
  await a.library.store('one', voiceOf(1))
  await a.library.store('two', voiceOf(2))
  assert.equal(await spoken(b, 'one'), 1)
  b.cluster.close()
  await a.library.delete('one')
  const again = await openNode(t, redis, b.folder)
  assert.deepEqual(
    again.library.list().map(({ id }) => id),
    ['two'],
  )
  redis.process.kill('SIGKILL')
  await once(redis.process, 'exit')
  await until(() => a.lines.some((line) => line.includes('away')), 'the node to notice')
  assert.equal(await spoken(a, 'two'), 2, 'spoken without the store')
  await assert.rejects(a.library.store('three', voiceOf(3)), { code: 'STORAGE_FAILED', status: 503 })
  await assert.rejects(a.library.delete('two'), { code: 'STORAGE_FAILED', status: 503 })
  assert.equal(await spoken(a, 'two'), 2, 'what could not be removed everywhere stays')
  await redis.restart()
  await until(
    async () => (await redis.ask('HLEN', 'test:voices:files')) === 1,
    'the copies to be in the store',
  )
  const fresh = await openNode(t, redis)
  assert.equal(await spoken(fresh, 'two'), 2)
  assert.deepEqual(
    await readdir(fresh.folder).then((names) => names.filter((name) => name.endsWith('.voice'))),
    ['two.voice'],
  )
})

test('bytes in the store that are no voice of this model are not kept, and told', { skip }, async (t) => {
  const redis = await startRedis(t)
  const [a, b] = (await openNodes(t, redis, 2)) as [Node, Node]
  await a.library.store('good', voiceOf(1))
  const bytes = await readFile(join(a.folder, 'good.voice'))
  bytes[bytes.length - 3]! ^= 1
  const shared = a.cluster.files('voices')
  await shared.put('bad.voice', bytes)
  await shared.put('../../escape.voice', await readFile(join(a.folder, 'good.voice')))
  await a.library.store('later', voiceOf(2))
  assert.equal(await spoken(b, 'later'), 2)
  assert.deepEqual(
    b.library
      .list()
      .map(({ id }) => id)
      .sort(),
    ['good', 'later'],
  )
  assert.deepEqual(b.lines.filter((line) => line.includes('is not kept here')).length, 2)
  await rm(b.folder, { recursive: true })
})

test('a disk that is full on one node keeps the voice that was to be replaced, on all', {
  skip,
}, async (t) => {
  const redis = await startRedis(t)
  let isFull = false
  const full: FileCalls = {
    rm,
    rename,
    open: async (...args: Parameters<typeof open>) => {
      if (isFull && args[1] === 'wx') throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      return await open(...args)
    },
  }
  const a = await openNode(t, redis, undefined, full)
  const b = await openNode(t, redis)
  await a.library.store('one', voiceOf(1))
  assert.equal(await spoken(b, 'one'), 1)
  isFull = true
  await assert.rejects(a.library.store('one', voiceOf(2), true), { code: 'STORAGE_FAILED' })
  await assert.rejects(a.library.store('two', voiceOf(3)), { code: 'STORAGE_FAILED' })
  await assert.rejects(spoken(b, 'two'), { code: 'VOICE_NOT_FOUND' })
  assert.equal(await spoken(a, 'one'), 1)
  await until(async () => (await spoken(b, 'one')) === 1, 'the earlier voice on the other node')
})
