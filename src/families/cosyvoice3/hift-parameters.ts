/** The causal vocoder's numbers: from its weights where they show them, else from the yaml. */
import { agree } from '../../convert/checkpoint/agreement.ts'
import { convKey, readHiftCore } from '../../convert/checkpoint/hift-parameters.ts'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import type { YamlSection } from '../../convert/checkpoint/yaml-value.ts'
import type { CausalHiftParameters, DitFlowParameters } from '../../core/hyper-parameters.ts'
import { noiseDraw } from './noise-draw.ts'

/** Throws BAD_CHECKPOINT with file, key, expected and got where yaml and weights contradict each other. */
export function readCausalHiftParameters(
  weights: Weights,
  yaml: YamlSection,
  flow: DitFlowParameters,
): CausalHiftParameters {
  const hift = yaml.instance('hift', 'CausalHiFTGenerator')
  const { stages, source } = readHiftCore(weights, hift, 'CausalConvRNNF0Predictor', 10)
  const pre = convKey('conv_pre')
  const f0LookRight = weights.dim(convKey('f0_predictor.condnet.0'), 2) - 1
  const { mel } = stages
  const { f0Channels, harmonics } = source
  return {
    ...stages,
    lookRight: agree(hift, 'conv_pre_look_right', weights.dim(pre, 2) - 1, weights, pre),
    f0LookRight,
    ...source,
    noiseDraw: noiseDraw(flow, { mel, f0Channels, f0LookRight, harmonics }),
    sampleRate: hift.number('sampling_rate'),
  }
}
