/**
 * The vocoder: F0, harmonic source, waveforms from what is given, and streams.
 *
 * The inside of the generator (its spectra) is not an output of a bundle's graph: it shows in the waveform from a
 * given mel and source.
 */
import { z } from 'zod'
import { transposeFloats } from '../core/float-arrays.ts'
import { openVocoder } from '../engine/bundle-models.ts'
import { type SourceNoise, ZERO_NOISE } from '../engine/vocoder/harmonic-source.ts'
import type { VocoderStream } from '../engine/vocoder/vocoder-net.ts'
import type { VocoderRunner } from '../engine/vocoder/vocoder-runner.ts'
import { type Check, close, faithful, identical, skipped } from './check.ts'
import type { ExpectedFolder } from './expected-folder.ts'
import { GivenSource } from './given-source.ts'
import type { Stage, VerifyContext } from './stage.ts'

/** Hz. */
const F0_LIMIT = 1e-2
/** The reference adds phases up in single precision, which alone makes 1.3e-3. */
const SOURCE_LIMIT = 5e-3
const SOURCE_LIMIT_DOUBLE = 1e-4
const WAVE_LIMIT = 1e-4
/** Frames at an open end that the reference's decoder does not give: four it looks ahead, one for the inverse transform. */
const REFERENCE_HOLDS_BACK = 5
/** dB. */
const WAVE_FROM_MEL = 40
const STREAM_AGAINST_WHOLE = 50

const section = z.object({
  notes: z.object({
    stream_plan: z
      .object({
        chunks: z.array(z.object({ new_frames: z.tuple([z.int(), z.int()]), finalize: z.boolean() })),
      })
      .optional(),
  }),
})

export const f0Stage: Stage = {
  name: 'f0',
  section: 'hift',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    yield* withVocoder(context, ['mel', 'f0'], async function* (vocoder, { mel }) {
      const { data } = await context.expected.floats('hift/f0')
      const f0 = vocoder.f0(mel)
      yield close('f0', 'Hz', f0, data, F0_LIMIT)
      if (!context.expected.has('hift/f0_open')) return
      // While more is to come: of the frames whose look-ahead is there.
      const open = (await context.expected.floats('hift/f0_open')).data
      yield close('f0_open', 'Hz, before the end', f0.subarray(0, open.length), open, F0_LIMIT)
    })
  },
}

export const sourceStage: Stage = {
  name: 'source',
  section: 'hift',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const { expected } = context
    yield* withVocoder(context, ['f0', 'source_zero'], async function* (vocoder) {
      const f0 = (await expected.floats('hift/f0')).data
      const silent = vocoder.excitation(ZERO_NOISE).extend(f0, true)
      const zero = (await expected.floats('hift/source_zero')).data
      yield close('source_zero', 'amplitude', silent, zero, SOURCE_LIMIT)
      if (expected.has('hift/source_zero_f64')) {
        const { data } = await expected.floats('hift/source_zero_f64')
        yield close('source_zero_f64', 'amplitude', silent.subarray(-data.length), data, SOURCE_LIMIT_DOUBLE)
      }
      for (const [name] of expected.matching('hift', /^source_rand_phase_first\d+$/)) {
        const { data } = await expected.floats(`hift/${name}`)
        yield close(name, 'amplitude', silent.subarray(0, data.length), data, SOURCE_LIMIT)
      }
      for (const [, frames] of expected.matching('hift', /^source_noise(\d+)$/)) {
        const noise = givenNoise((await expected.floats(`hift/noise${frames}`)).data)
        const made = vocoder.excitation(noise).extend(f0.subarray(0, Number(frames)), true)
        const { data } = await expected.floats(`hift/source_noise${frames}`)
        yield close(`source_noise${frames}`, 'amplitude', made, data, SOURCE_LIMIT)
      }
    })
  },
}

