/** The causal vocoder's numbers: from its weights where they show them, else from the yaml. */
import { agree, agreeAll, countBlocks, expectDim } from '../../convert/checkpoint/agreement.ts'
import { convKey, readResblocks } from '../../convert/checkpoint/hift-parameters.ts'
import { refusal } from '../../convert/checkpoint/refusal.ts'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import type { YamlSection } from '../../convert/checkpoint/yaml-value.ts'
import type { CausalHiftParameters, DitFlowParameters } from '../../core/hyper-parameters.ts'
import { noiseDraw } from './noise-draw.ts'

/** Throws BAD_CHECKPOINT with file, key, expected and got where yaml and weights contradict each other. */
export function readCausalHiftParameters(
  weights: Weights,
  yaml: YamlSection,
  flow: DitFlowParameters,
): CausalHiftParameters {
  const hift = yaml.instance('hift', 'CausalHiFTGenerator')
  const istft = hift.section('istft_params')
  const f0 = hift.instance('f0_predictor', 'CausalConvRNNF0Predictor')
  const pre = convKey('conv_pre')
  const channels = agree(hift, 'base_channels', weights.dim(pre, 0), weights, pre)
  const mel = agree(hift, 'in_channels', weights.dim(pre, 1), weights, pre)
  const stages = countBlocks(weights, 'ups')
  const kernels = Array.from({ length: stages }, (_, i) => weights.dim(convKey(`ups.${i}`), 2))
  const upsampleRates = [...hift.numbers('upsample_rates')]
  if (upsampleRates.length !== stages) {
    throw hift.bad('upsample_rates', `${stages} rates, as ${weights.file} has stages`, `[${upsampleRates}]`)
  }
  const resblocks = readResblocks(weights, hift, 'resblocks', '', stages)
  const sources = readResblocks(weights, hift, 'source_resblocks', 'source_', 1)
  if (sources.kernels.length !== stages) {
    throw refusal(weights.file, "key 'source_resblocks'", `${stages} blocks`, `${sources.kernels.length}`)
  }
  const post = convKey('conv_post')
  const merge = 'm_source.l_linear.weight'
  const f0Conv = convKey('f0_predictor.condnet.0')
  const f0Channels = agree(f0, 'cond_channels', weights.dim(f0Conv, 0), weights, f0Conv)
  expectDim(weights, f0Conv, 1, mel)
  const harmonics = agree(
    hift,
    'nb_harmonics',
    weights.dim(merge, 1) - 1,
    weights,
    `columns of ${merge} less 1`,
  )
  const f0LookRight = weights.dim(f0Conv, 2) - 1
  return {
    mel,
    channels,
    upsampleRates,
    upsampleKernels: agreeAll(hift, 'upsample_kernel_sizes', kernels, weights, 'ups'),
    resblockKernels: resblocks.kernels,
    resblockDilations: resblocks.dilations,
    sourceKernels: sources.kernels,
    sourceDilations: sources.dilations,
    lookRight: agree(hift, 'conv_pre_look_right', weights.dim(pre, 2) - 1, weights, pre),
    f0LookRight,
    nFft: agree(istft, 'n_fft', weights.dim(post, 0) - 2, weights, `rows of ${post} less 2`),
    hop: istft.number('hop_len'),
    harmonics,
    // Keys left out have the defaults of the reference's generator.
    nsfAlpha: hift.number('nsf_alpha', 0.1),
    nsfSigma: hift.number('nsf_sigma', 0.003),
    voicedThreshold: hift.number('nsf_voiced_threshold', 10),
    lreluSlope: hift.number('lrelu_slope', 0.1),
    audioLimit: hift.number('audio_limit', 0.99),
    f0Channels,
    noiseDraw: noiseDraw(flow, { mel, f0Channels, f0LookRight, harmonics }),
    sampleRate: hift.number('sampling_rate'),
  }
}
