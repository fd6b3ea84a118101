/**
 * Every tensor of a CosyVoice2 checkpoint, by key and shape, for any dimensions.
 *
 * The reference loads a state dict only where it has every key. So a checkpoint that lacks one, a bias even, is refused
 * here: without it a graph could be built as if the layer had none.
 */
import type {
  FlowHyperParameters,
  HiftHyperParameters,
  LlmHyperParameters,
} from '../../core/hyper-parameters.ts'
import { refusal } from './refusal.ts'
import type { Weights } from './weights.ts'

export interface ExpectedTensor {
  readonly key: string
  readonly shape: readonly number[]
  /** `scale` multiplies (of norms and the like), `bias` is added, `weight` is any other. */
  readonly kind: 'weight' | 'scale' | 'bias'
  /** Key whose storage this one shares; such a tensor may be missing. */
  readonly sharedWith?: string
}

/** Throws BAD_CHECKPOINT for the first tensor that is missing or of another shape. Counts as no use of it. */
export function requireTensors(weights: Weights, expected: readonly ExpectedTensor[]): void {
  for (const { key, shape, sharedWith } of expected) {
    if (sharedWith !== undefined && !weights.has(key)) continue
    const got = weights.shape(key)
    if (String(got) !== String(shape)) {
      throw refusal(weights.file, `key '${key}'`, `shape [${shape.join(', ')}]`, `[${got.join(', ')}]`)
    }
  }
}

type Expected = ExpectedTensor[]

const TASK_ROWS = 2
/** Width of the estimator's first time layer, in multiples of its channels. */
const TIME_FACTOR = 4
const FEED_FORWARD_FACTOR = 4

export function llmTensors(dims: LlmHyperParameters): Expected {
  return [
    weight('llm_embedding', TASK_ROWS, dims.hidden),
    ...decoderTensors(dims),
    bias('llm_decoder.bias', dims.decoderRows),
  ]
}

/** The Qwen2 decoder with speech table and head, which all families have. */
export function decoderTensors(dims: LlmHyperParameters): Expected {
  const { hidden, heads, kvHeads, headDim, mlp } = dims
  const body = 'llm.model.model'
  const layers = Array.from({ length: dims.layers }, (_, i) => `${body}.layers.${i}`).flatMap((layer) => [
    ...linear(`${layer}.self_attn.q_proj`, heads * headDim, hidden),
    ...linear(`${layer}.self_attn.k_proj`, kvHeads * headDim, hidden),
    ...linear(`${layer}.self_attn.v_proj`, kvHeads * headDim, hidden),
    weight(`${layer}.self_attn.o_proj`, hidden, heads * headDim),
    weight(`${layer}.mlp.gate_proj`, mlp, hidden),
    weight(`${layer}.mlp.up_proj`, mlp, hidden),
    weight(`${layer}.mlp.down_proj`, hidden, mlp),
    scale(`${layer}.input_layernorm.weight`, hidden),
    scale(`${layer}.post_attention_layernorm.weight`, hidden),
  ])
  const embedding = weight(`${body}.embed_tokens`, dims.textVocab, hidden)
  return [
    embedding,
    ...layers,
    scale(`${body}.norm.weight`, hidden),
    { ...embedding, key: 'llm.model.lm_head.weight', sharedWith: embedding.key },
    weight('llm_decoder', dims.decoderRows, hidden),
    weight('speech_embedding', dims.decoderRows, hidden),
  ]
}