export const waveformStage: Stage = {
  name: 'waveform',
  section: 'hift',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    const { expected } = context
    yield* withVocoder(context, ['mel'], async function* (vocoder, { mel, mels }) {
      const speak = (stream: VocoderStream, frames: Float32Array) =>
        vocoder.push(stream, frames, { ended: true })
      const excited = (source: Float32Array) =>
        vocoder.openExcited(new GivenSource(source, vocoder.frameSamples))
      if (expected.has('hift/decode_given_source') && expected.has('hift/given_source')) {
        const source = (await expected.floats('hift/given_source')).data
        const { data } = await expected.floats('hift/decode_given_source')
        const frames = mel.subarray(0, (source.length / vocoder.frameSamples) * mels)
        yield close(
          'decode_given_source',
          'from mel and source',
          speak(excited(source), frames),
          data,
          WAVE_LIMIT,
        )
        if (expected.has('hift/decode_given_source_open')) {
          const open = (await expected.floats('hift/decode_given_source_open')).data
          const end = source.length - REFERENCE_HOLDS_BACK * vocoder.frameSamples
          const made = vocoder.push(excited(source), frames).subarray(end - open.length, end)
          yield close('decode_given_source_open', 'from both, before the end', made, open, WAVE_LIMIT)
        }
      } else yield skipped('decode_given_source', 'from mel and source', 'not stored')
      if (expected.has('hift/wave_zero')) {
        const { data } = await expected.floats('hift/wave_zero')
        if (expected.has('hift/source_zero')) {
          const source = (await expected.floats('hift/source_zero')).data
          yield close('wave_zero', 'from mel and source', speak(excited(source), mel), data, WAVE_LIMIT)
        }
        const made = speak(vocoder.open(ZERO_NOISE), mel)
        yield faithful('wave_zero', 'from mel, dB', made, data, WAVE_FROM_MEL)
      } else yield skipped('wave_zero', 'from mel', 'not stored')
      yield* streamChecks(expected, vocoder, mels)
    })
  },
}

/**
 * The stored stream is cross-faded where its chunks join, ours has no joints. The number of samples must be the same,
 * and ours must be what it makes of the whole.
 */
async function* streamChecks(
  expected: ExpectedFolder,
  vocoder: VocoderRunner,
  mels: number,
): AsyncGenerator<Check> {
  const chunks = (await expected.json('hift/_section', section))?.notes.stream_plan?.chunks
  if (chunks === undefined || !expected.has('hift/stream_all') || !expected.has('flow/mel_a')) {
    yield skipped('stream_all', 'stream', 'not stored')
    return
  }
  const stored = (await expected.floats('flow/mel_a')).data
  const mel = transposeFloats(stored, mels, stored.length / mels)
  const frames = (from: number, to: number) => mel.slice(from * mels, to * mels)
  const stream = vocoder.open(ZERO_NOISE)
  const samples = chunks.flatMap(({ new_frames: [from, to], finalize }) => [
    ...vocoder.push(stream, frames(from, to), { ended: finalize }),
  ])
  const { data } = await expected.floats('hift/stream_all')
  yield identical('stream_all', 'number of samples', [samples.length], [data.length])
  const [first, last] = [chunks[0]!.new_frames[0], chunks.at(-1)!.new_frames[1]]
  const whole = vocoder.synthesize(frames(first, last), ZERO_NOISE)
  yield faithful('stream_all', 'in chunks as a whole, dB', samples, whole, STREAM_AGAINST_WHOLE)
}

async function* withVocoder(
  { runtime, bundle, session, expected }: VerifyContext,
  needed: readonly string[],
  checks: (vocoder: VocoderRunner, given: { mel: Float32Array; mels: number }) => AsyncGenerator<Check>,
): AsyncGenerator<Check> {
  // Its name says how many frames it has.
  const [melName] = expected.matching('hift', /^mel\d+$/)[0] ?? []
  const missing = needed.filter((name) =>
    name === 'mel' ? melName === undefined : !expected.has(`hift/${name}`),
  )
  if (missing.length > 0) {
    yield skipped(missing.join(', '), 'values', 'not stored')
    return
  }
  const vocoder = await openVocoder(runtime, bundle, session)
  try {
    const mels = bundle.manifest.parameters.hift.mel
    const stored =
      melName === undefined ? new Float32Array(0) : (await expected.floats(`hift/${melName}`)).data
    yield* checks(vocoder, { mel: transposeFloats(stored, mels, stored.length / mels), mels })
  } finally {
    vocoder.release()
  }
}

/** Noise of each harmonic `[samples, harmonics]`, merged by the layer's weights. */
function givenNoise(noise: Float32Array): SourceNoise {
  return (firstSample, merged, weights) => {
    const count = weights.length
    for (let i = 0; i < merged.length; i++)
      for (let h = 0; h < count; h++) merged[i]! += weights[h]! * noise[(firstSample + i) * count + h]!
  }
}
