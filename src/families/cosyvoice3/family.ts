/** CosyVoice3: control rows in the speech table, a diffusion transformer as flow, a causal HiFT. */
import type { TrainedFor } from '../../convert/checkpoint/trained-for.ts'
import type { LlmHyperParameters } from '../../core/hyper-parameters.ts'
import type { FamilyCheckpoint, ModelFamily } from '../family.ts'
import { readCosyVoice3, YAML_NAME } from './checkpoint.ts'
import { planEstimatorProbe } from './estimator-probe.ts'
import { buildCosyVoice3Parts } from './model-parts.ts'

/** Offset from the first id that is no speech token; start is 0, the end of speech 1, task 2. */
const FILL = 3
/** Tokens of silence; of a run of them the reference's `token2wav` keeps the first five. */
const SILENT = [1, 2, 28, 29, 55, 248, 494, 2241, 2242, 2322, 2323]
const LONGEST_SILENCE = 5

export const cosyVoice3: ModelFamily = {
  name: 'cosyvoice3',
  yamlNames: [YAML_NAME],
  read: async (files, choice) => {
    const checkpoint = await readCosyVoice3(files, choice)
    const { text, ...trained } = checkpoint.trainedFor
    return {
      ...checkpoint,
      text,
      rules: rulesOf(checkpoint.parameters.llm, trained),
      build: (folder, types, alignment) => buildCosyVoice3Parts(checkpoint, folder, types, alignment),
      probe: (file, times) => planEstimatorProbe(checkpoint.parameters.flow, checkpoint.flow, file, times),
    }
  },
}

/**
 * Every reserved id ends speech. All are barred before it may end: the reference's own loop bars the first, which is
 * the start and not the end of speech. Its loop for vLLM bars all.
 */
function rulesOf(
  { speechTokenSize, decoderRows }: LlmHyperParameters,
  { instructions, languages }: Omit<TrainedFor, 'text'>,
): FamilyCheckpoint['rules'] {
  const reserved = Array.from({ length: decoderRows - speechTokenSize }, (_, i) => speechTokenSize + i)
  return {
    languages: [...languages],
    speech: {
      stop: reserved,
      barred: reserved,
      fill: speechTokenSize + FILL,
      silence: { tokens: SILENT.filter((token) => token < speechTokenSize), longest: LONGEST_SILENCE },
    },
    prompt: { mark: '<|endofprompt|>', lead: 'You are a helpful assistant.', required: true, instructions },
  }
}
