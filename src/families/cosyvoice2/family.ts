/** CosyVoice2: Qwen2 over text and speech tokens, a conformer and UNet flow, HiFT with centred windows. */
import type { TrainedFor } from '../../convert/checkpoint/trained-for.ts'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'
import type { FamilyCheckpoint, ModelFamily } from '../family.ts'
import { readCosyVoice2, YAML_NAMES } from './checkpoint.ts'
import { buildCosyVoice2Parts } from './model-parts.ts'

export const cosyVoice2: ModelFamily = {
  name: 'cosyvoice2',
  yamlNames: YAML_NAMES,
  read: async (files, choice) => {
    const checkpoint = await readCosyVoice2(files, choice)
    const { text, ...trained } = checkpoint.trainedFor
    return {
      ...checkpoint,
      text,
      rules: rulesOf(checkpoint.parameters.llm, trained),
      build: (folder, types, alignment) => buildCosyVoice2Parts(checkpoint, folder, types, alignment),
    }
  },
}

/**
 * The three ids behind the ordinary ones all end speech. The reference bars the first of them before speech may end.
 * The last asks for more text where text arrives live.
 */
function rulesOf(
  { speechTokenSize: end }: LlmHyperParameters,
  { instructions, languages }: Omit<TrainedFor, 'text'>,
): FamilyCheckpoint['rules'] {
  return {
    languages: [...languages],
    speech: {
      stop: [end, end + 1, end + 2],
      barred: [end],
      fill: end + 2,
      silence: { tokens: [], longest: 1 },
    },
    prompt: { mark: '<|endofprompt|>', lead: '', required: false, instructions },
  }
}
