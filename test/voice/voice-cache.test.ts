import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { Voice } from '../../src/core/voice.ts'
import { VoiceCache } from '../../src/voice/voice-cache.ts'
import { voiceKey } from '../../src/voice/voice-key.ts'

const BYTES = 4000

const voiceOf = (key: string): Voice => ({
  key,
  transcript: '',
  mode: 'style',
  seconds: 1,
  language: undefined,
  speechTokens: new Int32Array(0),
  mel: new Float32Array(BYTES / 4),
  embedding: new Float32Array(0),
})

it('simultaneous callers share one extraction', async () => {
  const cache = new VoiceCache(10 * BYTES)
  let extractions = 0
  const extract = async () => {
    extractions++
    await new Promise((resolve) => setImmediate(resolve))
    return voiceOf('a')
  }
  const leases = await Promise.all(Array.from({ length: 5 }, () => cache.acquire('a', extract)))
  assert.equal(extractions, 1)
  assert.equal(new Set(leases.map(({ voice }) => voice)).size, 1)
  assert.deepEqual(
    leases.map(({ cached }) => cached),
    [false, true, true, true, true],
  )
})

it('a failed extraction fails everyone who waited for it, and the next caller tries anew', async () => {
  const cache = new VoiceCache(BYTES)
  const failing = () => Promise.reject(new Error('broken'))
  const results = await Promise.allSettled([cache.acquire('a', failing), cache.acquire('a', failing)])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  const lease = await cache.acquire('a', async () => voiceOf('a'))
  assert.equal(lease.voice.key, 'a')
})

it('a held voice is never evicted, an idle one is when bytes run out, oldest first', async () => {
  const evicted: string[] = []
  const cache = new VoiceCache(2 * BYTES, (key) => evicted.push(key))
  const take = (key: string) => cache.acquire(key, async () => voiceOf(key))
  const held = await take('held')
  for (const key of ['a', 'b', 'c']) (await take(key)).release()
  assert.deepEqual(evicted, ['a'])
  held.release()
  held.release()
  assert.deepEqual(evicted, ['a', 'b'])
  assert.equal(cache.stats().held, 0)
})

it('a voice larger than the whole budget is gone once released, and the lanes are told', async () => {
  const evicted: string[] = []
  const cache = new VoiceCache(BYTES / 2, (key) => evicted.push(key))
  const lease = await cache.acquire('big', async () => voiceOf('big'))
  assert.equal(evicted.length, 0)
  lease.release()
  assert.deepEqual(evicted, ['big'])
  assert.equal(cache.stats().bytes, 0)
})

it('after any sequence of acquires and releases no lease is lost and bytes stay within the budget', async () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    release: fc.boolean(),
    pick: fc.nat(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const cache = new VoiceCache(2 * BYTES)
      const leases: Awaited<ReturnType<VoiceCache['acquire']>>[] = []
      for (const { key, release, pick } of steps) {
        if (release && leases.length > 0) leases.splice(pick % leases.length, 1)[0]!.release()
        else leases.push(await cache.acquire(key, async () => voiceOf(key)))
        const heldKeys = new Set(leases.map(({ voice }) => voice.key))
        assert.equal(cache.stats().held, heldKeys.size)
        assert(cache.stats().bytes <= (heldKeys.size + 2) * BYTES)
      }
      for (const lease of leases) lease.release()
      assert.equal(cache.stats().held, 0)
      assert(cache.stats().bytes <= 2 * BYTES)
    }),
    { seed: 11 },
  )
})

it('the key depends on everything that features depend on, and on nothing else', () => {
  const base = {
    samples: Float32Array.from([0, 0.5]),
    sampleRate: 16000,
    transcript: 'a',
    mode: 'transcript',
    model: 'm',
  } as const
  assert.equal(voiceKey(base), voiceKey({ ...base, samples: base.samples.slice() }))
  const others = [
    { ...base, samples: Float32Array.from([0, 0.25]) },
    { ...base, sampleRate: 24000 },
    { ...base, transcript: 'b' },
    { ...base, mode: 'style' as const },
    { ...base, model: 'n' },
  ]
  assert.equal(new Set([base, ...others].map(voiceKey)).size, 6)
})

it('a recording that nobody sends again leaves after a while, stored voices and repeated recordings stay', async () => {
  const evicted: string[] = []
  const cache = new VoiceCache(10 * BYTES, (key) => evicted.push(key))
  const speak = async (key: string, origin: 'stored' | 'recording') =>
    (await cache.acquire(key, async () => voiceOf(key), undefined, origin)).release()
  await speak('stored', 'stored')
  for (const key of ['once', 'again', 'again']) await speak(key, 'recording')
  assert.equal(cache.expire(), 0, 'the first look only marks')
  assert.equal(cache.expire(), BYTES)
  assert.deepEqual(evicted, ['once'])
  const held = await cache.acquire('new', async () => voiceOf('new'), undefined, 'recording')
  for (let look = 0; look < 3; look++) assert.equal(cache.expire(), 0)
  held.release()
  await speak('once', 'recording')
  for (let look = 0; look < 2; look++) cache.expire()
  assert.deepEqual(evicted, ['once', 'new'], 'what came again is remembered')
})

it('a voice that was deleted leaves when it was not spoken with for a while, held or not; no other does', async () => {
  const evicted: string[] = []
  const cache = new VoiceCache(10 * BYTES, (key) => evicted.push(key))
  const [deleted, held, kept] = await Promise.all(
    ['deleted', 'held', 'kept'].map((key) => cache.acquire(key, async () => voiceOf(key))),
  )
  deleted!.release()
  kept!.release()
  for (const key of ['deleted', 'held', 'unknown']) cache.retire(key)
  for (let look = 0; look < 3; look++) cache.expire()
  assert.deepEqual(evicted, ['deleted'])
  held!.release()
  for (let look = 0; look < 3; look++) cache.expire()
  assert.deepEqual(evicted, ['deleted', 'held'])
  assert.equal(cache.stats().bytes, BYTES)
})
