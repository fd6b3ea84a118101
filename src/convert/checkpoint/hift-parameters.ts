/**
 * The vocoder's numbers and those of the mel it is fed with: from weights where they show them, else from the yaml.
 */
import type { FeatureHyperParameters, HiftHyperParameters } from '../../core/hyper-parameters.ts'
import { agree, agreeAll, countBlocks, expectDim } from './agreement.ts'
import { refusal } from './refusal.ts'
import type { Weights } from './weights.ts'
import type { YamlSection } from './yaml-value.ts'

/** Weight norm keeps a convolution's shape in its direction. */
export function convKey(key: string): string {
  return `${key}.parametrizations.weight.original1`
}

/** Throws BAD_CHECKPOINT with file, key, expected and got where yaml and weights contradict each other. */
export function readHiftParameters(weights: Weights, yaml: YamlSection): HiftHyperParameters {
  const hift = yaml.instance('hift', 'HiFTGenerator')
  const { stages, source } = readHiftCore(weights, hift, 'ConvRNNF0Predictor', 0)
  return { ...stages, ...source, sampleRate: hift.number('sampling_rate') }
}

/** What every HiFT vocoder states; `voicedThreshold` in Hz is the reference's where the yaml has none. */
export function readHiftCore(
  weights: Weights,
  hift: YamlSection,
  predictor: string,
  voicedThreshold: number,
): {
  readonly stages: Pick<
    HiftHyperParameters,
    | 'mel'
    | 'channels'
    | 'upsampleRates'
    | 'upsampleKernels'
    | 'resblockKernels'
    | 'resblockDilations'
    | 'sourceKernels'
    | 'sourceDilations'
  >
  readonly source: Pick<
    HiftHyperParameters,
    | 'nFft'
    | 'hop'
    | 'harmonics'
    | 'nsfAlpha'
    | 'nsfSigma'
    | 'voicedThreshold'
    | 'lreluSlope'
    | 'audioLimit'
    | 'f0Channels'
  >
} {
  const istft = hift.section('istft_params')
  const f0 = hift.instance('f0_predictor', predictor)
  const pre = convKey('conv_pre')
  const channels = agree(hift, 'base_channels', weights.dim(pre, 0), weights, pre)
  const mel = agree(hift, 'in_channels', weights.dim(pre, 1), weights, pre)
  const count = countBlocks(weights, 'ups')
  const kernels = Array.from({ length: count }, (_, i) => weights.dim(convKey(`ups.${i}`), 2))
  const upsampleKernels = agreeAll(hift, 'upsample_kernel_sizes', kernels, weights, 'ups')
  const upsampleRates = [...hift.numbers('upsample_rates')]
  if (upsampleRates.length !== count) {
    throw hift.bad('upsample_rates', `${count} rates, as ${weights.file} has stages`, `[${upsampleRates}]`)
  }
  const resblocks = readResblocks(weights, hift, 'resblocks', '', count)
  const sources = readResblocks(weights, hift, 'source_resblocks', 'source_', 1)
  if (sources.kernels.length !== count) {
    throw refusal(weights.file, "key 'source_resblocks'", `${count} blocks`, `${sources.kernels.length}`)
  }
  const post = convKey('conv_post')
  const nFft = agree(istft, 'n_fft', weights.dim(post, 0) - 2, weights, `rows of ${post} less 2`)
  const merge = 'm_source.l_linear.weight'
  const f0Conv = convKey('f0_predictor.condnet.0')
  const f0Channels = agree(f0, 'cond_channels', weights.dim(f0Conv, 0), weights, f0Conv)
  expectDim(weights, f0Conv, 1, mel)
  return {
    stages: {
      mel,
      channels,
      upsampleRates,
      upsampleKernels,
      resblockKernels: resblocks.kernels,
      resblockDilations: resblocks.dilations,
      sourceKernels: sources.kernels,
      sourceDilations: sources.dilations,
    },
    source: {
      nFft,
      hop: istft.number('hop_len'),
      harmonics: agree(
        hift,
        'nb_harmonics',
        weights.dim(merge, 1) - 1,
        weights,
        `columns of ${merge} less 1`,
      ),
      // Keys left out have the defaults of the reference's generator.
      nsfAlpha: hift.number('nsf_alpha', 0.1),
      nsfSigma: hift.number('nsf_sigma', 0.003),
      voicedThreshold: hift.number('nsf_voiced_threshold', voicedThreshold),
      lreluSlope: hift.number('lrelu_slope', 0.1),
      audioLimit: hift.number('audio_limit', 0.99),
      f0Channels,
    },
  }
}

