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
  expectDim(weights, 'llm_embedding.weight', 0, TASK_ROWS)
  return readLanguageModel(weights, config, llm, SPECIAL_SPEECH_IDS)
}

/** What every speech LM on Qwen2 states; `specialRows`: rows of its head behind the ordinary speech tokens. */
export function readLanguageModel(
  weights: Weights,
  config: LanguageConfig,
  llm: YamlSection,
  specialRows: number,
): LlmHyperParameters {
  const { heads, kvHeads, headDim } = config
  const embedding = `${BODY}.embed_tokens.weight`
  const attention = `${BODY}.layers.0.self_attn`
  const told = (key: string, stated: number, axis: number) =>
    fromConfig(config, key, stated, weights.dim(embedding, axis), weights, embedding)
  const hidden = told('hidden_size', config.hidden, 1)
  const textVocab = told('vocab_size', config.vocab, 0)
  const layers = countBlocks(weights, `${BODY}.layers`)
  fromConfig(config, 'num_hidden_layers', config.layers, layers, weights, `${BODY}.layers`)
  const gate = `${BODY}.layers.0.mlp.gate_proj.weight`
  const mlp = fromConfig(config, 'intermediate_size', config.mlp, weights.dim(gate, 0), weights, gate)
  expectDim(weights, `${attention}.q_proj.weight`, 0, heads * headDim)
  expectDim(weights, `${attention}.k_proj.weight`, 0, kvHeads * headDim)
  agree(llm, 'llm_input_size', hidden, weights, embedding)
  agree(llm, 'llm_output_size', hidden, weights, embedding)
  const decoderRows = weights.dim('llm_decoder.weight', 0)
  expectDim(weights, 'speech_embedding.weight', 0, decoderRows)
  return {
    hidden,
    layers,
    heads,
    kvHeads,
    headDim,
    mlp,
    textVocab,
    speechTokenSize: agree(
      llm,
      'speech_token_size',
      decoderRows - specialRows,
      weights,
      `rows of llm_decoder.weight less ${specialRows}`,
    ),
    decoderRows,
    ropeTheta: config.ropeTheta,
    rmsEps: config.rmsEps,
    maxPositions: config.maxPositions,
    mixRatio: readMixRatio(llm),
    sampling: readSampling(llm.instance('sampling', 'ras_sampling')),
  }
}

function fromConfig(
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

function readMixRatio(llm: YamlSection): [number, number] {
  const [text, speech, ...more] = llm.numbers('mix_ratio', [5, 15])
  if (text === undefined || speech === undefined || more.length > 0) {
    throw llm.bad('mix_ratio', 'two numbers', `[${llm.numbers('mix_ratio')}]`)
  }
  return [text, speech]
}

/** Keys left out have the defaults of the reference's `ras_sampling`. */
function readSampling(sampling: YamlSection): LlmHyperParameters['sampling'] {
  return {
    topP: sampling.number('top_p', 0.8),
    topK: sampling.number('top_k', 25),
    winSize: sampling.number('win_size', 10),
    tauR: sampling.number('tau_r', 0.1),
  }
}
