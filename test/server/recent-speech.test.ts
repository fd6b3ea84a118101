import assert from 'node:assert/strict'
import test from 'node:test'
import { RecentSpeech } from '../../src/server/limits/recent-speech.ts'
import { startTestServer, zeroShotForm } from '../helpers/test-server.ts'

test('first audio and underruns lie in bins of ten seconds, and leave them after five minutes', () => {
  let now = 1000
  const recent = new RecentSpeech(() => now)
  for (const seconds of [0.3, 0.1, 0.2]) recent.firstAudio(seconds)
  now += 25
  recent.underrun()
  const { bins, binSeconds } = recent.bins()
  assert.deepEqual([bins.length, binSeconds], [30, 10])
  assert.deepEqual(bins.at(-3), { speeches: 3, firstAudioMs: 200, slowestMs: 300, underruns: 0 })
  assert.deepEqual(bins.at(-2), {
    speeches: 0,
    firstAudioMs: undefined,
    slowestMs: undefined,
    underruns: 0,
  })
  assert.equal(bins.at(-1)!.underruns, 1)
  now += 280
  assert.equal(recent.bins().bins[0]!.speeches, 0)
  assert.equal(recent.bins().bins[1]!.underruns, 1)
  now += 100_000
  recent.firstAudio(1)
  const later = recent.bins().bins.map(({ speeches, underruns }) => speeches + underruns)
  assert.deepEqual(later, [...Array(29).fill(0), 1])
})

test('listeners are told with what they have in hand, least first', () => {
  const recent = new RecentSpeech(() => 5)
  const listener = (lead: number | undefined) => ({ lead: () => lead })
  const [one, other, waiting] = [listener(3), listener(1), listener(undefined)]
  for (const each of [one, other, waiting]) recent.begin(each)
  assert.deepEqual(recent.leads(), [1, 3])
  recent.end(other)
  assert.deepEqual(recent.leads(), [3])
})

test('the status has the listeners of now and what was heard lately', async (t) => {
  const { url } = await startTestServer(t, { script: { samplesPerCharacter: 16_000, chunkMs: 20 } })
  const status = async () =>
    (await (await fetch(`${url}/v1/status`)).json()) as {
      listener_leads: number[]
      recent: { bins: { speeches: number; first_audio_ms: number | null }[] }
    }
  assert.deepEqual((await status()).listener_leads, [])
  const body = zeroShotForm({ stream: 'true' })
  const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body })
  const reader = answer.body!.getReader()
  await reader.read()
  const during = await status()
  assert.equal(during.listener_leads.length, 1)
  const heard = during.recent.bins.filter(({ first_audio_ms }) => first_audio_ms !== null)
  assert.deepEqual([heard.length, heard[0]!.speeches], [1, 1])
  await reader.cancel()
})
