/** Recordings: resampling, the three spectrograms, speech tokens, speaker embedding. */
import { resampleLikeReference } from '../audio/resample.ts'
import { FeatureRunner, type RawFeatures } from '../engine/feature-runner.ts'
import { type Check, close, identical, skipped } from './check.ts'
import { onHost, type Stage, type VerifyContext } from './stage.ts'

const RESAMPLING_LIMIT = 1e-5
/** Log mel, natural or decadic. */
const FEATURE_LIMIT = 2e-3
const EMBEDDING_LIMIT = 1e-3

export const resamplingStage: Stage = {
  name: 'resampling',
  section: 'features',
  async *run({ expected }: VerifyContext): AsyncGenerator<Check> {
    const names = await expected.recordings()
    const prompts = names.filter((name) => name.startsWith('inputs/prompt_'))
    const recordings = await Promise.all(prompts.map((name) => expected.recording(name)))
    for (const [array, from, to] of expected.matching('features', /^resample_(\d+)_(\d+)$/)) {
      const recording = recordings.find((one) => one?.sampleRate === Number(from))
      if (recording === undefined)
        yield skipped(array, 'samples', `no recording inputs/prompt_… at ${from} Hz`)
      else {
        const made = resampleLikeReference(recording.samples, Number(from), Number(to))
        const { data } = await expected.floats(`features/${array}`)
        // Of some results only the beginning is stored.
        yield close(array, 'samples', made.subarray(0, data.length), data, RESAMPLING_LIMIT)
      }
    }
  },
}

export const featureStage: Stage = {
  name: 'features',
  section: 'features',
  async *run({ expected, ...context }: VerifyContext): AsyncGenerator<Check> {
    const spectra = { whisper_logmel: 'whisper', kaldi_fbank_cmn: 'fbank', mel24k: 'mel' } as const
    const kinds = [...Object.keys(spectra), 'spk_embedding']
    for await (const { array, kind, made } of extractions({ expected, ...context }, kinds)) {
      if (made === undefined) yield skipped(array, 'values', 'its recording is not in inputs/')
      else {
        const { data } = await expected.floats(`features/${array}`)
        if (kind === 'spk_embedding') yield close(array, 'embedding', made.embedding, data, EMBEDDING_LIMIT)
        else yield close(array, 'log mel', made[spectra[kind as keyof typeof spectra]], data, FEATURE_LIMIT)
      }
    }
  },
}

export const speechTokenStage: Stage = {
  name: 'speech tokens',
  section: 'features',
  async *run(context: VerifyContext): AsyncGenerator<Check> {
    for await (const { array, kind, made } of extractions(context, ['speech_token', 'trimmed_token'])) {
      if (made === undefined) yield skipped(array, 'ids', 'its recording is not in inputs/')
      else {
        const { data } = await context.expected.ints(`features/${array}`)
        yield identical(array, 'ids', kind === 'trimmed_token' ? made.trimmedTokens : made.speechTokens, data)
      }
    }
  },
}

interface Extraction {
  /** `kind_fromX`, made of `inputs/prompt_X.wav`. */
  readonly array: string
  readonly kind: string
  /** Undefined where there is no such recording. */
  readonly made: (RawFeatures & { readonly trimmedTokens: Int32Array }) | undefined
}

/** Stored arrays of some kinds, each with what this bundle makes of the same recording. */
async function* extractions(
  { runtime, bundle, session, expected }: VerifyContext,
  kinds: readonly string[],
): AsyncGenerator<Extraction> {
  const runner = await FeatureRunner.open(runtime, bundle, onHost(session))
  try {
    const known = new Map<string, Extraction['made']>()
    for (const [array, kind, from] of expected.matching('features', /^([a-z0-9_]+)_from(.+)$/)) {
      if (!kinds.includes(kind!)) continue
      if (!known.has(from!)) {
        const recording = await expected.recording(`inputs/prompt_${from}.wav`)
        if (recording === undefined) known.set(from!, undefined)
        else {
          const { samples, sampleRate } = recording
          const trimmedTokens = runner.extract(samples, sampleRate).speechTokens
          known.set(from!, { ...runner.extractRaw(samples, sampleRate), trimmedTokens })
        }
      }
      yield { array, kind: kind!, made: known.get(from!) }
    }
  } finally {
    runner.release()
  }
}
