/** What was heard on the page becomes a file; nothing is spoken for it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import decodeAac from '@audio/decode-aac'
import { decodeAudio } from '../../src/audio/decode.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const RATE = 24_000
/** Two seconds of a tone. */
const PCM = Buffer.from(
  Int16Array.from({ length: 2 * RATE }, (_, i) => 8000 * Math.sin((2 * Math.PI * 440 * i) / RATE)).buffer,
)

for (const transport of TRANSPORTS)
  it(`samples come back in every format that needs an encoder (${transport})`, async (t) => {
    const { url, synthesizer, server } = await startTestServer(t, { transport })
    for (const format of ['mp3', 'opus', 'flac']) {
      const answer = await fetch(`${url}/page/encode?format=${format}&rate=${RATE}`, {
        method: 'POST',
        body: PCM,
      })
      assert.equal(answer.status, 200, format)
      const file = new Uint8Array(await answer.arrayBuffer())
      const { samples, sampleRate } = await decodeAudio(file, { maxSeconds: 10 })
      assert(Math.abs(samples.length / sampleRate - 2) < 0.08, `${format}: ${samples.length / sampleRate} s`)
      const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)
      assert(Math.abs(level - 8000 / 32768 / Math.SQRT2) < 0.02, `${format}: level ${level}`)
    }
    const aac = await fetch(`${url}/page/encode?format=aac&rate=${RATE}`, { method: 'POST', body: PCM })
    const { channelData } = await decodeAac(new Uint8Array(await aac.arrayBuffer()))
    assert.equal(
      channelData[0]!.length,
      2 * 1024 * Math.ceil((2 * RATE) / 1024),
      'twice its rate; see the encoders',
    )
    assert.equal(synthesizer.spoken.length, 0)
    assert.equal(server.counts().requests, 0)
  })

it('what is no such request is refused, and so are other pages and callers without a key', async (t) => {
  const hash = createHash('sha256').update('key').digest('hex')
  const set = ['limits.max_file_size=50000', `server.apiKeys=${hash}`]
  const { url } = await startTestServer(t, { set })
  const ask = async (query: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const options = { method: 'POST', body, headers: { Authorization: 'Bearer key', ...headers } }
    const answer = await fetch(`${url}/page/encode${query}`, options)
    return `${answer.status} ${answer.status === 200 ? '' : await answer.text()}`
  }
  const some = new Uint8Array(2000)
  assert.match(await ask('?format=flac&rate=24000', some), /^200/)
  assert.match(await ask('?format=flac&rate=24000', new Uint8Array(0)), /^200/)
  assert.match(await ask('', some), /^422 .*format: expected one of mp3, opus, flac, aac, got null/)
  assert.match(await ask('?format=wav&rate=24000', some), /^422 .*got \\"wav\\"/)
  assert.match(await ask('?format=mp3', some), /^422 .*sample_rate/)
  assert.match(await ask('?format=mp3&rate=9000', some), /^422 .*expected one of 8000/)
  for (const rate of ['1e9', '0x5dc0', '%2024000', '24000.0', '+24000', '24e3'])
    assert.match(await ask(`?format=flac&rate=${rate}`, some), /^422/, rate)
  assert.match(await ask('?format=flac&rate=24000', some, { 'Content-Encoding': 'gzip' }), /^415/)
  assert.match(await ask('?format=flac&rate=24000', new Uint8Array(60_000)), /^413/)
  assert.match(await ask('?format=flac&rate=24000', some, { Authorization: 'Bearer no' }), /^401/)
  assert.match(await ask('?format=flac&rate=24000', some, { Origin: 'http://evil.example' }), /^403/)
})
