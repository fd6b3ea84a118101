/** The harmonic source's numbers: those of the model, and its merge layer as the F0 graph gives it. */
import type { HiftHyperParameters } from '../../core/hyper-parameters.ts'
import type { HarmonicSettings } from './harmonic-source.ts'

type SourceNumbers = Pick<HiftHyperParameters, 'sampleRate' | 'nsfAlpha' | 'nsfSigma' | 'voicedThreshold'>

/** `merge`: a weight for each harmonic, the fundamental first, then the bias. */
export function harmonicSettings(
  { sampleRate, nsfAlpha, nsfSigma, voicedThreshold }: SourceNumbers,
  frameSamples: number,
  merge: Float32Array,
): HarmonicSettings {
  return {
    sampleRate,
    frameSamples,
    amplitude: nsfAlpha,
    voicedNoise: nsfSigma,
    voicedThreshold,
    weights: merge.slice(0, -1),
    bias: merge.at(-1)!,
  }
}
