/** The flow's numbers: from its weights where they show them, else from the yaml, and the two held together. */
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import { agree, agreeAll, countBlocks, expectDim } from './agreement.ts'
import { refusal } from './refusal.ts'
import type { Weights } from './weights.ts'
import type { YamlSection } from './yaml-value.ts'

/** The estimator sees noise, mu, speaker and prompt side by side. */
const ESTIMATOR_INPUTS = 4

/** The reference's code solves in so many steps; no file says it. */
const EULER_STEPS = 10

const ESTIMATOR = 'decoder.estimator'

/** Throws BAD_CHECKPOINT with file, key, expected and got where yaml and weights contradict each other. */
export function readFlowParameters(weights: Weights, yaml: YamlSection): FlowHyperParameters {
  const flow = yaml.instance('flow', 'CausalMaskedDiffWithXvec')
  const encoder = flow.instance('encoder', 'UpsampleConformerEncoder')
  const decoder = flow.instance('decoder', 'CausalConditionalCFM')
  // Files of the first release name the older class, which does the same with `causal: True`.
  const estimator = decoder.instance('estimator', 'CausalConditionalDecoder', 'ConditionalDecoder')
  requireKnownVariant(encoder, estimator)

  const mel = agree(
    flow,
    'output_size',
    weights.dim('encoder_proj.weight', 0),
    weights,
    'encoder_proj.weight',
  )
  const spkDim = agree(
    flow,
    'spk_embed_dim',
    weights.dim('spk_embed_affine_layer.weight', 1),
    weights,
    'spk_embed_affine_layer.weight',
  )
  expectDim(weights, 'spk_embed_affine_layer.weight', 0, mel)
  const upsampleStride = readUpsampleStride(weights)
  const tokenMelRatio = agree(
    flow,
    'token_mel_ratio',
    upsampleStride,
    weights,
    'encoder.up_layer.conv.weight',
  )
  const encoderNumbers = readEncoder(weights, flow, encoder)
  return {
    ...encoderNumbers,
    vocab: agree(
      flow,
      'vocab_size',
      weights.dim('input_embedding.weight', 0),
      weights,
      'input_embedding.weight',
    ),
    upsampleStride,
    tokenMelRatio,
    chunkTokens: readChunkTokens(yaml, encoder, estimator, tokenMelRatio),
    mel,
    spkDim,
    ...readEstimator(weights, estimator, mel),
    ...readSolver(decoder.section('cfm_params')),
  }
}

function requireKnownVariant(encoder: YamlSection, estimator: YamlSection): void {
  encoder.require('input_layer', 'linear')
  encoder.require('pos_enc_layer_type', 'rel_pos_espnet')
  encoder.require('selfattention_layer_type', 'rel_selfattn')
  encoder.require('normalize_before', true)
  encoder.require('use_cnn_module', false)
  encoder.require('macaron_style', false)
  estimator.require('act_fn', 'gelu')
  if (estimator.className === 'ConditionalDecoder' && !estimator.has('causal')) {
    throw estimator.bad('causal', 'True', 'no such key')
  }
  estimator.require('causal', true)
  // A bounded left context would change what a cached block may attend to.
  if (estimator.has('num_decoding_left_chunks') && estimator.number('num_decoding_left_chunks') >= 0) {
    const got = `${estimator.number('num_decoding_left_chunks')}`
    throw estimator.bad('num_decoding_left_chunks', 'a negative number (all earlier chunks)', got)
  }
}

function readEncoder(weights: Weights, flow: YamlSection, encoder: YamlSection) {
  const width = agree(
    flow,
    'input_size',
    weights.dim('input_embedding.weight', 1),
    weights,
    'input_embedding.weight',
  )
  agree(encoder, 'input_size', width, weights, 'input_embedding.weight')
  const output = agree(
    encoder,
    'output_size',
    weights.dim('encoder.embed.out.0.weight', 0),
    weights,
    'encoder.embed.out.0.weight',
  )
  expectDim(weights, 'encoder.embed.out.0.weight', 0, width)
  expectDim(weights, 'encoder_proj.weight', 1, output)
  const bias = 'encoder.encoders.0.self_attn.pos_bias_u'
  const heads = agree(encoder, 'attention_heads', weights.dim(bias, 0), weights, bias)
  const headDim = weights.dim(bias, 1)
  expectDim(weights, 'encoder.encoders.0.self_attn.linear_q.weight', 0, heads * headDim)
  const hiddenLayer = 'encoder.encoders.0.feed_forward.w_1.weight'
  const lookAheadConv = 'encoder.pre_lookahead_layer.conv1.weight'
  return {
    width,
    heads,
    headDim,
    ffn: agree(encoder, 'linear_units', weights.dim(hiddenLayer, 0), weights, hiddenLayer),
    encoderBlocks: agree(
      encoder,
      'num_blocks',
      countBlocks(weights, 'encoder.encoders'),
      weights,
      'encoder.encoders',
    ),
    upBlocks: countBlocks(weights, 'encoder.up_encoders'),
    preLookahead: agree(flow, 'pre_lookahead_len', weights.dim(lookAheadConv, 2) - 1, weights, lookAheadConv),
  }
}