/** Kernels from the weights, dilations from the yaml; blocks are numbered stage by stage. */
function readResblocks(
  weights: Weights,
  hift: YamlSection,
  prefix: string,
  yamlPrefix: string,
  stages: number,
): { kernels: number[]; dilations: number[][] } {
  const blocks = countBlocks(weights, prefix)
  if (blocks % stages !== 0) {
    throw refusal(weights.file, `key '${prefix}'`, `a multiple of ${stages} blocks`, `${blocks}`)
  }
  const found = Array.from({ length: blocks / stages }, (_, i) =>
    weights.dim(convKey(`${prefix}.${i}.convs1.0`), 2),
  )
  const kernels = agreeAll(hift, `${yamlPrefix}resblock_kernel_sizes`, found, weights, prefix)
  const key = `${yamlPrefix}resblock_dilation_sizes`
  const dilations = hift.numberLists(key).map((list) => [...list])
  if (dilations.length !== kernels.length)
    throw hift.bad(key, `${kernels.length} lists`, `${dilations.length}`)
  for (const [i, list] of dilations.entries()) {
    const convs = countBlocks(weights, `${prefix}.${i}.convs1`)
    if (list.length !== convs) throw hift.bad(key, `${convs} dilations in list ${i}`, `${list.length}`)
  }
  return { kernels, dilations }
}

/** `feat_extractor`, and the rates that follow from it and the vocoder. */
export function readFeatureParameters(
  yaml: YamlSection,
  hift: Pick<HiftHyperParameters, 'sampleRate' | 'upsampleRates' | 'hop' | 'mel'>,
  tokenMelRatio: number,
  bins: { readonly tokenizerMels: number; readonly fbankMels: number },
): FeatureHyperParameters {
  const mel = yaml.instance('feat_extractor', 'mel_spectrogram')
  mel.require('center', false)
  const sampleRate = mel.number('sampling_rate')
  if (sampleRate !== hift.sampleRate) {
    throw mel.bad('sampling_rate', `${hift.sampleRate}, as hift.sampling_rate`, `${sampleRate}`)
  }
  const hop = mel.number('hop_size')
  const samplesPerFrame = hift.upsampleRates.reduce((product, rate) => product * rate, hift.hop)
  if (hop !== samplesPerFrame) {
    throw mel.bad('hop_size', `${samplesPerFrame}, the samples that hift makes of a frame`, `${hop}`)
  }
  const mels = mel.number('num_mels')
  if (mels !== hift.mel) throw mel.bad('num_mels', `${hift.mel}, as hift takes`, `${mels}`)
  const tokenRate = sampleRate / hop / tokenMelRatio
  if (!Number.isInteger(tokenRate)) throw mel.bad('hop_size', 'whole tokens per second', `${tokenRate}`)
  if (yaml.has('token_frame_rate') && yaml.number('token_frame_rate') !== tokenRate) {
    throw yaml.bad(
      'token_frame_rate',
      `${tokenRate}, as hop and rates give it`,
      `${yaml.number('token_frame_rate')}`,
    )
  }
  return {
    mel: {
      sampleRate,
      nFft: mel.number('n_fft'),
      hop,
      window: mel.number('win_size'),
      mels,
      fMin: mel.number('fmin'),
      fMax: mel.optionalNumber('fmax'),
    },
    tokenRate,
    ...bins,
  }
}
