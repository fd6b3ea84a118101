import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { encodeWav } from '../../src/audio/wav-writer.ts'
import { convert } from '../../src/convert/convert.ts'
import { TtsError } from '../../src/core/errors.ts'
import { VoiceMaker } from '../../src/voice/voice-maker.ts'
import { openVoiceTasks, type VoiceTasks } from '../../src/voice/voice-tasks.ts'
import { goldenFloats, goldenInts, maxDifference } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'

const RATE = 24_000

let folder: string
let tasks: VoiceTasks
let maker: VoiceMaker
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-voices-'))
  await convert(goldenDir, join(folder, 'bundle'))
  tasks = openVoiceTasks({ bundleDir: join(folder, 'bundle'), modelName: 'tiny', maxPromptSeconds: 30 })
  maker = new VoiceMaker(tasks.pool)
})
after(async () => {
  await tasks.close()
  await rm(folder, { recursive: true })
})

const upload = (samples: Float32Array, promptText = '', promptMode: 'auto' | 'transcript' = 'auto') =>
  maker.decode({ audio: encodeWav(samples, RATE), promptText, promptMode })

const refused = (code: string, detail: RegExp) => (error: unknown) =>
  error instanceof TtsError && error.code === code && detail.test(error.detail)

it('an uploaded recording becomes the voice that the reference makes of it', async () => {
  const audio = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  const promptText = 'The golden prompt is a short sentence.'
  const recording = await maker.decode({ audio, promptText, promptMode: 'transcript' })
  const voice = await maker.extract(recording)
  assert.equal(voice.key, recording.key)
  assert.equal(voice.mode, 'transcript')
  assert.equal(voice.transcript, promptText)
  assert.deepEqual([...voice.speechTokens], [...goldenInts('features/trimmed_token_from24k').data])
  assert(maxDifference(voice.embedding, goldenFloats('features/spk_embedding_from24k').data) < 1e-3)
})

it('the same sound under another text is another voice, under other file headers the same', async () => {
  const sound = Float32Array.from({ length: 2 * RATE }, (_, i) => 0.25 * Math.sin(i / 20))
  const [first, again, other] = await Promise.all([
    upload(sound),
    upload(sound),
    upload(sound, 'Hello you there.'),
  ])
  const inFloat = await maker.decode({
    audio: encodeWav(
      sound.map((value) => Math.round(value * 32768) / 32768),
      RATE,
      'float32',
    ),
    promptText: '',
    promptMode: 'auto',
  })
  assert.equal(first.key, again.key)
  assert.equal(first.key, inFloat.key)
  assert.notEqual(first.key, other.key)
})

it('a description that cannot be what the recording says is a style', async () => {
  const sound = Float32Array.from({ length: 10 * RATE }, (_, i) => 0.25 * Math.sin(i / 20))
  assert.equal((await upload(sound, 'A friendly voice')).mode, 'style')
  assert.equal((await upload(sound, 'A friendly voice', 'transcript')).mode, 'transcript')
})

it('recordings that are no prompt are refused with expected and got', async () => {
  await assert.rejects(
    upload(new Float32Array(2 * RATE)),
    refused('AUDIO_SILENT', /loudest sample is 0\.000000/),
  )
  await assert.rejects(
    upload(new Float32Array(RATE / 10).fill(0.5)),
    refused('AUDIO_TOO_SHORT', /^expected at least 0\.5 s, got 0\.10 s$/),
  )
  await assert.rejects(
    upload(new Float32Array(31 * RATE).fill(0.5)),
    refused('AUDIO_TOO_LONG', /^expected at most 30 s, got 31 s$/),
  )
  await assert.rejects(
    maker.decode({ audio: Buffer.from('no audio'), promptText: '', promptMode: 'auto' }),
    refused('UNSUPPORTED_AUDIO', /^Only WAV format is supported$/),
  )
})
