/** Every tensor of a CosyVoice3 checkpoint, by key and shape, for any dimensions. */
import {
  conv,
  type ExpectedTensor,
  linear,
  normedConv,
  plain,
  resblockTensors,
  weight,
} from '../../convert/checkpoint/expected-tensors.ts'
import type { CausalHiftParameters, DitFlowParameters } from '../../core/hyper-parameters.ts'
import { BLOCK_VECTORS, LAST_VECTORS } from './ada-norm.ts'
import { F0_KERNEL, F0_LAYERS } from './causal-f0.ts'
import { POST_KERNEL } from './causal-generator.ts'
import { ESTIMATOR } from './dit-projections.ts'

/** Sines and cosines of the time embedding; the reference's code fixes it. */
const TIME_ANGLES = 256

export function ditFlowTensors(dims: DitFlowParameters, convChannels: number): ExpectedTensor[] {
  const { mel, width, headDim, ffn } = dims
  const inner = dims.heads * headDim
  const time = `${ESTIMATOR}.time_embed.time_mlp`
  const blocks = Array.from({ length: dims.blocks }, (_, i) => `${ESTIMATOR}.transformer_blocks.${i}`)
  return [
    weight('input_embedding', dims.vocab, mel),
    ...linear('spk_embed_affine_layer', mel, dims.spkDim),
    ...conv('pre_lookahead_layer.conv1', dims.lookaheadWidth, mel, dims.preLookahead + 1),
    ...conv('pre_lookahead_layer.conv2', mel, dims.lookaheadWidth, 3),
    ...linear(`${time}.0`, width, TIME_ANGLES),
    ...linear(`${time}.2`, width, width),
    ...linear(`${ESTIMATOR}.input_embed.proj`, width, 4 * mel),
    ...['conv1', 'conv2'].flatMap((name) =>
      conv(`${ESTIMATOR}.input_embed.conv_pos_embed.${name}.0`, width, convChannels, dims.convTaps),
    ),
    plain(`${ESTIMATOR}.rotary_embed.inv_freq`, headDim / 2),
    ...blocks.flatMap((block) => [
      ...linear(`${block}.attn_norm.linear`, BLOCK_VECTORS * width, width),
      ...['q', 'k', 'v'].flatMap((part) => linear(`${block}.attn.to_${part}`, inner, width)),
      ...linear(`${block}.attn.to_out.0`, width, inner),
      ...linear(`${block}.ff.ff.0.0`, ffn, width),
      ...linear(`${block}.ff.ff.2`, width, ffn),
    ]),
    ...linear(`${ESTIMATOR}.norm_out.linear`, LAST_VECTORS * width, width),
    ...linear(`${ESTIMATOR}.proj_out`, mel, width),
  ]
}

export function causalHiftTensors(dims: CausalHiftParameters): ExpectedTensor[] {
  const stages = dims.upsampleRates.length
  const channelsAt = (stage: number) => dims.channels / 2 ** (stage + 1)
  const spectrum = dims.nFft + 2
  return [
    ...linear('m_source.l_linear', 1, dims.harmonics + 1),
    ...normedConv('conv_pre', [dims.channels, dims.mel, dims.lookRight + 1]),
    ...dims.upsampleKernels.flatMap((kernel, i) =>
      normedConv(`ups.${i}`, [channelsAt(i), channelsAt(i - 1), kernel]),
    ),
    ...Array.from({ length: stages }, (_, i) => {
      // The source enters each stage at that stage's rate: strided by what is still to be up-sampled.
      const stride = dims.upsampleRates.slice(i + 1).reduce((product, rate) => product * rate, 1)
      const block = `source_resblocks.${i}`
      return [
        ...conv(`source_downs.${i}`, channelsAt(i), spectrum, stride === 1 ? 1 : 2 * stride),
        ...resblockTensors(block, channelsAt(i), dims.sourceKernels[i]!, dims.sourceDilations[i]!),
        ...dims.resblockKernels.flatMap((kernel, j) =>
          resblockTensors(
            `resblocks.${i * dims.resblockKernels.length + j}`,
            channelsAt(i),
            kernel,
            dims.resblockDilations[j]!,
          ),
        ),
      ]
    }).flat(),
    ...normedConv('conv_post', [spectrum, channelsAt(stages - 1), POST_KERNEL]),
    ...Array.from({ length: F0_LAYERS }, (_, i) =>
      normedConv(`f0_predictor.condnet.${2 * i}`, [
        dims.f0Channels,
        i === 0 ? dims.mel : dims.f0Channels,
        i === 0 ? dims.f0LookRight + 1 : F0_KERNEL,
      ]),
    ).flat(),
    ...linear('f0_predictor.classifier', 1, dims.f0Channels),
  ]
}
