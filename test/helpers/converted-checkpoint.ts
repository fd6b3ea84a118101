/** A checkpoint of random weights all the way: written, converted, opened, its first recorded voice ready to speak. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { readVoice, type Voice } from '../../src/core/voice.ts'
import { openVocoder } from '../../src/engine/bundle-models.ts'
import { OfflineSpeaker, type UtteranceRequest } from '../../src/engine/offline-speaker.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { ZERO_NOISE } from '../../src/engine/vocoder/harmonic-source.ts'
import { SeededRandom } from './seeded-random.ts'
import { openStrictRuntime } from './strict-runtime.ts'
import { cutMel } from './tiny-hift.ts'

export interface ConvertedCheckpoint {
  readonly runtime: Runtime
  readonly bundle: Bundle
  readonly speaker: OfflineSpeaker
  readonly voice: Voice
  close(): Promise<void>
}

/** `write` writes the checkpoint into the folder that it is given; the converter must use all of it. */
export async function openConverted(
  write: (checkpoint: string) => Promise<unknown>,
): Promise<ConvertedCheckpoint> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-other-'))
  await write(join(folder, 'checkpoint'))
  const { unused } = await convert(join(folder, 'checkpoint'), join(folder, 'bundle'))
  assert.deepEqual([...unused], [])
  const bundle = await readBundle(join(folder, 'bundle'))
  const runtime = await openStrictRuntime()
  const speaker = await OfflineSpeaker.open(runtime, bundle, { intraOpThreads: 1 })
  const stored = bundle.manifest.voices.find(({ kind }) => kind === 'zero-shot')!
  const voice = await readVoice(bundle.path(stored.file))
  const close = async () => {
    speaker.release()
    await rm(folder, { recursive: true, force: true })
  }
  return { runtime, bundle, speaker, voice, close }
}

/** A greedy whole utterance of five text ids, without noise. */
export function utteranceBy(voice: Voice, changes: Partial<UtteranceRequest>): UtteranceRequest {
  return {
    voice,
    promptTextIds: Int32Array.of(310, 400, 425),
    textIds: Int32Array.of(713, 50, 68, 1901, 17),
    sampling: 'greedy',
    seed: 1,
    stream: false,
    speed: 1,
    sourceNoise: 'zero',
    ...changes,
  }
}

/**
 * A stream of `givenTokens` has every sample, in pieces. Its vocoder gives of the mel's parts what it gives of the
 * whole.
 */
export async function checkStream(
  { runtime, bundle, speaker }: ConvertedCheckpoint,
  utterance: UtteranceRequest & { readonly givenTokens: Int32Array },
  assertSame: (made: Float32Array, expected: Float32Array) => void,
): Promise<Float32Array> {
  let pieces = 0
  const { mel, wave } = speaker.speak({ ...utterance, stream: true, onSamples: () => pieces++ })
  assert(pieces >= 3)
  assert.equal(mel.length, utterance.givenTokens.length * 2 * 80)
  assert.equal(wave.length, utterance.givenTokens.length * 2 * 480)
  const vocoder = await openVocoder(runtime, bundle, { intraOpThreads: 1 })
  assertSame(vocoder.synthesize(mel, ZERO_NOISE), wave)
  const stream = vocoder.open(ZERO_NOISE)
  const parts = cutMel(new SeededRandom(5), mel, 80, 30).map((part) => [...vocoder.push(stream, part)])
  parts.push([...vocoder.push(stream, new Float32Array(0), { ended: true })])
  assertSame(Float32Array.from(parts.flat()), wave)
  vocoder.release()
  return mel
}
