/** The DiT flow's numbers: from its weights where they show them, else from the yaml, and the two held together. */
import { agree, countBlocks, expectDim } from '../../convert/checkpoint/agreement.ts'
import { readSolver } from '../../convert/checkpoint/flow-parameters.ts'
import { refusal } from '../../convert/checkpoint/refusal.ts'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import type { YamlSection } from '../../convert/checkpoint/yaml-value.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import { ESTIMATOR } from './dit-projections.ts'

/** The estimator sees noise, prompt, mu and speaker side by side. */
const ESTIMATOR_INPUTS = 4

/** Throws BAD_CHECKPOINT with file, key, expected and got where yaml and weights contradict each other. */
export function readDitFlowParameters(weights: Weights, yaml: YamlSection): DitFlowParameters {
  const flow = yaml.instance('flow', 'CausalMaskedDiffWithDiT')
  const decoder = flow.instance('decoder', 'CausalConditionalCFM')
  const estimator = decoder.instance('estimator', 'DiT')
  const ahead = flow.instance('pre_lookahead_layer', 'PreLookaheadLayer')

  const embedding = 'input_embedding.weight'
  const mel = agree(flow, 'input_size', weights.dim(embedding, 1), weights, embedding)
  agree(flow, 'output_size', mel, weights, embedding)
  agree(ahead, 'in_channels', mel, weights, embedding)
  const speaker = 'spk_embed_affine_layer.weight'
  expectDim(weights, speaker, 0, mel)
  const right = 'pre_lookahead_layer.conv1.weight'
  const preLookahead = agree(flow, 'pre_lookahead_len', weights.dim(right, 2) - 1, weights, right)
  agree(ahead, 'pre_lookahead_len', preLookahead, weights, right)
  const tokenMelRatio = flow.number('token_mel_ratio')
  return {
    vocab: agree(flow, 'vocab_size', weights.dim(embedding, 0), weights, embedding),
    mel,
    spkDim: agree(flow, 'spk_embed_dim', weights.dim(speaker, 1), weights, speaker),
    preLookahead,
    lookaheadWidth: agree(ahead, 'channels', weights.dim(right, 0), weights, right),
    chunkTokens: readChunkTokens(yaml, estimator, tokenMelRatio),
    tokenMelRatio,
    ...readTransformer(weights, estimator, mel),
    ...readSolver(decoder.section('cfm_params')),
  }
}

/** Tokens of a streaming block; the estimator counts it in mel frames. */
function readChunkTokens(yaml: YamlSection, estimator: YamlSection, tokenMelRatio: number): number {
  const frames = estimator.has('static_chunk_size')
    ? estimator.number('static_chunk_size')
    : yaml.number('chunk_size') * tokenMelRatio
  const tokens = frames / tokenMelRatio
  if (!Number.isInteger(tokens) || tokens <= 0) {
    throw estimator.bad('static_chunk_size', `a multiple of ${tokenMelRatio} frames`, `${frames}`)
  }
  return tokens
}

function readTransformer(weights: Weights, estimator: YamlSection, mel: number) {
  for (const key of ['mel_dim', 'mu_dim', 'spk_dim', 'out_channels']) estimator.require(key, mel)
  const proj = `${ESTIMATOR}.input_embed.proj.weight`
  const width = agree(estimator, 'dim', weights.dim(proj, 0), weights, proj)
  expectDim(weights, proj, 1, ESTIMATOR_INPUTS * mel)
  expectDim(weights, `${ESTIMATOR}.proj_out.weight`, 0, mel)
  const frequencies = `${ESTIMATOR}.rotary_embed.inv_freq`
  const headDim = agree(estimator, 'dim_head', 2 * weights.dim(frequencies, 0), weights, frequencies)
  const query = `${ESTIMATOR}.transformer_blocks.0.attn.to_q.weight`
  const inner = weights.dim(query, 0)
  if (inner % headDim !== 0) {
    throw refusal(weights.file, `key '${query}'`, `a multiple of ${headDim} rows`, `${inner}`)
  }
  const hidden = `${ESTIMATOR}.transformer_blocks.0.ff.ff.0.0.weight`
  const ffn = weights.dim(hidden, 0)
  agree(estimator, 'ff_mult', ffn / width, weights, hidden)
  const conv = `${ESTIMATOR}.input_embed.conv_pos_embed.conv1.0.weight`
  return {
    width,
    blocks: agree(
      estimator,
      'depth',
      countBlocks(weights, `${ESTIMATOR}.transformer_blocks`),
      weights,
      `${ESTIMATOR}.transformer_blocks`,
    ),
    heads: agree(estimator, 'heads', inner / headDim, weights, query),
    headDim,
    ffn,
    convTaps: weights.dim(conv, 2),
  }
}
