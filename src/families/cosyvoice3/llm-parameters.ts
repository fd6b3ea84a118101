/** The language model's numbers: from its weights where they show them, else from `config.json` and the yaml. */
import { agree, countBlocks, expectDim } from '../../convert/checkpoint/agreement.ts'
import type { LanguageConfig } from '../../convert/checkpoint/language-config.ts'
import { fromConfig, readMixRatio, readSampling } from '../../convert/checkpoint/llm-parameters.ts'
import { refusal } from '../../convert/checkpoint/refusal.ts'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import type { YamlSection } from '../../convert/checkpoint/yaml-value.ts'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'

/** Rows behind the ordinary speech tokens: start, end, task, fill, and those kept for later. */
export const RESERVED_ROWS = 200

/** What the older model has: a bias of its head, and a table of its own for start and task. */
const OLDER = ['llm_decoder.bias', 'llm_embedding.weight']

const BODY = 'llm.model.model'

/** Throws BAD_CHECKPOINT with file, key, expected and got where two sources contradict each other. */
export function readSpeechLmParameters(
  weights: Weights,
  config: LanguageConfig,
  yaml: YamlSection,
): LlmHyperParameters {
  const llm = yaml.instance('llm', 'CosyVoice3LM')
  llm.instance('llm', 'Qwen2Encoder')
  for (const key of OLDER)
    if (weights.has(key)) throw refusal(weights.file, `key '${key}'`, 'no such key', 'one')
  const { heads, kvHeads, headDim } = config
  const embedding = `${BODY}.embed_tokens.weight`
  const told = (key: string, stated: number, axis: number) =>
    fromConfig(config, key, stated, weights.dim(embedding, axis), weights, embedding)
  const hidden = told('hidden_size', config.hidden, 1)
  const layers = countBlocks(weights, `${BODY}.layers`)
  fromConfig(config, 'num_hidden_layers', config.layers, layers, weights, `${BODY}.layers`)
  const gate = `${BODY}.layers.0.mlp.gate_proj.weight`
  agree(llm, 'llm_input_size', hidden, weights, embedding)
  agree(llm, 'llm_output_size', hidden, weights, embedding)
  expectDim(weights, `${BODY}.layers.0.self_attn.q_proj.weight`, 0, heads * headDim)
  const decoderRows = weights.dim('llm_decoder.weight', 0)
  expectDim(weights, 'speech_embedding.weight', 0, decoderRows)
  return {
    hidden,
    layers,
    heads,
    kvHeads,
    headDim,
    mlp: fromConfig(config, 'intermediate_size', config.mlp, weights.dim(gate, 0), weights, gate),
    textVocab: told('vocab_size', config.vocab, 0),
    speechTokenSize: agree(
      llm,
      'speech_token_size',
      decoderRows - RESERVED_ROWS,
      weights,
      `rows of llm_decoder.weight less ${RESERVED_ROWS}`,
    ),
    decoderRows,
    ropeTheta: config.ropeTheta,
    rmsEps: config.rmsEps,
    maxPositions: config.maxPositions,
    mixRatio: readMixRatio(llm),
    sampling: readSampling(llm.instance('sampling', 'ras_sampling')),
  }
}
