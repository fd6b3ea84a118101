/** What phones, browsers and Macs record: containers with Opus, AIFF, and recordings that come as text. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { decodeAudio } from '../../src/audio/decode.ts'
import type { Recording } from '../../src/audio/recording.ts'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { TtsError } from '../../src/core/errors.ts'
import { openChromium, skipWithoutChromium } from '../helpers/chromium.ts'
import { repoRoot } from '../helpers/paths.ts'
import { type AiffKind, encodeAiff } from './aiff-files.ts'
import { rms, voiceLike } from './signals.ts'

const LIMITS = { maxSeconds: 30 }
const RATE = 24_000
const SPEECH = voiceLike(RATE, 1)
const prompt = join(repoRoot, 'demo/voice/prompts/james.wav')
const fixture = (name: string) => readFile(join(repoRoot, 'test/fixtures/recordings', name))

const refusal = (code: string, detail: RegExp) => (error: unknown) =>
  error instanceof TtsError && error.code === code && detail.test(error.detail)

const seconds = ({ samples, sampleRate }: Recording) => samples.length / sampleRate

interface Loudness {
  readonly seconds: number
  readonly rms: number
}

const loudness = (recording: Recording): Loudness => ({
  seconds: seconds(recording),
  rms: rms(recording.samples),
})

/** Of what Chromium recorded in `test/fixtures/recordings`. */
const RECORDED: Loudness = { seconds: 4.48, rms: 0.0829 }

/** As long and as loud as what was recorded, give or take what a recorder cuts. */
function assertRecorded(recording: Recording, original: Loudness): void {
  assert(Math.abs(seconds(recording) - original.seconds) < 0.3, `${seconds(recording)} s`)
  assert(Math.abs(rms(recording.samples) / original.rms - 1) < 0.2, `${rms(recording.samples)}`)
}

/** Every refusal of a broken file is one that a client can read, and none takes long. */
async function assertSample(bytes: Uint8Array, what: string): Promise<void> {
  const started = performance.now()
  const outcome = await decodeAudio(bytes, LIMITS).catch((error: unknown) => error)
  if (outcome instanceof Error) {
    assert(outcome instanceof TtsError, `${what}: ${outcome.stack}`)
    assert(['UNSUPPORTED_AUDIO', 'AUDIO_TOO_LONG'].includes(outcome.code), `${what}: ${outcome.code}`)
  }
  // Far beyond what a decoder of 20 KB needs, on any machine.
  assert(performance.now() - started < 20_000, `${what} took ${performance.now() - started} ms`)
}

for (const name of ['browser.webm', 'browser.mp4']) {
  describe(name, () => {
    it('is decoded to its length and loudness', async () => {
      assertRecorded(await decodeAudio(await fixture(name), LIMITS), RECORDED)
    })

    it('beyond the time limit is refused before it is unpacked', async () => {
      const bytes = await fixture(name)
      await assert.rejects(
        decodeAudio(bytes, { maxSeconds: 1 }),
        refusal('AUDIO_TOO_LONG', /^expected at most 1 s, got more than /),
      )
    })

    it('cut anywhere or with wrong bytes is speech or a refusal', async () => {
      const whole = await fixture(name)
      const cuts = [
        ...Array.from({ length: 600 }, (_, i) => i),
        ...Array.from({ length: 60 }, (_, i) => 600 + i * 237),
      ]
      for (const cut of cuts) await assertSample(whole.subarray(0, cut), `cut at ${cut}`)
      for (let seed = 0; seed < 80; seed++) {
        const bytes = Uint8Array.from(whole)
        // Half of them in the head, where lengths and tables are.
        const within = seed % 2 === 0 ? 800 : bytes.length
        for (let i = 0; i < 8; i++) bytes[(seed * 7919 + i * 104_729) % within]! ^= 1 << ((seed + i) % 8)
        await assertSample(bytes, `flips ${seed}`)
      }
    })
  })
}

it('MP4 with another codec is refused by its name', async () => {
  const bytes = Buffer.from(await fixture('browser.mp4'))
  bytes.write('mp4a', bytes.indexOf('Opus', 0, 'latin1'), 'latin1')
  await assert.rejects(
    decodeAudio(bytes, LIMITS),
    refusal('UNSUPPORTED_AUDIO', /^expected WAV, AIFF, .*, got MP4 with AAC$/),
  )
})

