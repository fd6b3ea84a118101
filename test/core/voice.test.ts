import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { writeDurably } from '../../src/core/durable-file.ts'
import { TtsError } from '../../src/core/errors.ts'
import { decodeVoice, encodeVoice, readVoice, type Voice } from '../../src/core/voice.ts'

const voice: Voice = {
  key: 'k'.repeat(32),
  transcript: '你好, “quoted”\nline',
  mode: 'transcript',
  seconds: 0.08,
  language: 'zh',
  owner: 'ab'.repeat(32),
  shared: true,
  speechTokens: Int32Array.from([5, 6561, 0]),
  mel: Float32Array.from([-11.5, 0.25, 3, 1e-9]),
  embedding: Float32Array.from([1, -1]),
}

it('a voice survives its file', () => {
  assert.deepEqual(decodeVoice(encodeVoice(voice), 'test'), voice)
  const nameless = { ...voice, language: undefined }
  assert.deepEqual(decodeVoice(encodeVoice(nameless), 'test'), nameless)
  const described = { ...voice, id: '小美', gender: 'female', description: 'Warm.' } as const
  assert.deepEqual(decodeVoice(encodeVoice(described), 'test'), described)
  const { owner: _, shared: __, ...plain } = voice
  const unowned = { ...plain, owner: undefined, shared: false }
  assert.deepEqual(decodeVoice(encodeVoice(plain), 'test'), unowned, 'written before voices had owners')
})

it('a voice survives the disk, also one without a prompt', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-voice-'))
  const path = join(folder, 'v.voice')
  for (const each of [voice, { ...voice, speechTokens: new Int32Array(0), mel: new Float32Array(0) }]) {
    await writeDurably(path, encodeVoice(each))
    assert.deepEqual(await readVoice(path), each)
  }
  await rm(folder, { recursive: true })
})

it('arrays in the file are aligned for direct use', () => {
  const bytes = encodeVoice(voice)
  assert.equal((8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))) % 64, 0)
})

it('any damage to a voice file is refused as BAD_BUNDLE, or changed nothing', () => {
  const whole = encodeVoice(voice)
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (edits, length) => {
      const bytes = whole.slice(0, Math.max(length, 1))
      for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
      try {
        assert.deepEqual(decodeVoice(bytes, 'damaged'), voice)
      } catch (error) {
        assert(error instanceof TtsError && error.code === 'BAD_BUNDLE', String(error))
      }
    }),
    { seed: 3, numRuns: 500 },
  )
})
