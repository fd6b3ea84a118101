/** The language model's numbers: from its weights where they show them, else from `config.json` and the yaml. */
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'
import { agree, countBlocks, expectDim } from './agreement.ts'
import type { LanguageConfig } from './language-config.ts'
import { refusal } from './refusal.ts'
import type { Weights } from './weights.ts'
import type { YamlSection } from './yaml-value.ts'

/** Ids after the ordinary speech tokens: end, reserved, "more text please" (reference rules 2 and 4). */
const SPECIAL_SPEECH_IDS = 3
/** Rows of `llm_embedding`: start of sequence, task. */
const TASK_ROWS = 2

const BODY = 'llm.model.model'

/** Throws BAD_CHECKPOINT with file, key, expected and got where two sources contradict each other. */
export function readLlmParameters(
  weights: Weights,
  config: LanguageConfig,
  yaml: YamlSection,
): LlmHyperParameters {
  const llm = yaml.instance('llm', 'Qwen2LM')
  llm.instance('llm', 'Qwen2Encoder')
  const { heads, kvHeads, headDim } = config
  const embedding = `${BODY}.embed_tokens.weight`
  const attention = `${BODY}.layers.0.self_attn`

  const hidden = fromConfig(
    config,
    'hidden_size',
    config.hidden,
    weights.dim(embedding, 1),
    weights,
    embedding,
  )
  const textVocab = fromConfig(
    config,
    'vocab_size',
    config.vocab,
    weights.dim(embedding, 0),
    weights,
    embedding,
  )
  const layers = countBlocks(weights, `${BODY}.layers`)
  fromConfig(config, 'num_hidden_layers', config.layers, layers, weights, `${BODY}.layers`)
  const gate = `${BODY}.layers.0.mlp.gate_proj.weight`
  const mlp = fromConfig(config, 'intermediate_size', config.mlp, weights.dim(gate, 0), weights, gate)
  expectDim(weights, `${attention}.q_proj.weight`, 0, heads * headDim)
  expectDim(weights, `${attention}.k_proj.weight`, 0, kvHeads * headDim)
  expectDim(weights, 'llm_embedding.weight', 0, TASK_ROWS)
  agree(llm, 'llm_input_size', hidden, weights, embedding)
  agree(llm, 'llm_output_size', hidden, weights, embedding)

  const decoderRows = weights.dim('llm_decoder.weight', 0)
  expectDim(weights, 'speech_embedding.weight', 0, decoderRows)
  const speechTokenSize = agree(
    llm,
    'speech_token_size',
    decoderRows - SPECIAL_SPEECH_IDS,
    weights,
    `rows of llm_decoder.weight less ${SPECIAL_SPEECH_IDS}`,
  )
  return {
    hidden,
    layers,
    heads,
    kvHeads,
    headDim,
    mlp,
    textVocab,
    speechTokenSize,
    decoderRows,
    ropeTheta: config.ropeTheta,
    rmsEps: config.rmsEps,
    maxPositions: config.maxPositions,
    mixRatio: readMixRatio(llm),
    sampling: readSampling(llm.instance('sampling', 'ras_sampling')),
  }
}

export function fromConfig(
  config: LanguageConfig,
  key: string,
  stated: number,
  value: number,
  weights: Weights,
  source: string,
): number {
  if (stated === value) return value
  throw refusal(config.file, `key '${key}'`, `${value}, as ${weights.file} has it (${source})`, `${stated}`)
}

export function readMixRatio(llm: YamlSection): [number, number] {
  const [text, speech, ...more] = llm.numbers('mix_ratio', [5, 15])
  if (text === undefined || speech === undefined || more.length > 0) {
    throw llm.bad('mix_ratio', 'two numbers', `[${llm.numbers('mix_ratio')}]`)
  }
  return [text, speech]
}

/** Keys left out have the defaults of the reference's `ras_sampling`. */
export function readSampling(sampling: YamlSection): LlmHyperParameters['sampling'] {
  return {
    topP: sampling.number('top_p', 0.8),
    topK: sampling.number('top_k', 25),
    winSize: sampling.number('win_size', 10),
    tauR: sampling.number('tau_r', 0.1),
  }
}
