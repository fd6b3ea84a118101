/** Recordings through the whole server: what is wrong with one is said, other formats speak, broken ones are refused. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { encodeAiff } from '../audio/aiff-files.ts'
import { type ChildServer, startChild } from '../helpers/child-server.ts'
import { repoRoot } from '../helpers/paths.ts'
import { TRANSPORTS } from '../helpers/test-server.ts'

const fixture = (name: string) => readFile(join(repoRoot, 'test/fixtures/recordings', name))
const { samples, sampleRate } = decodeWav(await readFile(join(repoRoot, 'demo/voice/prompts/james.wav')), {
  maxSeconds: 30,
})
const wavOf = (sound: Float32Array) => encodeWav(sound, sampleRate, 'float32')
const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const withSilence = new Float32Array(samples.length + 2 * sampleRate)
withSilence.set(samples)

/** Recording → what is said of it, perhaps among others; null: nothing. */
const HEARD: readonly (readonly [string, Uint8Array, string | null])[] = [
  ['clean', wavOf(samples), null],
  ['clipped', wavOf(samples.map((value) => Math.max(-1, Math.min(1, (value * 8) / loudest)))), 'clipped'],
  ['silence at its end', wavOf(withSilence), 'long-silence'],
  ['40 dB too quiet', wavOf(samples.map((value) => (value / loudest) * 0.01)), 'level'],
  ['a second long', wavOf(samples.subarray(0, sampleRate)), 'short'],
]

function assertHeard(warnings: readonly string[] | undefined, warning: string | null, name: string): void {
  if (warning === null) assert.deepEqual(warnings ?? [], [], name)
  else assert(warnings?.includes(warning), `${name}: ${warnings}`)
}

for (const transport of TRANSPORTS) {
  describe(transport, () => {
    let server: ChildServer
    let cacheDir: string
    before(async () => {
      cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-recordings-'))
      server = await startChild('serve.js', { cacheDir, args: ['--set', `server.transport=${transport}`] })
    })
    after(async () => {
      server.process.kill('SIGTERM')
      await server.ended
      await rm(cacheDir, { recursive: true })
    })

    const form = (recording: Uint8Array, more: Record<string, string>) => {
      const body = new FormData()
      body.set('prompt_wav', new Blob([Uint8Array.from(recording)]), 'recording')
      for (const [name, value] of Object.entries({ prompt_text: 'A voice', prompt_mode: 'style', ...more }))
        body.set(name, value)
      return { method: 'POST', body }
    }
    const speak = (recording: Uint8Array, more: Record<string, string> = {}) =>
      fetch(`${server.url}/inference_zero_shot`, form(recording, { tts_text: 'Hi.', seed: '1', ...more }))

    it('a header of the answer says what is wrong with a recording', async () => {
      for (const [name, recording, warning] of HEARD) {
        const answer = await speak(recording)
        assert.equal(answer.status, 200, `${name}: ${await answer.clone().text()}`)
        assertHeard(answer.headers.get('x-prompt-warning')?.split(', '), warning, name)
        await answer.arrayBuffer()
      }
    })

    it('so does the answer to storing a voice', async () => {
      for (const [i, [name, recording, warning]] of HEARD.entries()) {
        const answer = await fetch(`${server.url}/v1/voices`, form(recording, { id: `voice-${i}` }))
        const { warnings, prompt_mode } = (await answer.json()) as { warnings: string[]; prompt_mode: string }
        assert.equal(prompt_mode, 'style')
        assertHeard(warnings, warning, name)
        assertHeard(answer.headers.get('x-prompt-warning')?.split(', '), warning, name)
      }
    })

    it('so does the event of a socket that is ready', async () => {
      for (const [name, recording, warning] of HEARD) {
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}/inference_zero_shot_bistream`)
        const events: { event: string; warnings?: string[] }[] = []
        socket.on('message', (data, isBinary) => {
          if (!isBinary) events.push(JSON.parse(String(data)))
        })
        await new Promise((resolve) => socket.on('open', resolve))
        socket.send(JSON.stringify({ prompt_text: 'A voice', prompt_mode: 'style', events: true, seed: 1 }))
        socket.send(recording)
        socket.send(JSON.stringify({ tts_text: 'Hi.', finish: true }))
        assert.equal(
          await new Promise((resolve) => socket.on('close', resolve)),
          1000,
          JSON.stringify(events),
        )
        const ready = events.find(({ event }) => event === 'ready')
        assertHeard(ready?.warnings, warning, name)
      }
    })

    it('what browsers record, AIFF and base64 speak; an instruction before text and transcript is not said', async () => {
      const bytes = async (answer: Response) => {
        assert.equal(answer.status, 200, await answer.clone().text())
        return Buffer.from(await answer.arrayBuffer())
      }
      const plain = await bytes(await speak(wavOf(samples)))
      for (const name of ['browser.webm', 'browser.mp4']) await bytes(await speak(await fixture(name)))
      const aiff = await speak(encodeAiff(samples, sampleRate, 'fl32'))
      assert.ok((await bytes(aiff)).equals(plain))
      const base64 = Buffer.from(wavOf(samples)).toString('base64')
      assert.ok((await bytes(await speak(Buffer.from(base64)))).equals(plain))
      const prefix = 'You are a helpful assistant.<|endofprompt|>'
      const prefixed = await speak(wavOf(samples), {
        tts_text: `${prefix}Hi.`,
        prompt_text: `${prefix}A voice`,
      })
      assert.ok((await bytes(prefixed)).equals(plain))
      const [first, second] = await Promise.all(
        ['Hi.', `${prefix}Hi.`].map(async (input) => {
          const body = JSON.stringify({ input, voice: 'zero_shot_spk', seed: 1, response_format: 'wav' })
          const headers = { 'content-type': 'application/json' }
          return bytes(await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers, body }))
        }),
      )
      assert.ok(first!.equals(second!))
    })

    it('hostile recordings are the client’s fault, every one, and the next good one speaks', async () => {
      const hostile: Uint8Array[] = []
      for (const whole of [
        await fixture('browser.webm'),
        await fixture('browser.mp4'),
        encodeAiff(samples, sampleRate, '16'),
      ])
        for (let seed = 0; seed < 12; seed++) {
          const cut = Uint8Array.from(whole.subarray(0, 40 + ((seed * 997) % 1500)))
          for (let i = 0; i < seed % 4; i++) cut[(seed * 31 + i * 101) % cut.length]! ^= 1 << (seed % 8)
          hostile.push(cut)
        }
      hostile.push(
        Buffer.from('data:audio/wav,abc'),
        Buffer.from('UklGRiQAAABXQVZFZm10IA!!'),
        Buffer.from('caff'),
      )
      for (const [i, recording] of hostile.entries()) {
        const answer = await speak(recording)
        const text = await answer.text()
        assert(
          answer.status === 200 || (answer.status >= 400 && answer.status < 500),
          `${i}: ${answer.status} ${text}`,
        )
      }
      assert.equal((await speak(wavOf(samples))).status, 200)
    })
  })
}
