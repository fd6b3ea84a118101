/** The language model's numbers: from its weights where they show them, else from `config.json` and the yaml. */
import type { LanguageConfig } from '../../convert/checkpoint/language-config.ts'
import { readLanguageModel } from '../../convert/checkpoint/llm-parameters.ts'
import { refusal } from '../../convert/checkpoint/refusal.ts'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import type { YamlSection } from '../../convert/checkpoint/yaml-value.ts'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'

/** Rows behind the ordinary speech tokens: start, end, task, fill, and those kept for later. */
export const RESERVED_ROWS = 200

/** What the older model has: a bias of its head, and a table of its own for start and task. */
const OLDER = ['llm_decoder.bias', 'llm_embedding.weight']

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
  return readLanguageModel(weights, config, llm, RESERVED_ROWS)
}