/** The up-sampling's convolution has 2 · stride + 1 taps. */
function readUpsampleStride(weights: Weights): number {
  const key = 'encoder.up_layer.conv.weight'
  const taps = weights.dim(key, 2)
  if (taps < 3 || taps % 2 === 0)
    throw refusal(weights.file, `key '${key}'`, 'an odd number of taps', `${taps}`)
  return (taps - 1) / 2
}

/**
 * Tokens of a streaming block. The encoder counts it in tokens, the estimator in mel frames; older files give only
 * the estimator's, some neither but the top-level `chunk_size`.
 */
function readChunkTokens(
  yaml: YamlSection,
  encoder: YamlSection,
  estimator: YamlSection,
  tokenMelRatio: number,
): number {
  const inTokens = encoder.has('static_chunk_size') ? encoder.number('static_chunk_size') : undefined
  const frames = estimator.has('static_chunk_size') ? estimator.number('static_chunk_size') : undefined
  const inFrames = frames === undefined ? undefined : frames / tokenMelRatio
  const tokens = inTokens ?? inFrames ?? yaml.number('chunk_size')
  if (!Number.isInteger(tokens) || tokens <= 0) {
    throw (inTokens === undefined ? estimator : encoder).bad('static_chunk_size', 'whole tokens', `${tokens}`)
  }
  if (inFrames !== undefined && inFrames !== tokens) {
    throw estimator.bad('static_chunk_size', `${tokens} tokens × ${tokenMelRatio} frames`, `${frames}`)
  }
  return tokens
}

function readEstimator(weights: Weights, estimator: YamlSection, mel: number) {
  const levels = countBlocks(weights, `${ESTIMATOR}.down_blocks`)
  if (levels !== 1) {
    throw refusal(weights.file, `key '${ESTIMATOR}.down_blocks'`, 'one level of channels', `${levels}`)
  }
  const firstConv = (level: number) => `${ESTIMATOR}.down_blocks.${level}.0.block1.block.0.weight`
  const channels = Array.from({ length: levels }, (_, level) => weights.dim(firstConv(level), 0))
  expectDim(weights, firstConv(0), 1, ESTIMATOR_INPUTS * mel)
  agree(estimator, 'in_channels', ESTIMATOR_INPUTS * mel, weights, firstConv(0))
  agree(estimator, 'out_channels', weights.dim(`${ESTIMATOR}.final_proj.weight`, 0), weights, 'final_proj')
  expectDim(weights, `${ESTIMATOR}.final_proj.weight`, 0, mel)
  const query = `${ESTIMATOR}.mid_blocks.0.1.0.attn1.to_q.weight`
  const estimatorHeads = estimator.number('num_heads')
  const estimatorHeadDim = estimator.number('attention_head_dim')
  expectDim(weights, query, 0, estimatorHeads * estimatorHeadDim)
  return {
    channels: agreeAll(estimator, 'channels', channels, weights, `${ESTIMATOR}.down_blocks`),
    nBlocks: agree(
      estimator,
      'n_blocks',
      countBlocks(weights, `${ESTIMATOR}.mid_blocks.0.1`),
      weights,
      `${ESTIMATOR}.mid_blocks.0.1`,
    ),
    numMid: agree(
      estimator,
      'num_mid_blocks',
      countBlocks(weights, `${ESTIMATOR}.mid_blocks`),
      weights,
      `${ESTIMATOR}.mid_blocks`,
    ),
    estimatorHeads,
    estimatorHeadDim,
  }
}

/** How the flow is solved, the same in all of the reference's models. */
export function readSolver(
  params: YamlSection,
): Pick<FlowHyperParameters, 'cfgRate' | 'tScheduler' | 'eulerSteps'> {
  // `!new:omegaconf.DictConfig` keeps its settings one level down.
  const content = params.has('content') ? params.section('content') : params
  content.require('solver', 'euler')
  content.require('t_scheduler', 'cosine', 'linear')
  const tScheduler = content.has('t_scheduler') ? content.string('t_scheduler') : 'cosine'
  return {
    cfgRate: content.number('inference_cfg_rate'),
    tScheduler: tScheduler === 'linear' ? 'linear' : 'cosine',
    eulerSteps: EULER_STEPS,
  }
}