it('what this browser records is decoded', { skip: skipWithoutChromium() }, async () => {
  const browser = await openChromium()
  try {
    const page = await browser.newPage()
    const recorded = (await page.evaluate(`(async () => {
      const context = new AudioContext()
      const wav = Uint8Array.from(atob('${(await readFile(prompt)).toString('base64')}'), (digit) => digit.charCodeAt(0))
      const buffer = await context.decodeAudioData(wav.buffer)
      const out = []
      for (const mimeType of ['audio/webm;codecs=opus', 'audio/mp4;codecs=opus', '']) {
        if (mimeType !== '' && !MediaRecorder.isTypeSupported(mimeType)) continue
        const target = context.createMediaStreamDestination()
        const source = context.createBufferSource()
        source.buffer = buffer
        source.connect(target)
        const recorder = new MediaRecorder(target.stream, mimeType === '' ? {} : { mimeType })
        const parts = []
        recorder.ondataavailable = ({ data }) => parts.push(data)
        recorder.start(250)
        source.start()
        await new Promise((resolve) => { source.onended = resolve })
        await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop() })
        const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
        out.push(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')))
      }
      return out
    })()`)) as string[]
    assert(recorded.length >= 2)
    const original = loudness(await decodeAudio(await readFile(prompt), LIMITS))
    for (const text of recorded)
      assertRecorded(await decodeAudio(Buffer.from(text, 'base64'), LIMITS), original)
  } finally {
    await browser.close()
  }
})

describe('AIFF', () => {
  const KINDS: readonly AiffKind[] = ['8', '16', '24', '32', 'sowt', 'fl32', 'fl64', 'alaw', 'ulaw']
  for (const kind of KINDS) {
    it(`${kind} is decoded to its samples`, async () => {
      const { samples, sampleRate } = await decodeAudio(encodeAiff(SPEECH, RATE, kind), LIMITS)
      assert.deepEqual([samples.length, sampleRate], [SPEECH.length, RATE])
      const off = Math.sqrt(
        samples.reduce((sum, value, i) => sum + (value - SPEECH[i]!) ** 2, 0) / samples.length,
      )
      assert(off / rms(SPEECH) < (['8', 'alaw', 'ulaw'].includes(kind) ? 0.05 : 1e-3), `${off} off`)
    })
  }

  it('two channels become one, and lengths beyond the file or the limit take no memory', async () => {
    const bytes = encodeAiff(SPEECH, RATE, '16', 2)
    assert.equal((await decodeAudio(bytes, LIMITS)).samples.length, SPEECH.length)
    await assert.rejects(decodeAudio(bytes, { maxSeconds: 0.5 }), refusal('AUDIO_TOO_LONG', /at most 0.5 s/))
    const claims = Buffer.from(bytes)
    claims.writeUInt32BE(0xffffffff, claims.indexOf('COMM') + 10)
    assert.equal((await decodeAudio(claims, LIMITS)).samples.length, SPEECH.length)
  })

  it('other compression and broken heads are refused with what was got', async () => {
    const ima = Buffer.from(encodeAiff(SPEECH, RATE, 'sowt'))
    ima.write('ima4', ima.indexOf('sowt'))
    await assert.rejects(decodeAudio(ima, LIMITS), refusal('UNSUPPORTED_AUDIO', /got 'ima4' of 16 bits$/))
    const slow = encodeAiff(SPEECH, 4000, '16')
    await assert.rejects(decodeAudio(slow, LIMITS), refusal('UNSUPPORTED_AUDIO', /got 4000 Hz$/))
  })

  it('cut anywhere or with wrong bytes is speech or a refusal', async () => {
    const whole = encodeAiff(SPEECH.subarray(0, 400), RATE, '16')
    for (let cut = 0; cut < whole.length; cut++) await assertSample(whole.subarray(0, cut), `cut at ${cut}`)
    for (let seed = 0; seed < 400; seed++) {
      const bytes = Uint8Array.from(whole)
      for (let i = 0; i < 3; i++) bytes[(seed * 31 + i * 17) % 80]! ^= 1 << ((seed + 3 * i) % 8)
      await assertSample(bytes, `flips ${seed}`)
    }
  })
})

describe('a recording that comes as text', () => {
  const wav = encodeWav(SPEECH, RATE)
  const base64 = Buffer.from(wav).toString('base64')

  it('is taken as base64 and as a data URI', async () => {
    for (const text of [
      base64,
      `data:audio/wav;base64,${base64}`,
      `data:;base64,${base64}`,
      base64.replace(/.{76}/g, '$&\r\n'),
      base64.replaceAll('+', '-').replaceAll('/', '_'),
    ])
      assert.equal((await decodeAudio(Buffer.from(text), LIMITS)).samples.length, SPEECH.length)
  })

  it('that is broken is asked for as a file', async () => {
    for (const text of ['data:audio/wav,RIFF%00', `${base64}!!`, `data:audio/wav;base64,${base64}é`])
      await assert.rejects(
        decodeAudio(Buffer.from(text), LIMITS),
        refusal('UNSUPPORTED_AUDIO', /: send it as a file$/),
      )
  })
})
