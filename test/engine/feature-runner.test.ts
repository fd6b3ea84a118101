import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { convert } from '../../src/convert/convert.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { TtsError } from '../../src/core/errors.ts'
import { FeatureRunner, type RawFeatures } from '../../src/engine/feature-runner.ts'
import { goldenFloats, goldenInts, maxDifference } from '../helpers/npy.ts'
import { goldenDir } from '../helpers/paths.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'

let folder: string
let runner: FeatureRunner
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-features-'))
  await convert(goldenDir, join(folder, 'bundle'))
  runner = await FeatureRunner.open(await openStrictRuntime(), await readBundle(join(folder, 'bundle')), {
    intraOpThreads: 1,
  })
})
after(async () => {
  runner.release()
  await rm(folder, { recursive: true })
})

for (const rate of ['16k', '24k']) {
  describe(`a prompt recorded at ${rate}Hz has the reference's features`, () => {
    let raw: RawFeatures
    let samples: Float32Array
    let sampleRate: number
    before(async () => {
      const file = await readFile(join(goldenDir, 'inputs', `prompt_${rate}.wav`))
      ;({ samples, sampleRate } = decodeWav(file, { maxSeconds: 30 }))
      raw = runner.extractRaw(samples, sampleRate)
    })

    it("Whisper's log mel within 1e-4", () => {
      assert(maxDifference(raw.whisper, goldenFloats(`features/whisper_logmel_from${rate}`).data) < 1e-4)
    })

    it("Kaldi's filter bank within 2e-3", () => {
      assert(maxDifference(raw.fbank, goldenFloats(`features/kaldi_fbank_cmn_from${rate}`).data) < 2e-3)
    })

    it('24 kHz mel within 1e-3', () => {
      assert(maxDifference(raw.mel, goldenFloats(`features/mel24k_from${rate}`).data) < 1e-3)
    })

    it('speech tokens', () => {
      assert.deepEqual([...raw.speechTokens], [...goldenInts(`features/speech_token_from${rate}`).data])
    })

    it('speaker embedding within 1e-3', () => {
      assert(maxDifference(raw.embedding, goldenFloats(`features/spk_embedding_from${rate}`).data) < 1e-3)
    })

    it('tokens and mel trimmed to two frames a token', () => {
      const { speechTokens, mel } = runner.extract(samples, sampleRate)
      assert.deepEqual([...speechTokens], [...goldenInts(`features/trimmed_token_from${rate}`).data])
      assert.equal(mel.length, speechTokens.length * 2 * 80)
      assert.deepEqual(mel, raw.mel.subarray(0, mel.length))
    })
  })
}

it('a recording too short for a token is refused', () => {
  assert.throws(
    () => runner.extract(new Float32Array(1000), 24_000),
    (error) => error instanceof TtsError && error.code === 'AUDIO_TOO_SHORT',
  )
})