export function flowTensors(dims: FlowHyperParameters): Expected {
  const { width, mel } = dims
  const blocks = [
    ...Array.from({ length: dims.encoderBlocks }, (_, i) => `encoder.encoders.${i}`),
    ...Array.from({ length: dims.upBlocks }, (_, i) => `encoder.up_encoders.${i}`),
  ]
  return [
    weight('input_embedding', dims.vocab, width),
    ...linear('spk_embed_affine_layer', mel, dims.spkDim),
    ...['embed', 'up_embed'].flatMap((name) => [
      ...linear(`encoder.${name}.out.0`, width, width),
      ...norm(`encoder.${name}.out.1`, width),
    ]),
    ...norm('encoder.after_norm', width),
    ...conv('encoder.pre_lookahead_layer.conv1', width, width, dims.preLookahead + 1),
    ...conv('encoder.pre_lookahead_layer.conv2', width, width, 3),
    ...conv('encoder.up_layer.conv', width, width, 2 * dims.upsampleStride + 1),
    ...blocks.flatMap((block) => conformerTensors(block, dims)),
    ...linear('encoder_proj', mel, width),
    ...estimatorTensors(dims),
  ]
}

function conformerTensors(block: string, { width, heads, headDim, ffn }: FlowHyperParameters): Expected {
  const attention = `${block}.self_attn`
  return [
    plain(`${attention}.pos_bias_u`, heads, headDim),
    plain(`${attention}.pos_bias_v`, heads, headDim),
    ...['q', 'k', 'v', 'out'].flatMap((name) => linear(`${attention}.linear_${name}`, width, width)),
    weight(`${attention}.linear_pos`, width, width),
    ...linear(`${block}.feed_forward.w_1`, ffn, width),
    ...linear(`${block}.feed_forward.w_2`, width, ffn),
    ...norm(`${block}.norm_ff`, width),
    ...norm(`${block}.norm_mha`, width),
  ]
}

/** A UNet of one level: down, middle, up, each a residual block with transformer blocks. */
function estimatorTensors(dims: FlowHyperParameters): Expected {
  const root = 'decoder.estimator'
  const channels = dims.channels[0]!
  const inputs = 4 * dims.mel
  const time = TIME_FACTOR * channels
  const stage = (name: string, from: number) => stageTensors(`${root}.${name}`, dims, from, channels, time)
  return [
    ...linear(`${root}.time_mlp.linear_1`, time, inputs),
    ...linear(`${root}.time_mlp.linear_2`, time, time),
    ...stage('down_blocks.0', inputs),
    ...conv(`${root}.down_blocks.0.2`, channels, channels, 3),
    ...Array.from({ length: dims.numMid }, (_, i) => stage(`mid_blocks.${i}`, channels)).flat(),
    ...stage('up_blocks.0', 2 * channels),
    ...conv(`${root}.up_blocks.0.2`, channels, channels, 3),
    ...conv(`${root}.final_block.block.0`, channels, channels, 3),
    ...norm(`${root}.final_block.block.2`, channels),
    ...conv(`${root}.final_proj`, dims.mel, channels, 1),
  ]
}

function stageTensors(
  name: string,
  dims: FlowHyperParameters,
  from: number,
  to: number,
  time: number,
): Expected {
  const inner = dims.estimatorHeads * dims.estimatorHeadDim
  const wide = FEED_FORWARD_FACTOR * to
  const transformers = Array.from({ length: dims.nBlocks }, (_, i) => `${name}.1.${i}`).flatMap((block) => [
    ...norm(`${block}.norm1`, to),
    ...['q', 'k', 'v'].map((part) => weight(`${block}.attn1.to_${part}`, inner, to)),
    ...linear(`${block}.attn1.to_out.0`, to, inner),
    ...norm(`${block}.norm3`, to),
    ...linear(`${block}.ff.net.0.proj`, wide, to),
    ...linear(`${block}.ff.net.2`, to, wide),
  ])
  return [
    ...linear(`${name}.0.mlp.1`, to, time),
    ...conv(`${name}.0.block1.block.0`, to, from, 3),
    ...norm(`${name}.0.block1.block.2`, to),
    ...conv(`${name}.0.block2.block.0`, to, to, 3),
    ...norm(`${name}.0.block2.block.2`, to),
    ...conv(`${name}.0.res_conv`, to, from, 1),
    ...transformers,
  ]
}

