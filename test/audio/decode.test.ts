import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decodeAudio } from '../../src/audio/decode.ts'
import { openEncoder } from '../../src/audio/encoders/open-encoder.ts'
import { sniff } from '../../src/audio/formats.ts'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { TtsError } from '../../src/core/errors.ts'
import { rms, voiceLike } from './signals.ts'

const LIMITS = { maxSeconds: 30 }
const RATE = 24_000
const SPEECH = voiceLike(RATE, 2)

async function encoded(format: 'mp3' | 'flac' | 'opus', samples = SPEECH): Promise<Uint8Array> {
  const encoder = await openEncoder({ format, sampleRate: RATE, inputRate: RATE })
  const parts = [encoder.start(), await encoder.encode(samples), await encoder.finish()]
  encoder.close()
  return Buffer.concat(parts)
}

const refusal = (code: string, detail: RegExp) => (error: unknown) =>
  error instanceof TtsError && error.code === code && detail.test(error.detail)

for (const format of ['mp3', 'flac', 'opus'] as const) {
  it(`${format} is decoded to its length and loudness`, async () => {
    const { samples, sampleRate } = await decodeAudio(await encoded(format), LIMITS)
    const seconds = samples.length / sampleRate
    assert(Math.abs(seconds - 2) < 0.15, `${seconds} s`)
    assert(Math.abs(rms(samples) / rms(SPEECH) - 1) < 0.1, `${rms(samples)} against ${rms(SPEECH)}`)
  })

  it(`${format} beyond the time limit is refused before it is unpacked`, async () => {
    await assert.rejects(
      encoded(format).then((bytes) => decodeAudio(bytes, { maxSeconds: 1 })),
      refusal('AUDIO_TOO_LONG', /^expected at most 1 s, got more than /),
    )
  })

  it(`damaged ${format} gives samples or a refusal, never another error`, async () => {
    const whole = await encoded(format)
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const bytes = whole.slice(0, Math.floor(whole.length * (1 - seed / 20)))
      for (let i = 0; i < 40; i++) bytes[64 + ((seed * 7919 + i * 104_729) % (bytes.length - 64))]! ^= 0x55
      const outcome = await decodeAudio(bytes, LIMITS).catch((error: unknown) => error)
      if (outcome instanceof Error) assert(refusal('UNSUPPORTED_AUDIO', /./)(outcome), String(outcome))
    }
  })
}

it('what nothing can read gets the documented words', async () => {
  for (const bytes of [Buffer.from('hello'), Buffer.alloc(0), Buffer.alloc(5000)]) {
    await assert.rejects(decodeAudio(bytes, LIMITS), (error) => {
      assert(error instanceof TtsError)
      assert.equal(error.message, 'Unsupported audio format')
      assert.equal(error.detail, 'Only WAV format is supported')
      return true
    })
  }
})

it('a tag in front of WAV or FLAC is passed over; that of mp3 is its decoder’s', async () => {
  const tag = [0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 1, 2, ...new Uint8Array(130)]
  const wav = encodeWav(SPEECH, RATE)
  for (const file of [wav, await encoded('flac'), await encoded('mp3')]) {
    const [plain, tagged] = [file, Buffer.concat([Uint8Array.from(tag), file])]
    assert.deepEqual(await decodeAudio(tagged, LIMITS), await decodeAudio(plain, LIMITS))
  }
  const footed = Uint8Array.from([...tag.slice(0, 5), 0x10, ...tag.slice(6), ...new Uint8Array(10)])
  assert.equal((await decodeAudio(Buffer.concat([footed, wav]), LIMITS)).samples.length, SPEECH.length)
})

it('WAV goes to its own reader', async () => {
  const { samples, sampleRate } = await decodeAudio(encodeWav(SPEECH, RATE), LIMITS)
  assert.deepEqual([samples.length, sampleRate], [SPEECH.length, RATE])
})

it('formats are told by their first bytes', () => {
  assert.deepEqual(sniff(Buffer.from('ID3\x04')), { taken: 'mp3' })
  assert.deepEqual(sniff(Uint8Array.of(0xff, 0xfb, 0x90)), { taken: 'mp3' })
  assert.deepEqual(sniff(Buffer.from(`OggS${'\0'.repeat(24)}\x01vorbis`, 'latin1')), { taken: 'vorbis' })
  assert.equal(sniff(Uint8Array.of(0xff, 0xff, 0x90)), undefined)
  assert.equal(sniff(Buffer.from('plain text that is nothing at all')), undefined)
})

it('a known format that is not taken is named beside those that are', async () => {
  for (const [bytes, name] of [
    [Uint8Array.of(0xff, 0xf1, 0x50, 0x80), 'AAC'],
    [Uint8Array.of(0xff, 0xfd, 0x90, 0), 'MPEG audio layer II'],
    [Buffer.from('#!AMR\n'), 'AMR'],
    [Buffer.from('\x02#!SILK_V3'), 'SILK'],
    [Uint8Array.of(0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66), 'Windows Media'],
    [Buffer.from('OggS????????'), 'Ogg with another codec than Opus and Vorbis'],
    [Buffer.from('RIFF\0\0\0\0AVI LIST'), 'RIFF with something else than WAVE'],
  ] as const)
    await assert.rejects(
      decodeAudio(bytes, LIMITS),
      refusal('UNSUPPORTED_AUDIO', new RegExp(`^expected WAV, AIFF, mp3, FLAC, .*, got ${name}$`)),
    )
})
