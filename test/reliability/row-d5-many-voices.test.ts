/** D5: ten thousand voices through a cache that holds a few hundred: never over its bytes, and none in use goes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { type Voice, voiceBytes } from '../../src/core/voice.ts'
import { VoiceCache } from '../../src/voice/voice-cache.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

const VOICES = 10_000
const LIMIT = 2e7
/** Leases at a time. */
const IN_USE = 32

/** As a recording of one to ten seconds has. */
function voiceOf(number: number, seconds: number): Voice {
  return {
    key: `v${number}`,
    transcript: '',
    mode: 'style',
    seconds,
    language: undefined,
    speechTokens: new Int32Array(Math.round(25 * seconds)),
    mel: new Float32Array(80 * Math.round(50 * seconds)),
    embedding: new Float32Array(192),
  }
}

test('ten thousand voices pass through a cache of twenty megabytes, and those in use stay', async () => {
  const random = new SeededRandom(5)
  const gone = new Set<string>()
  const cache = new VoiceCache(LIMIT, (key) => void gone.add(key))
  const leases = new Map<string, Awaited<ReturnType<VoiceCache['acquire']>>>()
  let extracted = 0
  let most = 0
  for (let i = 0; i < VOICES; i++) {
    // Every fifth is one of fifty that come again and again.
    const number = i % 5 === 0 ? random.below(50) : 100 + i
    const key = `v${number}`
    if (leases.has(key)) continue
    const lease = await cache.acquire(key, async () => {
      extracted++
      gone.delete(key)
      return voiceOf(number, 1 + 9 * random.next())
    })
    leases.set(key, lease)
    if (leases.size > IN_USE) {
      const [oldest, { release }] = [...leases][random.below(leases.size)]!
      release()
      leases.delete(oldest)
    }
    const inUse = [...leases.values()].reduce((sum, { voice }) => sum + voiceBytes(voice), 0)
    const { bytes, held } = cache.stats()
    most = Math.max(most, bytes - inUse)
    assert(bytes - inUse <= LIMIT, `${bytes - inUse} bytes of idle voices`)
    assert.equal(held, leases.size)
    for (const each of leases.keys()) assert(!gone.has(each), `${each} is in use and was dropped`)
  }
  assert(most > 0.9 * LIMIT, 'the cache was full')
  assert(extracted > 0.8 * VOICES * 0.9, `${extracted} extracted`)
  for (const { release } of leases.values()) release()
  const { bytes, held } = cache.stats()
  assert.deepEqual([held, bytes <= LIMIT], [0, true])
})