export function hiftTensors(dims: HiftHyperParameters): Expected {
  const stages = dims.upsampleRates.length
  const channelsAt = (stage: number) => dims.channels / 2 ** (stage + 1)
  const spectrum = dims.nFft + 2
  const upsampling = dims.upsampleKernels.flatMap((kernel, i) => {
    const from = dims.channels / 2 ** i
    return normedConv(`ups.${i}`, [from, channelsAt(i), kernel], channelsAt(i))
  })
  const sources = Array.from({ length: stages }, (_, i) => {
    // The source enters each stage at that stage's rate: strided by what is still to be up-sampled.
    const stride = dims.upsampleRates.slice(i + 1).reduce((product, rate) => product * rate, 1)
    return [
      ...conv(`source_downs.${i}`, channelsAt(i), spectrum, stride === 1 ? 1 : 2 * stride),
      ...resblockTensors(
        `source_resblocks.${i}`,
        channelsAt(i),
        dims.sourceKernels[i]!,
        dims.sourceDilations[i]!,
      ),
    ]
  }).flat()
  const resblocks = Array.from({ length: stages }, (_, stage) =>
    dims.resblockKernels.flatMap((kernel, i) =>
      resblockTensors(
        `resblocks.${stage * dims.resblockKernels.length + i}`,
        channelsAt(stage),
        kernel,
        dims.resblockDilations[i]!,
      ),
    ),
  ).flat()
  const f0 = Array.from({ length: 5 }, (_, i) =>
    normedConv(`f0_predictor.condnet.${2 * i}`, [dims.f0Channels, i === 0 ? dims.mel : dims.f0Channels, 3]),
  ).flat()
  return [
    ...linear('m_source.l_linear', 1, dims.harmonics + 1),
    ...normedConv('conv_pre', [dims.channels, dims.mel, 7]),
    ...upsampling,
    ...sources,
    ...resblocks,
    ...normedConv('conv_post', [spectrum, channelsAt(stages - 1), 7]),
    ...f0,
    ...linear('f0_predictor.classifier', 1, dims.f0Channels),
  ]
}

export function resblockTensors(
  name: string,
  channels: number,
  kernel: number,
  dilations: readonly number[],
): Expected {
  return dilations.flatMap((_, i) => [
    ...normedConv(`${name}.convs1.${i}`, [channels, channels, kernel]),
    ...normedConv(`${name}.convs2.${i}`, [channels, channels, kernel]),
    scale(`${name}.activations1.${i}.alpha`, channels),
    scale(`${name}.activations2.${i}.alpha`, channels),
  ])
}

/** Weight norm keeps a length for each row and a direction. */
export function normedConv(
  name: string,
  shape: readonly [number, number, number],
  biasSize = shape[0],
): Expected {
  return [
    bias(`${name}.bias`, biasSize),
    scale(`${name}.parametrizations.weight.original0`, shape[0], 1, 1),
    plain(`${name}.parametrizations.weight.original1`, ...shape),
  ]
}

export function conv(name: string, to: number, from: number, kernel: number): Expected {
  return [plain(`${name}.weight`, to, from, kernel), bias(`${name}.bias`, to)]
}

export function linear(name: string, to: number, from: number): Expected {
  return [weight(name, to, from), bias(`${name}.bias`, to)]
}

export function norm(name: string, channels: number): Expected {
  return [scale(`${name}.weight`, channels), bias(`${name}.bias`, channels)]
}

export function weight(name: string, ...shape: number[]): ExpectedTensor {
  return plain(`${name}.weight`, ...shape)
}

export function plain(key: string, ...shape: number[]): ExpectedTensor {
  return { key, shape, kind: 'weight' }
}

export function scale(key: string, ...shape: number[]): ExpectedTensor {
  return { key, shape, kind: 'scale' }
}

function bias(key: string, ...shape: number[]): ExpectedTensor {
  return { key, shape, kind: 'bias' }
}
